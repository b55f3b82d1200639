//! Every route × every foreign id × the people of the story: what is hidden answers exactly like what is not there, nothing
//! breaks, and no word of a hidden text appears. And the law over it: a route or a form field the crawl does not reach
//! fails the run.

use crate::tenancy::forbidden_marks;
use crate::world::{Case, Seated, Sees, World, ask, everybody, offer};
use desk::{Line, Privacy};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tests::{Page, Stage};
use uuid::Uuid;
use web::app::all_routes;
use web::forms::{FieldSpec, FormEntry, Kind, Options};
use web::registry::all_forms;
use web::routes::Route;

/// Everything two answers must have in common to tell nothing apart. A refusal names its own request: a random number.
fn face(page: &Page) -> String {
    let request = page.headers.get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or("-");
    let mut headers: Vec<String> = page
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
        .collect();
    headers.sort();
    format!("{}\n{}\n\n{}", page.status, headers.join("\n"), page.body.replace(request, "REQUEST"))
}

/// Ids of other people that a form may be given.
#[derive(Clone)]
struct Foreign {
    file: Uuid,
    seat: Uuid,
    member: Uuid,
    person: Uuid,
}

impl Foreign {
    fn absent(stage: &Stage) -> Self {
        let id = || kernel::ids::new_uuid(&stage.clock);
        Self { file: id(), seat: id(), member: id(), person: id() }
    }
}

/// A value that a field takes. Lists that are data get ids of others: on offer to nobody here.
fn value(form: &FormEntry, field: &FieldSpec, foreign: &Foreign) -> String {
    match (form.name, field.name) {
        (_, "next") => return "sessions".into(),
        ("offer", "line") => return "2".into(),
        _ => {}
    }
    match &field.kind {
        Kind::Line { .. } | Kind::Text { .. } => "ためしに書いた文".into(),
        Kind::Phone => "090-0000-0000".into(),
        Kind::DateTime => "2026-11-16T06:40".into(),
        Kind::Choice(Options::Words(list)) | Kind::Many(Options::Words(list)) => list.words[0].to_string(),
        Kind::Choice(Options::Given) | Kind::Many(Options::Given) => match field.name {
            "category" => "INC-MAL".into(),
            "files" => foreign.file.to_string(),
            "seat" => foreign.seat.to_string(),
            "member" => foreign.member.to_string(),
            "named" => foreign.person.to_string(),
            other => panic!("form {} has a list {other:?}: say here what to put into it", form.name),
        },
        Kind::Check | Kind::Hidden => "1".into(),
        Kind::Uuid => foreign.file.to_string(),
        Kind::Int { min, .. } => min.to_string(),
    }
}

/// A form filled in completely, and as little as it may be.
fn bodies(form: &FormEntry, foreign: &Foreign) -> [Vec<(String, String)>; 2] {
    let pair = |f: &FieldSpec| (f.name.to_owned(), value(form, f, foreign));
    let lean = form.fields.iter().filter(|f| f.required).map(pair).collect();
    [form.fields.iter().filter(|f| f.name != "later").map(pair).collect(), lean]
}

/// The parameters of a path.
fn parameters(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

/// Sends a request to a route with its parameters filled in.
async fn send(who: &Seated, route: &Route, path: &str, body: &[(String, String)]) -> Page {
    if route.method == "GET" { who.browser.get(path).await } else { who.post(path, Some(1), body).await }
}

/// The ids of a kind that a person must not find, one of each way of being foreign.
fn hidden_ids(world: &World, who: &Seated, parameter: &str, path: &str, sessions: &[(Uuid, Uuid)], seats: &[(Uuid, Uuid)]) -> Vec<Uuid> {
    let me = who.actor.person.0;
    match parameter {
        "case" => {
            let hidden: Vec<&Case> = world.cases.iter().filter(|c| c.seen_by(&who.actor) == Sees::Nothing).collect();
            let mut classes: BTreeMap<(bool, bool, bool), Uuid> = BTreeMap::new();
            for case in hidden {
                let far = case.federation != who.actor.federation.0;
                classes.entry((far, case.requester == who.actor.unit.0, case.privacy == Privacy::Confidential)).or_insert(case.id);
            }
            classes.into_values().collect()
        }
        "draft" => world.drafts.iter().filter(|d| d.seat != who.actor.seat.0).map(|d| d.id).take(2).collect(),
        "version" => world.files.iter().filter(|f| f.sent || f.seat != who.actor.seat.0).map(|f| f.version).step_by(3).take(3).collect(),
        "file" => {
            let sees = |f: &crate::world::FileFact| {
                f.sent && world.cases.iter().any(|c| Some(c.id) == f.case && c.seen_by(&who.actor) >= Sees::Text)
            };
            let own = |f: &crate::world::FileFact| !f.sent && f.seat == who.actor.seat.0;
            // What was sent is never taken off, whoever reads it.
            let removing = path.ends_with("/remove");
            world.files.iter().filter(|f| !own(f) && (removing || !sees(f))).map(|f| f.id).step_by(2).take(3).collect()
        }
        "session" => sessions.iter().filter(|(_, person)| *person != me).map(|(id, _)| *id).take(2).collect(),
        "seat" => seats.iter().filter(|(_, person)| *person != me).map(|(id, _)| *id).step_by(17).take(2).collect(),
        _ => vec![],
    }
}

struct Crawl {
    stage: Stage,
    world: World,
    foreign: Foreign,
    absent: Foreign,
    sessions: Vec<(Uuid, Uuid)>,
    seats: Vec<(Uuid, Uuid)>,
    routes: Vec<Route>,
    forms: BTreeMap<&'static str, FormEntry>,
}

impl Crawl {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let world = World::build(&stage).await;
        let mut god = stage.god().await;
        let pairs = async |god: &mut sqlx::PgConnection, sql: &'static str| -> Vec<(Uuid, Uuid)> {
            sqlx::query_as(sql).fetch_all(god).await.expect("ids")
        };
        let sessions = pairs(&mut god, "SELECT id, person_id FROM sessions ORDER BY id").await;
        let seats = pairs(&mut god, "SELECT id, person_id FROM seats ORDER BY id").await;
        let member: Uuid = sqlx::query_scalar("SELECT id FROM members WHERE federation_id = $1 LIMIT 1")
            .bind(world.who("saeki").actor.federation.0)
            .fetch_one(&mut god)
            .await
            .expect("member");
        let far = world.files.iter().find(|f| f.case == Some(world.case(15).id)).expect("a file there").id;
        let foreign = Foreign { file: far, seat: world.who("sasaki").actor.seat.0, member, person: world.who("saeki").actor.person.0 };
        let absent = Foreign::absent(&stage);
        let forms = all_forms().into_iter().map(|f| (f.name, f)).collect();
        Self { stage, world, foreign, absent, sessions, seats, routes: all_routes(), forms }
    }

    /// What must hold of any answer to anybody.
    fn sound(&self, who: &Seated, what: &str, page: &Page, marks: &[String], faults: &mut Vec<String>) {
        if page.status.as_u16() >= 500 {
            faults.push(format!("{} {what}: {}", who.name(), page.status));
        }
        if let Some(mark) =
            marks.iter().find(|m| page.body.contains(m.as_str()) || page.location.as_ref().is_some_and(|l| l.contains(m.as_str())))
        {
            faults.push(format!("{} {what}: shows {mark}", who.name()));
        }
    }

    /// Every route with every kind of foreign id, against the same route with an id that nobody has.
    async fn foreign_ids(&self, who: &Seated) -> Vec<String> {
        let (mut faults, marks) = (vec![], forbidden_marks(&self.world, who));
        for route in &self.routes {
            let names = parameters(route.path);
            let [parameter] = names[..] else { continue };
            let ids = hidden_ids(&self.world, who, parameter, route.path, &self.sessions, &self.seats);
            let form = route.form.map(|name| &self.forms[name]);
            let bodies =
                form.map_or(vec![vec![]], |form| if form.fields.is_empty() { vec![vec![]] } else { bodies(form, &self.foreign).to_vec() });
            // The second body asks another branch of the handler: of those who ask and of the desk.
            let branches = if who.actor.queues.is_empty() && who.actor.role != access::Role::Staff { 1 } else { bodies.len() };
            for (n, body) in bodies.iter().enumerate().take(branches) {
                let at = |id: Uuid| route.path.replace(&format!("{{{parameter}}}"), &id.to_string());
                let absent = face(&send(who, route, &at(kernel::ids::new_uuid(&self.stage.clock)), body).await);
                for id in ids.iter().take(if n == 0 { usize::MAX } else { 1 }) {
                    let page = send(who, route, &at(*id), body).await;
                    let what = format!("{} {} ({id}, body {n})", route.method, route.path);
                    self.sound(who, &what, &page, &marks, &mut faults);
                    if face(&page) != absent {
                        faults.push(format!("{} {what}: hidden and absent differ: {}", who.name(), difference(&face(&page), &absent)));
                    }
                }
            }
        }
        faults
    }

    /// Pages without an id, and every case and file by its address.
    async fn reading(&self, who: &Seated) -> Vec<String> {
        let (mut faults, marks) = (vec![], forbidden_marks(&self.world, who));
        for route in self.routes.iter().filter(|r| r.method == "GET" && parameters(r.path).is_empty()) {
            let page = who.browser.get(route.path).await;
            self.sound(who, route.path, &page, &marks, &mut faults);
        }
        let absent = face(&who.browser.get(&format!("/c/{}", kernel::ids::new_uuid(&self.stage.clock))).await);
        for case in &self.world.cases {
            let page = who.browser.get(&case.path()).await;
            self.sound(who, &format!("case {}", case.n), &page, &marks, &mut faults);
            let (sees, title) = (case.seen_by(&who.actor), page.body.contains(&case.name));
            let note = page.body.contains(&crate::world::mark(case.n, "NOTE"));
            let fits = match sees {
                Sees::Nothing => face(&page) == absent,
                Sees::Header => page.status == 200 && !title,
                Sees::Text => page.status == 200 && title && !note,
                Sees::Notes => page.status == 200 && title,
            };
            if !fits {
                faults.push(format!(
                    "{} must see {sees:?} of case {} and got {} (title {title}, note {note}) {}",
                    who.name(),
                    case.n,
                    page.status,
                    difference(&face(&page), &absent)
                ));
            }
        }
        faults
    }
}

/// The first lines in which two answers differ.
fn difference(a: &str, b: &str) -> String {
    let at = a.lines().zip(b.lines()).find(|(a, b)| a != b).unwrap_or_default();
    format!("{:.400}\n    {:.400}", at.0, at.1)
}

fn head(face: &str) -> String {
    let main = face.split_once("<main").map_or(face, |(_, main)| main);
    let lines: Vec<&str> = face.lines().take(1).chain(main.lines().filter(|l| !l.trim().is_empty()).take(8)).collect();
    lines.join("\n").chars().take(900).collect()
}

/// One seat of every role at every level and kind of organisation, and everybody who plays in the world.
fn representatives(all: Vec<Seated>, world: &World) -> (Vec<Seated>, Vec<Seated>) {
    let mut seen = BTreeSet::new();
    all.into_iter().partition(|s| {
        let sees = |what: Sees| world.cases.iter().any(|c| c.seen_by(&s.actor) == what);
        seen.insert((s.actor.role, s.actor.level, sees(Sees::Text), sees(Sees::Header), sees(Sees::Notes)))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hidden_and_absent_are_byte_identical_for_everybody_everywhere() {
    let crawl = Arc::new(Crawl::new().await);
    let (few, rest) = representatives(everybody(&crawl.stage).await, &crawl.world);
    assert!(few.len() >= access::Role::ALL.len(), "every role is there");
    let tasks = few.into_iter().map(|who| (who, true)).chain(rest.into_iter().map(|who| (who, false)));
    let mut faults = Vec::new();
    let mut running = tokio::task::JoinSet::new();
    for (who, all) in tasks {
        if running.len() >= 4 {
            faults.extend(running.join_next().await.expect("running").expect("no panic"));
        }
        let crawl = crawl.clone();
        running.spawn(async move {
            let mut faults = crawl.reading(&who).await;
            if all {
                faults.extend(crawl.foreign_ids(&who).await);
            }
            faults
        });
    }
    while let Some(more) = running.join_next().await {
        faults.extend(more.expect("no panic"));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.into_iter().take(25).collect::<Vec<_>>().join("\n\n"));
}

/// Who comes through a route, with which address; a route that is missing here fails the law. `None` as person is nobody.
async fn right(crawl: &Crawl, route: &Route) -> (Option<&'static str>, String) {
    let world = &crawl.world;
    let case = |n: usize| world.case(n).id.to_string();
    let fresh = async |n: usize, offered: bool| {
        let id = ask(&crawl.stage, world.who("ooki"), n, "INC-MAL", Privacy::Everyone, &[], false).await;
        if offered {
            offer(&crawl.stage, world.who("kashiwagi"), id, Line::Second).await;
        }
        id.to_string()
    };
    let own = world.drafts.iter().find(|d| d.seat == world.who("ooki").actor.seat.0).expect("a draft").id.to_string();
    let pending =
        world.files.iter().find(|f| !f.sent && f.case.is_some() && f.seat == world.who("ooki").actor.seat.0).expect("a pending file");
    let sent = world.files.iter().find(|f| f.sent && f.case == Some(world.case(5).id)).expect("a sent file");
    let put = |name: &str, id: String| route.path.replace(&format!("{{{name}}}"), &id);
    let act = route.path.strip_prefix("/c/{case}").map(|rest| rest.trim_start_matches('/'));
    if let Some(act) = act {
        let (who, id) = match act {
            "" | "answer" | "answer/draft" | "attach" | "announce" | "privacy" | "consent" => ("ooki", case(5)),
            "reply" | "reply/draft" | "note" | "note/draft" | "resolve/draft" | "reopen/draft" | "triage" | "assign" | "take" | "wait"
            | "offer" | "writing" => ("kashiwagi", case(5)),
            "accept" | "decline" => ("fujishiro", fresh(41, true).await),
            "withdraw" => ("kashiwagi", fresh(42, true).await),
            "resolve" => ("kashiwagi", fresh(43, false).await),
            "resume" => ("kashiwagi", case(12)),
            "close" => ("ooki", case(10)),
            "reopen" => ("ooki", case(11)),
            "witness" => ("hayami", case(5)),
            other => panic!("nobody said who may {other}: say it in `right`"),
        };
        return (Some(who), put("case", id));
    }
    match route.path {
        "/ask/{draft}/check" | "/ask/{draft}/discard" if route.method == "POST" => {
            let tx = crate::world::begin(&crawl.stage, world.who("ooki")).await;
            let given = crate::world::answers(44, "INC-MAL", Privacy::Everyone, &[], "x");
            let draft = desk::commands::start_draft(&tx, &world.who("ooki").actor, &given).await.expect("draft");
            tx.commit().await.expect("commit");
            (Some("ooki"), put("draft", draft.id.to_string()))
        }
        path if path.starts_with("/ask/{draft}") => (Some("ooki"), put("draft", own)),
        path if path.starts_with("/uploads/{version}") => (Some("ooki"), put("version", pending.version.to_string())),
        "/files/{file}/remove" => (Some("ooki"), put("file", pending.id.to_string())),
        "/files/{file}/open" => (Some("ooki"), put("file", sent.id.to_string())),
        "/seats/{seat}" => (Some("hanai"), put("seat", world.who("hanai").actor.seat.to_string())),
        "/sessions/{session}/revoke" => (Some("izumi"), put("session", world.who("izumi").actor.session.to_string())),
        "/queue" | "/live/queue" | "/live/waiting" => (Some("kashiwagi"), route.path.into()),
        "/area" | "/area/figures" | "/shared" | "/live/area" | "/live/shared" => (Some("nemoto"), route.path.into()),
        "/live/consultations" => (Some("ooki"), route.path.into()),
        "/live/c/{case}" => (Some("ooki"), put("case", case(5))),
        "/sign-in/{issuer}" | "/step-up/{issuer}" => {
            let mut god = crawl.stage.god().await;
            let issuer: Uuid =
                sqlx::query_scalar("SELECT id FROM issuers ORDER BY sort LIMIT 1").fetch_one(&mut god).await.expect("issuer");
            ((route.path == "/step-up/{issuer}").then_some("ooki"), put("issuer", issuer.to_string()))
        }
        "/sign-out" => (Some("miyake"), route.path.into()),
        "/invite/{token}" => (None, put("token", "0".repeat(64))),
        "/language/{locale}" => (None, put("locale", "en".into())),
        "/assets/{hash}/{*path}" => {
            let page = Person::page(&crawl.stage, "/sign-in").await;
            let at = page.body.split("\"/assets/").nth(1).and_then(|rest| rest.split('"').next()).expect("an asset in the page");
            (None, format!("/assets/{at}"))
        }
        "/_mail/{name}" => (None, put("name", "nothing.html".into())),
        "/_gallery/{page}/{sample}" => {
            let index = Person::page(&crawl.stage, "/_gallery").await;
            let at = index.body.split("\"/_gallery/").nth(1).and_then(|rest| rest.split('"').next()).expect("a sample in the gallery");
            (None, format!("/_gallery/{at}"))
        }
        "/sign-in/return" => (None, "/sign-in/return?state=x&code=y".into()),
        // Reached as a refusal: only an issuer can make a token that is obeyed (`back_channel`).
        "/back-channel-logout" => (None, route.path.into()),
        "/sign-in" | "/signed-out" | "/favicon.ico" | "/favicon.svg" | "/apple-touch-icon.png" | "/_mail" | "/_gallery" => {
            (None, route.path.into())
        }
        "/" | "/consultations" | "/ask" | "/ask/new" | "/seats" | "/sessions" | "/language" => (Some("ooki"), route.path.into()),
        "/step-up" => (Some("ooki"), "/step-up?next=sessions&minutes=30".into()),
        "/sessions/revoke-others" => (Some("morinaga"), route.path.into()),
        other => panic!("the crawl has no way to {} {other}: say it in `right`", route.method),
    }
}

struct Person;
impl Person {
    async fn page(stage: &Stage, path: &str) -> Page {
        tests::Person::nobody(stage).get(path).await
    }
}

/// Routes that answer "not there" even to the right person here, each with its reason.
const NOT_HERE: &[(&str, &str)] = &[("/_mail/{name}", "the test writes its letters to memory, not to the folder that this page shows")];

/// The law: every route of the router's list and every field of every form was reached by somebody who may, with every
/// field filled in; ids of other people in a form are answered like ids that nobody has.
#[tokio::test]
async fn every_route_and_every_form_field_is_reached() {
    let crawl = Crawl::new().await;
    let nobody = tests::Person::nobody(&crawl.stage);
    let (mut unreached, mut fields) = (Vec::new(), BTreeSet::new());
    // Ends sessions: last.
    let mut routes = crawl.routes.clone();
    routes.sort_by_key(|r| ["/sign-out", "/sessions/revoke-others", "/sessions/{session}/revoke"].contains(&r.path));
    for route in &routes {
        let (key, path) = right(&crawl, route).await;
        let form = route.form.map(|name| &crawl.forms[name]);
        let version = version_of(&crawl, &path).await;
        let page = match (key.map(|key| crawl.world.who(key)), form) {
            (Some(who), None) => who.browser.get(&path).await,
            (Some(who), Some(form)) => {
                let marks = forbidden_marks(&crawl.world, who);
                let stolen = bodies(form, &crawl.foreign)[0].clone();
                let absent = bodies(form, &crawl.absent)[0].clone();
                let page = who.post(&path, version, &stolen).await;
                let mut faults = vec![];
                crawl.sound(who, route.path, &page, &marks, &mut faults);
                // The object store is away here; and a witness reads: that is what the reason was for.
                faults.retain(|_| page.status != 503 && !route.path.ends_with("/witness"));
                assert!(faults.is_empty(), "{faults:?}");
                if page.status == 422 {
                    let other = who.post(&path, version, &absent).await;
                    assert_eq!(head(&face(&page)), head(&face(&other)), "{}: an id of others is told from none", route.path);
                    assert!(face(&page) == face(&other), "{}: an id of others is told from none", route.path);
                    // Put right: with nothing of others in it, the same form goes through.
                    let honest: Vec<_> =
                        stolen.iter().filter(|(name, _)| !["files", "member", "named"].contains(&name.as_str())).cloned().collect();
                    let honest = honest
                        .into_iter()
                        .map(|(n, v)| if n == "seat" { (n, crawl.world.who("eguchi").actor.seat.to_string()) } else { (n, v) })
                        .collect::<Vec<_>>();
                    let done = who.post(&path, version_of(&crawl, &path).await, &honest).await;
                    if !done.status.is_redirection() {
                        unreached.push(format!(
                            "{} {} answers {} to an honest form\n{}",
                            route.method,
                            route.path,
                            done.status,
                            head(&face(&done))
                        ));
                    }
                }
                page
            }
            (None, None) if route.method == "POST" => nobody.post_raw(&path, &[("logout_token", "x")]).await,
            (None, None) => nobody.get(&path).await,
            (None, Some(form)) => {
                let body = bodies(form, &crawl.foreign)[0].clone();
                nobody.post_raw(&path, &body.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>()).await
            }
        };
        let came = page.status.as_u16();
        let here = !NOT_HERE.iter().any(|(path, _)| *path == route.path);
        // A service that is down (issuer, object store) still means that the handler was reached.
        // So does "nothing has arrived" where the object store is there and empty, and a return that nobody began.
        let reached = matches!(
            (route.path, came),
            (_, 200..=399 | 422 | 503) | ("/sign-in/return" | "/back-channel-logout", 400) | ("/uploads/{version}/arrived", 403)
        );
        if here && (!reached || came == 500) {
            unreached.push(format!("{} {} ({path}) answers {came} to {key:?}\n{}", route.method, route.path, head(&face(&page))));
        }
        if let Some(form) = form.filter(|_| reached) {
            fields.extend(form.fields.iter().map(|f| (form.name, f.name)).filter(|(_, name)| *name != "later"));
        }
        // Keeping it for another day leads elsewhere: such a form is sent once more with it. What a script keeps leads nowhere.
        let sent = form.filter(|f| !route.path.ends_with("/draft") && f.fields.iter().any(|x| x.name == "later"));
        if let (Some(who), Some(form)) = (key.map(|key| crawl.world.who(key)), sent) {
            let later: Vec<_> = bodies(form, &crawl.foreign)[1].iter().cloned().chain([("later".to_owned(), "1".to_owned())]).collect();
            let kept = who.post(&path, version_of(&crawl, &path).await, &later).await.leads();
            assert!(kept == "/?kept=1" || !path.starts_with("/ask/"), "{path}: {kept}");
            fields.insert((form.name, "later"));
        }
    }
    assert!(unreached.is_empty(), "{} routes were not reached:\n{}", unreached.len(), unreached.join("\n\n"));
    let declared: BTreeSet<(&str, &str)> = crawl
        .forms
        .values()
        .filter(|f| crawl.routes.iter().any(|r| r.form == Some(f.name)))
        .flat_map(|f| f.fields.iter().map(|x| (f.name, x.name)))
        .collect();
    let missing: Vec<_> = declared.difference(&fields).collect();
    assert!(missing.is_empty(), "form fields that the crawl did not reach: {missing:?}");
}

/// The version a page would show for the case or draft in an address.
async fn version_of(crawl: &Crawl, path: &str) -> Option<i32> {
    let id: Uuid = path.split('/').nth(2)?.parse().ok()?;
    let mut god = crawl.stage.god().await;
    sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1 UNION ALL SELECT version FROM ask_drafts WHERE id = $1")
        .bind(id)
        .fetch_optional(&mut god)
        .await
        .expect("version")
}

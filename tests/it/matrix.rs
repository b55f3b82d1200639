//! Lock 4: what everybody may do, line by line, as reviewed. Once from the policy functions, once over HTTP for every route.

use crate::world::{Seated, World, ask, offer, resolve};
use access::{Actor, Denied, Policy, Role, SignInStrength};
use desk::policy::AskPolicy;
use desk::{Care, Class, Consultation, DeskPolicy, Facts, Line, Outcome, Privacy, Receiver, State, Verb};
use kernel::{ConsultationId, FederationId, Level, Locale, PersonId, QueueId, SeatId, SessionId, UnitId};
use std::collections::BTreeMap;
use tests::{Stage, golden};
use time::macros::datetime;
use uuid::Uuid;
use web::app::all_routes;
use web::routes::Route;

const HERE: QueueId = QueueId(1);
const OFFERED: QueueId = QueueId(2);
const NOW: time::OffsetDateTime = datetime!(2026-11-17 00:12 UTC);

fn actor(role: Role, level: Level, unit: i32, person: u128, queues: &[QueueId], federation: i32) -> Actor {
    Actor {
        session: SessionId(Uuid::nil()),
        session_hash: [0; 32],
        person: PersonId(Uuid::from_u128(person)),
        person_name: String::new(),
        seat: SeatId(Uuid::from_u128(person)),
        role,
        federation: FederationId(federation),
        unit: UnitId(unit),
        unit_name: String::new(),
        unit_name_en: None,
        level,
        queues: queues.to_vec(),
        locale: Locale::Ja,
        seat_count: 1,
        sign_in: SignInStrength { acr: None, amr: vec![], auth_time: NOW, second_factor: true },
    }
}

/// A case of unit 10, written by person 1, held by one queue and, while open, offered to another.
fn case(state: State, privacy: Privacy, offered: bool) -> Consultation {
    let ended = matches!(state, State::Resolved | State::Closed);
    Consultation {
        id: ConsultationId(Uuid::from_u128(7)),
        federation: FederationId(1),
        number: String::new(),
        requester_unit: UnitId(10),
        institution: Some(UnitId(10)),
        municipal: None,
        prefecture: None,
        opened_by: PersonId(Uuid::from_u128(1)),
        member: None,
        queue: HERE,
        responsible: SeatId(Uuid::nil()),
        offered_queue: offered.then_some(OFFERED),
        category: "INC-MAL".into(),
        class: Class::S2,
        line: Line::First,
        care: Care::Partly,
        state,
        outcome: ended.then_some(Outcome::Advice),
        privacy,
        created_at: NOW,
        updated_at: NOW,
        turn_since: NOW,
        first_answer_at: None,
        resolved_at: ended.then_some(NOW - time::Duration::days(1)),
        version: 1,
    }
}

/// How one can stand to the case: unit, person, queues.
const STANDS: &[(&str, i32, u128, &[QueueId])] = &[
    ("holds its queue", 20, 2, &[HERE]),
    ("holds the offered queue", 20, 2, &[OFFERED]),
    ("holds both queues", 20, 2, &[HERE, OFFERED]),
    ("holds another queue", 20, 2, &[QueueId(9)]),
    ("wrote it", 10, 1, &[]),
    ("same organisation", 10, 2, &[]),
    ("elsewhere", 20, 2, &[]),
];

/// What a line of the matrix depends on beside who and where.
const AXES: [&str; 4] = ["offered", "consent", "witnessed", "confidential"];

/// Which verbs in which states, in as few words as say it all.
fn verbs(actor: &Actor, [offered, consented, witnessed, confidential]: [bool; 4]) -> String {
    let privacy = if confidential { Privacy::Confidential } else { Privacy::Everyone };
    let states: Vec<State> = State::ALL.iter().copied().filter(|s| !offered || s.is_open()).collect();
    let mut out = Vec::new();
    for verb in Verb::ALL {
        let decide = |state: &State| {
            DeskPolicy::decide(actor, *verb, &Facts { case: case(*state, privacy, offered), consented, witnessed, now: NOW })
        };
        let answers: Vec<_> = states.iter().map(decide).collect();
        if answers.iter().all(|a| *a == Err(Denied::Hidden)) {
            return "hidden".into();
        }
        let allowed: Vec<State> = states.iter().zip(&answers).filter(|(_, a)| a.is_ok()).map(|(s, _)| *s).collect();
        let which = match allowed.len() {
            0 => continue,
            n if n == states.len() => String::new(),
            _ if allowed.iter().all(|s| s.is_open()) && allowed.len() == 5 => "(open)".into(),
            _ => format!("({})", allowed.iter().map(|s| s.word()).collect::<Vec<_>>().join(",")),
        };
        out.push(format!("{verb}{which}"));
    }
    out.join(" ")
}

/// The lines of one person at one stand; an axis that changes nothing is not named.
fn lines(actor: &Actor, stand: &str) -> String {
    let offered_only = stand == "holds the offered queue";
    let points: Vec<[bool; 4]> =
        (0..16_u8).map(|n| [n & 8 != 0, n & 4 != 0, n & 2 != 0, n & 1 != 0]).filter(|p| !offered_only || p[0]).collect();
    let matters = |axis: usize| {
        points.iter().any(|p| {
            let mut other = *p;
            other[axis] = !other[axis];
            points.contains(&other) && verbs(actor, *p) != verbs(actor, other)
        })
    };
    let axes: Vec<usize> = (0..4).filter(|axis| matters(*axis)).collect();
    let mut text: Vec<String> = Vec::new();
    for point in &points {
        let named: Vec<String> = axes.iter().map(|a| format!("{}{}", if point[*a] { '+' } else { '-' }, AXES[*a])).collect();
        let line = format!("    [{}] {}", named.join(" "), verbs(actor, *point));
        if !text.contains(&line) {
            text.push(line);
        }
    }
    text.join("\n")
}

/// Role × level × stand × offer × consent × witness × privacy × state, for every verb. People for whom everything is the
/// same stand together, so that the file is read and not only compared.
#[test]
fn the_desk_policy_is_as_reviewed() {
    let mut out = others();
    for (stand, unit, person, queues) in STANDS {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for role in Role::ALL {
            for level in role.levels() {
                let who = actor(*role, *level, *unit, *person, queues, 1);
                groups.entry(lines(&who, stand)).or_default().push(format!("{role}@{level}"));
            }
        }
        out.push_str(&format!("\n== {stand}\n"));
        for (text, who) in groups {
            out.push_str(&format!("{}\n{text}\n", who.join(" ")));
        }
    }
    for role in Role::ALL {
        for level in role.levels() {
            for (_, unit, person, queues) in STANDS {
                let stranger = actor(*role, *level, *unit, *person, queues, 2);
                assert_eq!(verbs(&stranger, [false, true, true, false]), "hidden", "{role}@{level} of another federation");
            }
        }
    }
    golden("desk_matrix.txt", &out);
}

/// The smaller policies: asking, attaching, seats and people, the tree.
fn others() -> String {
    let mut out = String::new();
    for role in Role::ALL {
        for level in role.levels() {
            let who = actor(*role, *level, 20, 2, &[], 1);
            let mut may: Vec<String> = Vec::new();
            if AskPolicy::decide(&who, (), &Uuid::nil()).is_ok() {
                may.push("ask".into());
            }
            let targets = [
                ("attach_to_draft", files::Target::Draft(kernel::DraftId(Uuid::nil()))),
                ("attach_to_case", files::Target::Consultation(ConsultationId(Uuid::nil()))),
            ];
            may.extend(
                targets.iter().filter(|(_, t)| access::authorise::<files::Attach>(&who, t).is_ok()).map(|(word, _)| (*word).to_owned()),
            );
            for (person, word) in [(2, "themself"), (3, "another")] {
                let grants = identity::permit_grant(&who, PersonId(Uuid::from_u128(person))).is_ok();
                may.extend(grants.then(|| format!("grant_seat_to_{word}")));
            }
            out.push_str(format!("{:<32} {}", format!("{role}@{level}"), may.join(" ")).trim_end());
            out.push('\n');
        }
    }
    out
}

/// The people of the HTTP matrix: how they stand to the case that the clerk of a clinic in Chiba wrote.
const VIEWERS: &[(&str, &str)] = &[
    ("nobody", ""),
    ("far", "saeki"),
    ("neighbour", "izumi"),
    ("colleague", "morinaga"),
    ("area", "ishige"),
    ("receiver", "nemoto"),
    ("office", "iwase"),
    ("auditor", "hayami"),
    ("admin", "wakabayashi"),
    ("guideline", "saegusa"),
    ("offered", "fujishiro"),
    ("both", "otsuki"),
    ("writer", "ooki"),
    ("holder", "kashiwagi"),
];

/// What a form is posted with by somebody who means it.
fn honest(route: &Route) -> Vec<(String, String)> {
    let pairs: &[(&str, &str)] = match route.form.unwrap_or_default() {
        "" | "press" => &[],
        "symptom" => &[("category", "INC-MAL")],
        "noticed" => &[("noticed", "2026-11-16T06:40")],
        "care" => &[("care", "partly")],
        "words" => &[("title", "題"), ("body", "本文")],
        "done" => &[("done", "LANを抜いた")],
        "announce" => &[("name", "x.txt"), ("kind", "document")],
        "contact" => &[("phone", "090-0000-0000"), ("contact", "相沢")],
        "privacy" | "readers" => &[("privacy", "own")],
        "send" => &[],
        "reply" => &[("body", "返事"), ("then", "desk")],
        "answer" | "note" | "reopen" => &[("body", "本文")],
        "triage" => &[("category", "INC-MAL"), ("class", "S1"), ("line", "1")],
        "assign" => &[],
        "offer" => &[("line", "2")],
        "resolve" => &[("outcome", "advice"), ("body", "終わり")],
        "consent" => &[("consent", "prefecture")],
        "witness" => &[("reason", "苦情の調査のため")],
        "language" => &[("locale", "ja")],
        "step-up" => &[("next", "sessions"), ("minutes", "30")],
        "start" | "sign-in" => &[("next", "home")],
        other => panic!("nobody said how {other} is filled in: say it in `honest`"),
    };
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

struct Matrix {
    stage: Stage,
    world: World,
    n: std::cell::Cell<usize>,
}

impl Matrix {
    /// A case in the state that the route is for; consent for the prefecture is given, the second line is offered it where
    /// that does not stand in the way.
    async fn case(&self, path: &str) -> Uuid {
        let (ooki, kashiwagi) = (self.world.who("ooki"), self.world.who("kashiwagi"));
        self.n.set(self.n.get() + 1);
        let id = ask(&self.stage, ooki, 50, "INC-MAL", Privacy::Everyone, &[], false).await;
        crate::world::allow(&self.stage, ooki, id, Receiver::Prefecture).await;
        let act = path.rsplit('/').next().unwrap_or_default();
        match act {
            "close" | "reopen" => resolve(&self.stage, kashiwagi, id, 50).await,
            "offer" => {}
            "wait" => {
                crate::world::triage(&self.stage, kashiwagi, id).await;
                offer(&self.stage, kashiwagi, id, Line::Second).await;
            }
            "resume" => {
                crate::world::triage(&self.stage, kashiwagi, id).await;
                crate::world::deed!(&self.stage, kashiwagi, id, desk::WaitThird, |tx, actor, facts, permit, seen| {
                    desk::commands::wait_third(&tx, actor, &facts, permit, seen)
                });
                offer(&self.stage, kashiwagi, id, Line::Second).await;
            }
            _ => offer(&self.stage, kashiwagi, id, Line::Second).await,
        }
        id.0
    }

    async fn draft(&self) -> Uuid {
        let ooki = self.world.who("ooki");
        let tx = crate::world::begin(&self.stage, ooki).await;
        let given = crate::world::answers(51, "INC-MAL", Privacy::Everyone, &[], "x");
        let draft = desk::commands::start_draft(&tx, &ooki.actor, &given).await.expect("draft");
        tx.commit().await.expect("commit");
        draft.id.0
    }

    /// A fresh thing of the writer's for the route's parameter.
    async fn thing(&self, route: &Route, parameter: &str) -> String {
        let ooki = self.world.who("ooki");
        let file = async |sent: bool| {
            let draft = kernel::DraftId(self.draft().await);
            let state = if sent { "clean" } else { "expected" };
            let announced = crate::world::upload(&self.stage, ooki, files::Target::Draft(draft), "x.txt", state).await;
            // The clock stands still here, and so would the hour; its limit has a test of its own.
            sqlx::query("UPDATE files SET created_at = created_at - interval '1 hour' WHERE id = $1")
                .bind(announced.file.0)
                .execute(&mut self.stage.god().await)
                .await
                .expect("an hour ago");
            if sent {
                let tx = crate::world::begin(&self.stage, ooki).await;
                desk::commands::submit(&tx, &ooki.actor, draft).await.expect("sent");
                tx.commit().await.expect("commit");
            }
            announced
        };
        match parameter {
            "case" => self.case(route.path).await.to_string(),
            "draft" => self.draft().await.to_string(),
            "version" => file(false).await.version.to_string(),
            "file" => file(route.path.ends_with("/open")).await.file.to_string(),
            "seat" => ooki.actor.seat.to_string(),
            "session" => ooki.actor.session.to_string(),
            "issuer" => {
                let mut god = self.stage.god().await;
                let id: Uuid =
                    sqlx::query_scalar("SELECT id FROM issuers ORDER BY sort LIMIT 1").fetch_one(&mut god).await.expect("issuer");
                id.to_string()
            }
            "token" => "0".repeat(64),
            "locale" => "en".into(),
            "hash" | "*path" | "name" | "page" | "sample" => "none".into(),
            other => panic!("nobody said what {{{other}}} is: say it in `thing`"),
        }
    }

    async fn version(&self, path: &str) -> Option<i32> {
        let id: Uuid = path.split('/').nth(2)?.parse().ok()?;
        let mut god = self.stage.god().await;
        sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1 UNION ALL SELECT version FROM ask_drafts WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut god)
            .await
            .expect("version")
    }

    /// The status, and for a redirect whether it is the way to sign in or somewhere that only says "gone".
    async fn answer(&self, route: &Route, path: &str, who: Option<&Seated>) -> String {
        let nobody = tests::Person::nobody(&self.stage);
        let mut fields = honest(route);
        if route.form == Some("assign") {
            fields.push(("seat".into(), self.world.who("eguchi").actor.seat.to_string()));
        }
        let page = match (who, route.method) {
            (None, "GET") => nobody.get(path).await,
            (None, _) => nobody.post_raw(path, &fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>()).await,
            (Some(who), "GET") => who.browser.get(path).await,
            (Some(who), _) => who.post(path, self.version(path).await, &fields).await,
        };
        let to = page.location.clone().unwrap_or_default();
        // What then happens is the other service's: no issuer and no object store stand beside this test.
        let leaves = route.method == "POST" && ["/sign-in/{issuer}", "/step-up", "/uploads/{version}/arrived"].contains(&route.path);
        if leaves && matches!(page.status.as_u16(), 200 | 403 | 503) {
            return "out".into();
        }
        match page.status.as_u16() {
            303 if to.starts_with("/sign-in") => "in".into(),
            303 if to.ends_with("=gone") => "gone".into(),
            other => other.to_string(),
        }
    }
}

/// What ends the session that asks: tried last, in this order, each with sessions of its own.
const ENDING: [&str; 4] = ["/seats/{seat}", "/sessions/{session}/revoke", "/sign-out", "/sessions/revoke-others"];

/// Every route of the router's list × everybody's stand. Signing out and ending sessions is tried last, with sessions of
/// their own.
#[tokio::test]
async fn every_route_answers_everybody_as_reviewed() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    let matrix = Matrix { stage, world, n: std::cell::Cell::new(0) };
    let mut routes = all_routes();
    routes.sort_by_key(|r| (ENDING.iter().position(|path| *path == r.path && r.method == "POST").map_or(0, |n| n + 1), r.path, r.method));
    let mut out = format!("{:<5}{:<34}", "", "");
    out.extend(VIEWERS.iter().map(|(word, _)| format!("{word:>10}")));
    out.push('\n');
    for route in &routes {
        // The gallery and the letters are open by design and stand in the list of open routes.
        let parameters: Vec<&str> = route.path.split('/').filter_map(|p| p.strip_prefix('{')?.strip_suffix('}')).collect();
        let mut path = String::new();
        let mut line = format!("{:<5}{:<34}", route.method, route.path);
        let mut fresh = BTreeMap::new();
        if route.method == "POST" && ENDING.contains(&route.path) {
            for (_, key) in VIEWERS.iter().filter(|(_, key)| !key.is_empty()) {
                let a = &matrix.world.who(key).actor;
                fresh.insert(*key, crate::world::sit(&matrix.stage, key, a.person.0, a.seat.0, a.federation.0).await);
            }
        }
        for (_, key) in VIEWERS {
            if path.is_empty() {
                path = route.path.to_owned();
                if let (["session"], Some(ooki)) = (&parameters[..], fresh.get("ooki")) {
                    path = path.replace("{session}", &ooki.actor.session.to_string());
                }
                for parameter in &parameters {
                    path = path.replace(&format!("{{{parameter}}}"), &matrix.thing(route, parameter).await);
                }
                if path == "/step-up" {
                    path.push_str("?next=sessions&minutes=30");
                }
            }
            let who = if key.is_empty() { None } else { Some(fresh.get(key).unwrap_or_else(|| matrix.world.who(key))) };
            let came = matrix.answer(route, &path, who).await;
            if came == "303" && route.method == "POST" {
                // Something happened: the next person gets a fresh one.
                path.clear();
            }
            line.push_str(&format!("{came:>10}"));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    golden("http_matrix.txt", &out);
}

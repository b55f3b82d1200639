//! Failure classes that many doors share, over all of them at once: what people type is text (F11, F22), queries are closed
//! lists (F12), forms take what they declare (F14) and only from the session that they were made for (F19).
//! `tests/attack/README.md` names the test of every class.

use crate::desk::{agent_of, ask};
use axum::http::Method;
use tests::{Person, Stage};
use uuid::Uuid;
use web::app::all_routes;
use web::routes::{Access, Route};

/// Typed by somebody who hopes that it is more than text.
const TYPED: &str = "qq{{ 7*7 }}{% include \"layout/base.html\" %}{ $n }<script>alert(1)</script>\" onx='1' \u{202e}qq";
/// How a page shows it: as it was typed, escaped, without the sign that turns the direction.
const SHOWN: [&str; 3] = ["qq{{ 7*7 }}{% include", "{ $n }&lt;script&gt;alert(1)", "&quot; onx="];

fn signed_posts() -> Vec<Route> {
    all_routes().into_iter().filter(|r| r.method == "POST" && r.access == Access::Signed).collect()
}

/// The path with an id that nobody has: what is refused here is refused before anybody looks for it.
fn nowhere(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { Uuid::from_u128(7).to_string() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn posts(person: &Person, path: &str, fields: &[(&str, &str)]) -> tests::Page {
    let version = person.get(path.rsplit_once('/').map_or(path, |(case, _)| case)).await.input("version").unwrap_or_default();
    let all: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
    person.post(path, &all).await
}

#[tokio::test]
async fn f11_f22_what_people_type_is_text_to_everybody_who_reads_it() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, &TYPED[..58], "everyone").await;
    let agent = agent_of(&stage, &case).await;
    posts(&agent, &format!("{case}/note"), &[("body", TYPED)]).await.leads();
    posts(&agent, &format!("{case}/reply"), &[("body", TYPED), ("then", "desk")]).await.leads();
    posts(&clinic, &format!("{case}/answer"), &[("body", TYPED)]).await.leads();
    for (who, times) in [(&clinic, 2), (&agent, 3)] {
        let page = who.get(&case).await.expect(200).body;
        for shown in SHOWN {
            assert!(page.matches(shown).count() >= times, "{shown} is not shown as text: {page}");
        }
        for told in ["qq49", "<script>alert", "\" onx=", "\u{202e}"] {
            assert!(!page.contains(told), "{told}: {page}");
        }
    }
    // What is put right comes back as text, too.
    let again = posts(&agent, &format!("{case}/resolve"), &[("body", TYPED), ("outcome", "")]).await.expect(422).body;
    assert!(again.contains(SHOWN[1]) && !again.contains("<script>alert") && !again.contains("qq49"), "{again}");
    stage.work().await;
    for letter in stage.letters.sent() {
        assert!(!letter.body_text().contains("qq") && !letter.subject().contains("qq"), "typed words left by mail");
    }
}

#[tokio::test]
async fn f12_a_query_that_no_page_of_ours_makes_is_a_400() {
    let stage = Stage::new().await;
    let agent = stage.sign_in("kashiwagi").await;
    for route in all_routes().iter().filter(|r| r.method == "GET" && r.access == Access::Signed && !r.path.contains('{')) {
        for query in ["sort=id%3B--", "order=created_at", "zq=1", "after=1&after=1", "%00=1"] {
            let page = agent.get(&format!("{}?{query}", route.path)).await;
            assert_eq!(page.status, 400, "{}?{query}: {}", route.path, page.body);
        }
    }
    let (clinic, officer) = (stage.sign_in("aizawa").await, stage.sign_in("nemoto").await);
    for (who, query) in [
        (&agent, "/queue?view=all'--"),
        (&agent, "/queue?class=S9"),
        (&agent, "/queue?queue=1%20OR%201"),
        (&agent, "/queue?after=%27"),
        (&agent, "/queue?prefecture=x"),
        (&clinic, "/consultations?after=x"),
        (&officer, "/area?municipal=1%3B"),
        (&officer, "/area/figures?year=2026'"),
        (&clinic, "/sessions?said=%3Cb%3E"),
        (&clinic, "/step-up?next=//evil.example&minutes=30"),
        (&clinic, "/step-up?next=sessions&minutes=-1"),
    ] {
        let page = who.get(query).await;
        assert_eq!(page.status, 400, "{query}: {}", page.body);
    }
}

#[tokio::test]
async fn f14_no_form_takes_a_field_that_it_does_not_declare() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    for route in signed_posts() {
        for name in ["role", "federation_id", "unit_id", "queue_id", "responsible_seat_id", "opened_by", "state", "id", "_method"] {
            let page = clinic.post(&nowhere(route.path), &[(name, "1")]).await;
            assert_eq!(page.status, 400, "{} with {name}: {}", route.path, page.body);
        }
    }
}

#[tokio::test]
async fn f19_no_form_counts_that_was_made_for_another_session_or_comes_from_elsewhere() {
    let stage = Stage::new().await;
    let (clinic, same, other) = (stage.sign_in("aizawa").await, stage.sign_in("aizawa").await, stage.sign_in("hanai").await);
    let seat = clinic.seat.expect("seat").to_string();
    let (own, session, person) = (clinic.csrf().await, same.csrf().await, other.csrf().await);
    assert_ne!(own, session, "each session has a token of its own");
    for route in signed_posts() {
        let path = nowhere(route.path);
        for token in ["", "x", session.as_str(), person.as_str(), &own[..own.len() - 1]] {
            let page = clinic.post_raw(&path, &[("_csrf", token), ("_seat", &seat)]).await;
            assert_eq!(page.status, 403, "{path} with a token of {token:?}: {}", page.body);
        }
        let form = tests::Form { action: path.clone(), fields: vec![("_csrf".into(), own.clone()), ("_seat".into(), seat.clone())] };
        for header in
            [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
        {
            let page = clinic.send_form_with(&form, &[header]).await;
            assert_eq!(page.status, 403, "{path} with {header:?}: {}", page.body);
        }
    }
}

/// What a script on another page may ask the portal with, and what it would need in the answer.
const ELSEWHERE: [(&str, &str); 3] =
    [("origin", "https://evil.example"), ("access-control-request-method", "POST"), ("access-control-request-headers", "x-csrf")];

/// No page may be framed or run what is not ours, and none may be read from elsewhere.
fn keeps_to_itself(what: &str, page: &tests::Page) {
    let header = |name: &str| page.headers.get(name).map(|value| value.to_str().expect("text").to_owned());
    let policy = header("content-security-policy").unwrap_or_else(|| panic!("{what}: no policy"));
    let rules: Vec<&str> = policy.split(';').map(str::trim).collect();
    for rule in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]
    {
        assert!(rules.contains(&rule), "{what}: no {rule} in {policy}");
    }
    for open in ["unsafe-", "data:", "*", "http:", "https: "] {
        let but_store = rules.iter().filter(|rule| !rule.starts_with("connect-src") && !rule.starts_with("form-action"));
        assert!(!but_store.clone().any(|rule| rule.contains(open)), "{what}: {open} in {policy}");
    }
    assert_eq!(header("x-frame-options").as_deref(), Some("DENY"), "{what}");
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{what}");
    let lets_in: Vec<_> = page.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).collect();
    assert!(lets_in.is_empty(), "{what}: {lets_in:?}");
}

#[tokio::test]
async fn f19_no_page_is_framed_or_read_from_elsewhere() {
    let stage = Stage::new().await;
    let (agent, nobody) = (stage.sign_in("kashiwagi").await, Person::nobody(&stage));
    let mut pages = 0;
    // A stream ends with its reader; its headers are set by the same layer (part `surface` of the attack asks for them too).
    for route in all_routes().iter().filter(|route| !route.path.contains("live")) {
        let path = nowhere(route.path);
        for who in [&agent, &nobody] {
            let methods = if route.method == "GET" { vec![Method::GET, Method::OPTIONS] } else { vec![Method::OPTIONS] };
            for method in methods {
                let what = format!("{method} {path}");
                let page = who.request(method, &path, &ELSEWHERE).await;
                keeps_to_itself(&what, &page);
                pages += u32::from(page.status == 200);
            }
        }
    }
    assert!(pages > 10, "only {pages} pages were there to look at");
    keeps_to_itself("nowhere", &agent.request(Method::GET, "/no/such/page", &ELSEWHERE).await);
}

/// Who of these sees a case, and who may answer in it.
async fn sight(people: &[&Person], case: &str) -> Vec<(bool, bool)> {
    let mut seen = Vec::new();
    for person in people {
        let page = person.get(case).await;
        seen.push((page.status == 200, page.body.contains(&format!("action=\"{case}/reply\""))));
    }
    seen
}

#[tokio::test]
async fn f20_an_offer_leaves_holder_and_sight_until_it_is_accepted() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (clinic, neighbour) = (stage.sign_in("ooki").await, stage.sign_in("hanai").await);
    let (lead, first, second) = (stage.sign_in("otsuki").await, stage.sign_in("fujishiro").await, stage.sign_in("kashiwagi").await);
    let people = [&clinic, &neighbour, &first, &second];
    let case = ask(&clinic, "引き継がれるまでは", "everyone").await;
    let id: Uuid = case.rsplit('/').next().expect("id").parse().expect("id");
    let holder = async |god: &mut sqlx::PgConnection| -> (i32, Option<Uuid>) {
        let sql = "SELECT queue_id, responsible_seat_id FROM consultations WHERE id = $1";
        sqlx::query_as(sql).bind(id).fetch_one(god).await.expect("holder")
    };
    let press = async |who: &Person, act: &str, fields: &[(&str, &str)]| {
        let version = lead.get(&case).await.input("version").expect("version");
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
        who.post(&format!("{case}/{act}"), &fields).await
    };
    // Who sees the case and may answer in it: who asked, a neighbour, an agent of the queue that holds it, one of the other queue.
    let (sees, answers, nothing) = ((true, false), (true, true), (false, false));
    let before = holder(&mut god).await;
    assert_eq!(sight(&people, &case).await, [sees, nothing, answers, nothing]);
    for end in ["decline", "accept"] {
        press(&lead, "offer", &[("line", "1")]).await.leads();
        assert_eq!(holder(&mut god).await, before, "an offer gives nothing away");
        // Whoever is asked to take it may look, and no more.
        assert_eq!(sight(&people, &case).await, [sees, nothing, answers, sees]);
        for (act, fields) in
            [("reply", &[("body", "まだ担当していない"), ("then", "desk")][..]), ("note", &[("body", "まだ担当していない")])]
        {
            let page = press(&second, act, fields).await;
            assert!(page.status.is_client_error(), "{act} by who was only asked: {}", page.status);
        }
        press(&lead, end, &[]).await.leads();
        if end == "decline" {
            assert_eq!((holder(&mut god).await, sight(&people, &case).await), (before, vec![sees, nothing, answers, nothing]));
        }
    }
    assert_ne!(holder(&mut god).await, before);
    assert_eq!(sight(&people, &case).await, [sees, nothing, nothing, answers], "with the acceptance both change, at once");
    let said = "SELECT count(*) FROM consultation_messages WHERE body = 'まだ担当していない'";
    assert_eq!(sqlx::query_scalar::<_, i64>(said).fetch_one(&mut god).await.expect("count"), 0);
}

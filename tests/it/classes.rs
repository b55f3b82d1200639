//! Failure classes that many doors share, over all of them at once: what people type is text (F11, F22), queries are closed
//! lists (F12), forms take what they declare (F14) and only from the session that they were made for (F19).
//! `tests/attack/README.md` names the test of every class.

use crate::desk::{agent_of, ask};
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

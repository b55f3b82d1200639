//! Who reads what inside an organisation, above it, and with a reason; and that a note stays inside.

use crate::world::{Seated, Sees, World, ask, at, mark, note, reply};
use desk::Privacy;
use kernel::ConsultationId;
use sqlx::Row;
use tests::Stage;
use uuid::Uuid;

/// Writer, owner and a colleague at one clinic; `named` names the colleague.
#[tokio::test]
async fn inside_a_clinic_each_privacy_is_kept() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    // case, (writer, owner, colleague who is named in 3 and 4)
    let expected = [(1, true, true, false), (2, true, true, true), (3, true, true, true), (4, true, false, true)];
    for (n, writer, owner, colleague) in expected {
        let case = world.case(n);
        for (key, may) in [("aizawa", writer), ("morishita", owner), ("tabata", colleague)] {
            let who = world.who(key);
            let page = who.browser.get(&case.path()).await;
            assert_eq!(page.status == 200 && page.body.contains(&case.name), may, "{key} and case {n} ({})", case.privacy);
            assert_eq!(page.status.as_u16(), if may { 200 } else { 404 }, "{key} and case {n}");
            let listed = who.browser.get("/consultations").await.expect(200).body.contains(&case.path());
            assert_eq!(listed, may, "{key} lists case {n}");
        }
    }
    // The same clinic's owner in the seat of another organisation sees nothing of it.
    let elsewhere = at(&stage, "morishita", "ケアホーム").await;
    for n in 1..=4 {
        elsewhere.browser.get(&world.case(n).path()).await.expect(404);
    }
    // A named reader of a confidential topic reads and does not write; the writer narrows and widens at will.
    let four = world.case(4);
    let tabata = world.who("tabata");
    let page = tabata.browser.get(&four.path()).await.expect(200);
    assert!(!page.body.contains(&format!("{}/answer", four.path())), "no form for a named reader");
    tabata.post(&format!("{}/answer", four.path()), version(&stage, four.id).await, &fields(&[("body", "横から")])).await.expect(403);
    let aizawa = world.who("aizawa");
    for (privacy, owner, colleague) in [("everyone", 200, 200), ("own", 200, 404), ("confidential", 404, 404)] {
        aizawa.post(&format!("{}/privacy", four.path()), version(&stage, four.id).await, &fields(&[("privacy", privacy)])).await.leads();
        world.who("morishita").browser.get(&four.path()).await.expect(owner);
        tabata.browser.get(&four.path()).await.expect(colleague);
    }
    for key in ["morishita", "tabata"] {
        let two = world.case(2);
        world
            .who(key)
            .post(&format!("{}/privacy", two.path()), version(&stage, two.id).await, &fields(&[("privacy", "own")]))
            .await
            .expect(403);
        world
            .who(key)
            .post(&format!("{}/consent", two.path()), version(&stage, two.id).await, &fields(&[("consent", "police")]))
            .await
            .expect(403);
    }
}

async fn version(stage: &Stage, case: Uuid) -> Option<i32> {
    let mut god = stage.god().await;
    sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1").bind(case).fetch_optional(&mut god).await.expect("version")
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

/// The associations see that a case exists, its words only by consent, and of a confidential topic nothing at all.
#[tokio::test]
async fn above_the_clinic_a_header_and_never_a_confidential_one() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    for key in ["nemoto", "ishige", "iwase"] {
        let who = world.who(key);
        let area = who.browser.get("/area").await.expect(200).body;
        for case in world.cases.iter().filter(|c| c.requester == world.who("ooki").actor.unit.0) {
            let confidential = case.privacy == Privacy::Confidential;
            let consent = case.consents.contains(&who.actor.unit.0);
            assert_eq!(area.contains(&case.path()), !confidential || consent, "{key}: case {} in the area's list", case.n);
            assert!(!area.contains(&format!("QZ{:02}", case.n)), "{key}: the area's list holds words of case {}", case.n);
            let page = who.browser.get(&case.path()).await;
            match (consent, confidential) {
                (true, _) => assert!(page.status == 200 && page.body.contains(&case.name), "{key} reads case {} by consent", case.n),
                (false, true) => assert_eq!(page.status, 404, "{key}: confidential case {}", case.n),
                (false, false) => {
                    assert!(page.status == 200 && !page.body.contains(&format!("QZ{:02}", case.n)), "{key}: header of case {}", case.n)
                }
            }
        }
    }
}

/// An auditor reads a text with a reason that is on record first; every reading anew, and nothing without one.
#[tokio::test]
async fn an_auditor_reads_with_a_reason_that_is_on_record_first() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    let auditor = world.who("hayami");
    let mut god = stage.god().await;
    for n in [5, 9] {
        let case = world.case(n);
        let count = async |god: &mut sqlx::PgConnection, sql: &'static str| -> i64 {
            sqlx::query_scalar(sql).bind(case.id).fetch_one(god).await.expect("count")
        };
        const READINGS: &str = "SELECT count(*) FROM witnessed_readings WHERE consultation_id = $1";
        const ENTRIES: &str = "SELECT count(*) FROM audit_entries WHERE subject = $1 AND verb = 'desk.text_witnessed'";
        let header = auditor.browser.get(&case.path()).await.expect(200);
        assert!(!header.body.contains(&format!("QZ{n:02}")), "a header without words");
        let witness = format!("{}/witness", case.path());
        auditor.browser.get(&witness).await.expect(200);
        let short = auditor.post(&witness, None, &fields(&[("reason", "短い")])).await.expect(422);
        assert!(!short.body.contains(&format!("QZ{n:02}")), "too short a reason shows nothing");
        auditor.post(&witness, None, &[]).await.expect(422);
        assert_eq!(count(&mut god, READINGS).await, 0);
        let read = auditor.post(&witness, None, &fields(&[("reason", "苦情の調査のため")])).await.expect(200);
        assert!(read.body.contains(&case.name) && read.body.contains(&mark(n, "NOTE")), "the text and the notes");
        assert_eq!((count(&mut god, READINGS).await, count(&mut god, ENTRIES).await), (1, 1));
        let fields_kept: serde_json::Value =
            sqlx::query_scalar("SELECT fields FROM audit_entries WHERE subject = $1 AND verb = 'desk.text_witnessed'")
                .bind(case.id)
                .fetch_one(&mut god)
                .await
                .expect("entry");
        assert!(fields_kept["reason"].as_str().is_some_and(|r| r.starts_with("sha256:")), "the record holds no words: {fields_kept}");
        // The next page is a header again.
        assert!(!auditor.browser.get(&case.path()).await.expect(200).body.contains(&format!("QZ{n:02}")));
    }
    // Witnessing one case opens no other one, in the same transaction either.
    let tx = stage
        .db()
        .begin_witnessed(&auditor.actor, kernel::RequestId::new(&stage.clock), ConsultationId(world.case(5).id), "苦情の調査のため")
        .await
        .expect("witness");
    assert!(desk::find::<desk::ReadText>(&tx, &auditor.actor, ConsultationId(world.case(5).id)).await.is_ok());
    assert!(matches!(
        desk::find::<desk::ReadText>(&tx, &auditor.actor, ConsultationId(world.case(8).id)).await,
        Err(desk::VerbError::Forbidden)
    ));
    drop(tx);
    // Not for the other federation's case, and for nobody else.
    let far = format!("{}/witness", world.case(15).path());
    auditor.post(&far, None, &fields(&[("reason", "苦情の調査のため")])).await.expect(404);
    for key in ["iwase", "wakabayashi", "kashiwagi", "nemoto", "ooki", "morinaga"] {
        let witness = format!("{}/witness", world.case(5).path());
        world.who(key).post(&witness, None, &fields(&[("reason", "苦情の調査のため")])).await.expect(404);
        world.who(key).browser.get(&witness).await.expect(404);
    }
    // The programme owner reads by consent and in no other way.
    let owner = world.who("iwase");
    assert!(owner.browser.get(&world.case(8).path()).await.expect(200).body.contains(&mark(8, "TITLE")));
    assert!(!owner.browser.get(&world.case(5).path()).await.expect(200).body.contains(&mark(5, "TITLE")));
}

/// F17: a note is never in a page of anybody but the desk (and a witness), and never in a letter.
#[tokio::test]
async fn a_note_never_leaves_the_desk() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    let momose = world.who("momose");
    let two = ConsultationId(world.case(2).id);
    note(&stage, momose, two, 2).await;
    reply(&stage, momose, two, 2, &[]).await;
    let routes = web::app::all_routes();
    for (_, who) in world.people.iter() {
        for case in &world.cases {
            let sees = case.seen_by(&who.actor);
            if sees == Sees::Nothing || sees == Sees::Notes {
                continue;
            }
            for route in routes.iter().filter(|r| r.method == "GET" && r.path.starts_with("/c/{case}")) {
                let page = who.browser.get(&route.path.replace("{case}", &case.id.to_string())).await;
                assert!(!page.body.contains(&mark(case.n, "NOTE")), "{} {}: a note of case {}", who.name(), route.path, case.n);
            }
        }
        for path in ["/", "/consultations", "/area", "/shared"] {
            let page = who.browser.get(path).await;
            assert!(!page.body.contains("NOTEZQ"), "{} {path}: a note", who.name());
        }
    }
    // A refused form shows the page again: without the note as well.
    let page = world.who("aizawa").post(&format!("{}/answer", world.case(2).path()), version(&stage, two.0).await, &[]).await.expect(422);
    assert!(page.body.contains(&mark(2, "TITLE")) && !page.body.contains(&mark(2, "NOTE")));
    stage.work().await;
    let letters = stage.letters.sent();
    assert!(letters.len() > 10, "only {} letters: is mail on?", letters.len());
    for letter in &letters {
        let all = format!("{} {}", letter.subject(), letter.body_text());
        assert!(!all.contains("QZ") && !all.contains("090-0077"), "content left by mail: {all}");
    }
    // No event and no job carries words either.
    let mut god = stage.god().await;
    let rows = sqlx::query("SELECT to_jsonb(o)::text AS line FROM outbox o UNION ALL SELECT to_jsonb(a)::text FROM audit_entries a UNION ALL SELECT to_jsonb(d)::text FROM deliveries d")
        .fetch_all(&mut god)
        .await
        .expect("rows");
    for row in rows {
        let line: String = row.get("line");
        assert!(!line.contains("QZ"), "words in a record: {line}");
    }
}

/// The letter about a confidential case goes to its writer and the desk, not to the clinic.
#[tokio::test]
async fn letters_about_a_hidden_case_go_to_nobody_it_is_hidden_from() {
    let stage = Stage::new().await;
    let who = async |key: &str, unit: &str| -> Seated { at(&stage, key, unit).await };
    let (aizawa, momose) = (who("aizawa", "ひだまり").await, who("momose", "長野県").await);
    let case = ask(&stage, &aizawa, 1, "INC-MAL", Privacy::Confidential, &[], false).await;
    reply(&stage, &momose, case, 1, &[]).await;
    stage.work().await;
    let mut god = stage.god().await;
    let told: Vec<String> = sqlx::query_scalar("SELECT DISTINCT pc.email FROM deliveries d JOIN people_contacts pc ON pc.person_id = d.person_id JOIN outbox o ON o.id = d.event_id WHERE o.subject = $1 ORDER BY 1")
        .bind(case.0)
        .fetch_all(&mut god)
        .await
        .expect("deliveries");
    let keys: Vec<&str> = told.iter().filter_map(|email| email.split('@').next()).collect();
    assert_eq!(keys, ["aizawa", "momose"]);
}

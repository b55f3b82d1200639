//! What a page reads travels with who is asking: the answers are those of the page's own questions, whoever asks and on whatever connection.

use std::time::Duration;
use tests::{Person, Stage};
use time::Duration as Span;

/// Takes what was prepared ahead away from the connection used last, as a pooler that changes connections does.
async fn forget(stage: &Stage, person: &Person) {
    let actor = person.actor(stage).await;
    let tx = stage.db().read(&actor, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
    let sql = "DO $$ DECLARE name text; BEGIN FOR name IN SELECT p.name FROM pg_prepared_statements p WHERE p.name LIKE 'ahead\\_%' LOOP
                 EXECUTE format('DEALLOCATE %I', name); END LOOP; END $$";
    tx.run(sql, []).await.expect("forgotten");
    drop(tx);
    // The transaction gives itself up by itself.
    tokio::time::sleep(Duration::from_millis(100)).await;
}

async fn asked(stage: &Stage, person: &Person, path: &str) -> (String, u64) {
    let before = stage.db().statements();
    let page = person.get(path).await.expect(200);
    // Each page has a name of its own.
    let body = page.body.replace(&page.input("_page").unwrap_or_else(|| "none".into()), "");
    (body, stage.db().statements() - before)
}

#[tokio::test]
async fn a_connection_that_keeps_nothing_is_asked_one_by_one() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = crate::desk::ask(&clinic, "画面が赤い", "everyone").await;
    for path in ["/consultations", case.as_str()] {
        let (told, ahead) = asked(&stage, &clinic, path).await;
        forget(&stage, &clinic).await;
        let (body, _) = asked(&stage, &clinic, path).await;
        assert!(body == told, "{path}: another page");
        let (body, one_by_one) = asked(&stage, &clinic, path).await;
        assert!(body == told, "{path}: another page");
        assert!(one_by_one <= ahead, "{path}: {one_by_one} statements one by one, {ahead} ahead");
    }
}

#[tokio::test]
async fn the_last_question_of_a_list_by_area_too() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    crate::desk::ask(&clinic, "画面が赤い", "everyone").await;
    let officer = stage.sign_in("miyasaka").await;
    let (told, _) = asked(&stage, &officer, "/area").await;
    forget(&stage, &officer).await;
    // It is not known what the connection still had of the transaction: the reader is told that the portal is busy, once.
    let first = officer.get("/area").await;
    assert!([200, 503].contains(&first.status.as_u16()), "{}", first.status);
    assert!(asked(&stage, &officer, "/area").await.0 == told, "another page");
}

#[tokio::test]
async fn an_address_that_is_no_good_is_refused_and_takes_nothing_with_it() {
    let stage = Stage::new().await;
    let agent = stage.sign_in("kashiwagi").await;
    for path in [
        "/queue?class=S9",
        "/queue?after=x",
        "/queue?prefecture=%27",
        "/queue?category=%27%3B--",
        "/queue?category=%00",
        "/consultations?closed=2",
    ] {
        let status = agent.get(path).await.status;
        assert!([400, 403].contains(&status.as_u16()), "{path}: {status}");
    }
    agent.get("/queue?prefecture=-1").await.expect(200);
    agent.get("/c/no-id").await.expect(404);
}

#[tokio::test]
async fn whoever_is_seen_stays_signed_in_and_pages_wait_for_no_write_of_it() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let seen = || async {
        let sql = "SELECT extract(epoch FROM max(last_seen_at))::bigint FROM sessions";
        sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut stage.god().await).await.expect("sessions")
    };
    let first = seen().await;
    stage.clock.advance(Span::minutes(5));
    clinic.get("/consultations").await.expect(200);
    assert_eq!(seen().await, first, "nothing is written for the page");
    stage.portal.sightings.write(stage.db()).await.expect("written");
    assert_eq!(seen().await, first + 300);
    stage.clock.advance(Span::minutes(5));
    // A form is seen as well.
    clinic.post("/ask/new", &[]).await.leads();
    stage.portal.sightings.write(stage.db()).await.expect("written");
    assert_eq!(seen().await, first + 600);
}

//! Numbers that people call a case by.

use sqlx::Executor;
use tests::Stage;

#[tokio::test]
async fn the_ten_thousandth_case_of_a_year_has_a_number_of_its_own() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    crate::desk::ask(&clinic, "最初の相談", "everyone").await;
    let sql = "DO $$ BEGIN EXECUTE (SELECT format('SELECT setval(%L, 9999)', c.oid::regclass) FROM pg_class c WHERE c.relname LIKE 'consultation\\_number\\_%\\_2026'); END $$";
    stage.god().await.execute(sql).await.expect("the year's counter");
    for n in ["10000", "10001"] {
        let case = crate::desk::ask(&clinic, "一万件目の相談", "everyone").await;
        let page = clinic.get(&case).await.expect(200);
        assert!(page.body.contains(&format!("T-2026-{n}")), "{n}");
    }
}

/// The number is the database's: whoever writes a header chooses neither it nor its year, and counts nothing up by calling.
#[tokio::test]
async fn nobody_chooses_a_number_or_its_year() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    crate::desk::ask(&clinic, "最初の相談", "everyone").await;
    let actor = clinic.actor(&stage).await;
    let numbers = async || -> Vec<String> {
        sqlx::query_scalar("SELECT number FROM consultations ORDER BY number").fetch_all(&mut stage.god().await).await.expect("numbers")
    };
    let first = numbers().await;
    let write = async |id: uuid::Uuid| {
        let tx = stage.db().begin(&actor, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
        let sql = "INSERT INTO consultations (id, federation_id, number, requester_unit_id, opened_by, opened_from, queue_id, responsible_seat_id, category, class, line, care, state, privacy, created_at, updated_at, turn_since)
                   SELECT $1, federation_id, 'T-2150-0001', requester_unit_id, opened_by, scope_uuid('seat'), queue_id, responsible_seat_id, category, class, line, care, 'new', privacy, '2150-05-01', '2150-05-01', '2150-05-01'
                   FROM consultations LIMIT 1";
        assert_eq!(tx.run(sql, [id.into()]).await.expect("written"), 1);
        tx.commit().await.expect("commit");
    };
    write(kernel::ids::new_uuid(&stage.clock)).await;
    let next: u32 = first[0].rsplit('-').next().expect("serial").parse().expect("serial");
    assert_eq!(numbers().await, [first[0].clone(), format!("T-2026-{:04}", next + 1)]);
    for call in ["consultation_number(1, 2026)", "consultation_number(1, 2150)"] {
        let tx = stage.db().begin(&actor, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
        let refused = tx.run(&format!("SELECT {call}"), []).await;
        assert!(matches!(refused, Err(store::StoreError::Denied)), "{call}: {refused:?}");
        let tx = stage.bench.db.begin_system(store::SystemReason::SendMail).await.expect("transaction");
        let refused = tx.run(&format!("SELECT {call}"), []).await;
        assert!(matches!(refused, Err(store::StoreError::Denied)), "{call} by the worker: {refused:?}");
    }
    let counters: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relkind = 'S' AND relname LIKE 'consultation\\_number%' AND relname NOT LIKE '%\\_2026'",
    )
    .fetch_all(&mut stage.god().await)
    .await
    .expect("catalogue");
    assert!(counters.is_empty(), "{counters:?}");
}

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

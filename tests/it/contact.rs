//! The desk's telephone at the foot of every page: dated, per federation, in the reader's language, and read without asking.

use tests::{Page, Person, Stage};

/// A stage whose pages show a telephone.
async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.config.portal.desk_phone = "0120-000-000".into();
    stage.portal = portal::wire::portal(&stage.config, stage.clock.clone()).await.expect("portal");
    stage
}

/// What stands in the brackets after the word for telephone.
fn hours(page: &Page) -> String {
    let foot = page.body.split("<footer").nth(1).expect("a foot");
    let (_, rest) = foot.split_once(['（', '(']).unwrap_or_else(|| panic!("no hours: {foot}"));
    rest.split(['）', ')']).next().expect("an end").to_owned()
}

async fn write(stage: &Stage, sql: &str) {
    let mut god = stage.god().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut god).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    stage.portal.hours.refresh(stage.db()).await.expect("refresh");
}

#[tokio::test]
async fn hours_are_dated_rows_of_the_federation_else_of_the_installation() {
    let stage = stage().await;
    let (t, h, visitor) = (stage.sign_in("aizawa").await, stage.sign_in("saeki").await, Person::nobody(&stage));
    assert_eq!(hours(&t.get("/").await), "毎日6時〜21時");
    assert_eq!(hours(&h.get("/").await), "平日9時〜17時", "a federation's own words come first");
    assert_eq!(hours(&visitor.get("/sign-in").await), "毎日6時〜21時", "nobody's federation is known yet");
    assert_eq!(hours(&t.get("/c/0198a7c2-0000-7000-8000-00000000ffff").await.expect(404)), "毎日6時〜21時", "on pages of trouble too");

    // Another wording from a day on: announced today, true on that day, in Tokyo.
    write(
        &stage,
        "UPDATE content_texts SET until_on = '2026-11-18' WHERE key = 'desk.hours' AND federation_id IS NULL;
         INSERT INTO content_texts (id, key, version, body, from_on, until_on) VALUES (gen_random_uuid(), 'desk.hours', 2, '{\"ja\": \"毎日8時〜20時\"}', '2026-11-18', '2026-11-20')",
    )
    .await;
    assert_eq!(hours(&t.get("/").await), "毎日6時〜21時");
    stage.clock.advance(time::Duration::hours(15));
    let (t, h) = (stage.sign_in("aizawa").await, stage.sign_in("saeki").await);
    assert_eq!(hours(&t.get("/").await), "毎日8時〜20時", "2026-11-18 00:12 in Tokyo, without being read again");
    assert_eq!(hours(&h.get("/").await), "平日9時〜17時");
    // Where nothing is in force the page does not pretend to know.
    stage.clock.advance(time::Duration::hours(48));
    let (t, visitor) = (stage.sign_in("aizawa").await, Person::nobody(&stage));
    for page in [t.get("/").await, visitor.get("/sign-in").await] {
        assert_eq!(hours(&page), "受付時間はお電話でお確かめください");
        assert!(page.body.contains("0120-000-000"));
    }
}

#[tokio::test]
async fn the_telephone_costs_no_statement() {
    let stage = stage().await;
    let clinic = stage.sign_in("aizawa").await;
    let bare = Stage::new().await;
    let same = bare.sign_in("aizawa").await;
    for path in ["/", "/consultations", "/sessions", "/nothing-here"] {
        let (before, before_bare) = (stage.db().statements(), bare.db().statements());
        let page = clinic.get(path).await;
        same.get(path).await;
        assert!(page.body.contains("0120-000-000"), "{path}");
        assert_eq!(stage.db().statements() - before, bare.db().statements() - before_bare, "{path}");
    }
}

#[tokio::test]
async fn english_readers_read_english_and_japanese_where_there_is_none() {
    let stage = stage().await;
    let english = async |stage: &Stage| {
        let request = axum::http::Request::builder().uri("/sign-in").header("accept-language", "en");
        let request = request.body(axum::body::Body::empty()).expect("request");
        let answer =
            tower::ServiceExt::oneshot(web::app::router(stage.portal.clone()), request).await.unwrap_or_else(|never| match never {});
        let body = axum::body::to_bytes(answer.into_body(), 1_000_000).await.expect("body");
        String::from_utf8_lossy(&body).into_owned()
    };
    assert!(english(&stage).await.contains("daily 6:00 to 21:00"));
    write(
        &stage,
        "UPDATE content_texts SET until_on = '2026-11-17' WHERE key = 'desk.hours' AND federation_id IS NULL;
         INSERT INTO content_texts (id, key, version, body, from_on) VALUES (gen_random_uuid(), 'desk.hours', 2, '{\"ja\": \"毎日\"}', '2026-11-17')",
    )
    .await;
    assert!(english(&stage).await.contains("毎日"));
}

//! Texts on a real database.

#[path = "../../tenancy/tests/support/mod.rs"]
mod support;

use access::{Actor, Role};
use content::{SeedReport, keys};
use kernel::{FederationId, Locale, RequestId, UnitId, ids::new_uuid};
use sqlx::{Connection, PgConnection};
use store::{StoreError, Tx};
use support::{Scratch, scratch};
use time::{Date, Duration, macros::date};

const TODAY: Date = date!(2026 - 11 - 17);

async fn seed(s: &Scratch) -> SeedReport {
    let mut loader = PgConnection::connect(&s.loader_url).await.expect("loader");
    content::seed(&mut loader, &s.clock).await.expect("seed")
}

async fn reader(s: &Scratch, prefix: &str) -> (FederationId, Actor) {
    let federation = s.federation(prefix).await;
    (federation, s.actor(federation, UnitId(federation.0), Role::Administrator).await)
}

async fn read(s: &Scratch, actor: &Actor) -> Tx {
    s.app.read(actor, RequestId::new(&s.clock)).await.expect("tx")
}

#[tokio::test]
async fn the_installation_texts_are_written_once() {
    let s = scratch().await;
    let all = content::installation_keys().expect("keys").len();
    assert_eq!(seed(&s).await, SeedReport { written: all, ..SeedReport::default() });
    let standing =
        "SELECT count(*) FROM content_texts WHERE origin = 'release' AND version = 1 AND until_on IS NULL AND from_on = '2026-11-17'";
    assert_eq!(s.count(standing).await, all as i64);
    s.clock.advance(Duration::days(30));
    assert_eq!(seed(&s).await, SeedReport { kept: all, ..SeedReport::default() });
    let (a, b) = tokio::join!(seed(&s), seed(&s));
    assert_eq!((a.kept, b.kept), (all, all), "two processes at once");
    assert_eq!(s.count(standing).await, all as i64, "told thrice it is as it was");
    let (_, actor) = reader(&s, "T").await;
    let tx = read(&s, &actor).await;
    let text = content::current(&tx, keys::SHARING, TODAY).await.expect("read").expect("text");
    assert!(!text.own && text.awaiting_review() && text.version == 1);
    assert_ne!(text.say(Locale::Ja), text.say(Locale::En));
    assert!(text.lines(Locale::Ja).count() > 1);
    assert_eq!(content::current(&tx, keys::SHARING, date!(2026 - 11 - 16)).await.expect("read"), None, "not in force before its first day");
    assert_eq!(content::current(&tx, "notice.nothing", TODAY).await.expect("read"), None);
}

#[tokio::test]
async fn another_wording_is_another_version_and_the_old_one_can_still_be_read() {
    let s = scratch().await;
    // As an older release left it.
    let old = new_uuid(&s.clock);
    s.sql(format!(
        "INSERT INTO content_texts (id, key, version, body, from_on, origin) VALUES ('{old}', '{}', 1, '{{\"ja\": \"前の文\"}}', '2026-04-01', 'release')",
        keys::SHARING
    ))
    .await;
    seed(&s).await;
    let (_, actor) = reader(&s, "T").await;
    let tx = read(&s, &actor).await;
    let before = content::current(&tx, keys::SHARING, date!(2026 - 11 - 16)).await.expect("read").expect("text");
    assert_eq!((before.id, before.version, before.en.is_none()), (old, 1, true));
    assert_eq!(before.say(Locale::En), "前の文");
    assert_eq!(before.said_in(Locale::En), Locale::Ja);
    let now = content::current(&tx, keys::SHARING, TODAY).await.expect("read").expect("text");
    assert_eq!(now.version, 2);
    assert_eq!(content::by_id(&tx, old).await.expect("read"), Some(before));
}

#[tokio::test]
async fn a_federations_own_text_comes_first_and_is_nobody_elses() {
    let s = scratch().await;
    seed(&s).await;
    let (t, of_t) = reader(&s, "T").await;
    let (_, of_h) = reader(&s, "H").await;
    let own = new_uuid(&s.clock);
    let key = keys::consent("prefecture").expect("key");
    s.sql(format!(
        "INSERT INTO content_texts (id, federation_id, key, version, body, from_on, until_on, reviewed_on) VALUES ('{own}', {t}, '{key}', 1, '{{\"ja\": \"T の文\", \"en\": \"Words of T\"}}', '2026-11-17', '2026-12-01', '2026-11-01')"
    ))
    .await;
    let tx = read(&s, &of_t).await;
    let texts = content::current_many(&tx, &[&key, keys::SHARING], TODAY).await.expect("read");
    assert_eq!((texts[&key].id, texts[&key].own, texts[&key].awaiting_review()), (own, true, false));
    assert!(!texts[keys::SHARING].own);
    assert!(
        !content::current(&tx, &key, date!(2026 - 12 - 01)).await.expect("read").expect("text").own,
        "when it ends the installation's is back"
    );
    let tx = read(&s, &of_h).await;
    assert!(!content::current(&tx, &key, TODAY).await.expect("read").expect("text").own);
    assert_eq!(content::by_id(&tx, own).await.expect("read"), None);
}

/// The next release must not take the place of words that people here have decided on.
#[tokio::test]
async fn a_release_leaves_alone_what_was_written_ended_or_reviewed_here() {
    let s = scratch().await;
    let all = content::installation_keys().expect("keys").len();
    let keys = ["prefecture", "municipality", "police"].map(|receiver| keys::consent(receiver).expect("key"));
    let [written, reviewed, ended] = &keys;
    // An older release's words; then one text got words of our own, one was read by specialists, one was taken out of use.
    for key in &keys {
        s.sql(format!("INSERT INTO content_texts (id, key, version, body, from_on, origin) VALUES (gen_random_uuid(), '{key}', 1, '{{\"ja\": \"前の版\"}}', '2026-04-01', 'release')")).await;
    }
    s.sql(format!(
        "UPDATE content_texts SET until_on = '2026-10-01' WHERE key IN ('{written}', '{ended}');
         INSERT INTO content_texts (id, key, version, body, from_on) VALUES (gen_random_uuid(), '{written}', 2, '{{\"ja\": \"わたしたちの文\"}}', '2026-10-01');
         UPDATE content_texts SET reviewed_on = '2026-09-01' WHERE key = '{reviewed}'"
    ))
    .await;
    let rows = "SELECT count(*) FROM content_texts WHERE key IN ('consent.prefecture', 'consent.municipality', 'consent.police')";
    for _ in 0..2 {
        let report = seed(&s).await;
        let mut left = report.left.clone();
        left.sort();
        assert_eq!(left, ["consent.municipality", "consent.police", "consent.prefecture"], "named, so that somebody decides");
        assert_eq!(report.written + report.kept, all - 3);
        assert_eq!(s.count(rows).await, 4, "no version was added");
    }
    let (_, actor) = reader(&s, "T").await;
    let tx = read(&s, &actor).await;
    assert_eq!(content::current(&tx, written, TODAY).await.expect("read").expect("text").ja, "わたしたちの文");
    assert_eq!(content::current(&tx, reviewed, TODAY).await.expect("read").expect("text").ja, "前の版");
    assert_eq!(content::current(&tx, ended, TODAY).await.expect("read"), None, "not brought back");
}

/// Not even whoever loads texts changes words that somebody may have agreed to.
#[tokio::test]
async fn a_text_that_stands_is_never_changed_and_two_are_never_in_force() {
    let s = scratch().await;
    seed(&s).await;
    let mut loader = PgConnection::connect(&s.loader_url).await.expect("loader");
    for (sql, why) in [
        ("UPDATE content_texts SET body = '{\"ja\": \"x\"}'", "never changed"),
        ("UPDATE content_texts SET from_on = '2020-01-01'", "never changed"),
        ("UPDATE content_texts SET key = 'advice.x' WHERE key = 'notice.sharing'", "never changed"),
        ("UPDATE content_texts SET origin = 'local'", "never changed"),
        ("DELETE FROM content_texts", "never changed"),
        (
            "INSERT INTO content_texts (id, key, version, body, from_on) VALUES (gen_random_uuid(), 'notice.sharing', 2, '{\"ja\": \"x\"}', '2027-01-01')",
            "content_texts_",
        ),
    ] {
        let refused = sqlx::query(sql).execute(&mut loader).await.expect_err(sql);
        assert!(refused.to_string().contains(why), "{sql}: {refused}");
    }
    for sql in ["UPDATE content_texts SET reviewed_on = '2026-12-01'", "UPDATE content_texts SET until_on = '2027-01-01'"] {
        sqlx::query(sql).execute(&mut loader).await.expect(sql);
    }
}

#[tokio::test]
async fn no_application_role_writes_a_text() {
    let s = scratch().await;
    seed(&s).await;
    let (_, actor) = reader(&s, "T").await;
    let statements = [
        "UPDATE content_texts SET body = '{\"ja\": \"x\"}'",
        "DELETE FROM content_texts",
        "INSERT INTO content_texts (id, key, version, body, from_on) VALUES (gen_random_uuid(), 'x', 1, '{\"ja\": \"x\"}', '2026-01-01')",
    ];
    for statement in statements {
        let tx = s.app.begin(&actor, RequestId::new(&s.clock)).await.expect("tx");
        assert!(matches!(tx.run(statement, []).await, Err(StoreError::Denied)), "{statement}");
    }
}

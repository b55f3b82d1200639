//! The bulk load: killed in the middle and told again, it goes on where it stopped and nothing is missing.

use crate::world::{ask, at};
use desk::Privacy;
use kernel::Clock;
use portal::scale::{self, Size};
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use std::time::Duration;
use tests::Stage;

const SIZE: Size = Size { municipals: 94, institutions: 120, consultations: 2_000, chunk: 200, one_queue: false };

async fn load(stage: &Stage, clock: Clock, size: Size, say: Arc<dyn Fn(String) + Send + Sync>) -> anyhow::Result<()> {
    let url = |url: &Option<String>| url.clone().expect("url");
    let (loader, migrator) = (url(&stage.config.database.loader_url), url(&stage.config.database.migrator_url));
    scale::load(&loader, &migrator, &clock, size, say).await
}

async fn number(god: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(god).await.expect(sql)
}

const CASES: &str = "SELECT count(*) FROM consultations WHERE number ~ '-[0-9]{7}$'";

/// Keeps the first chunk open by its first number until the load has been killed, while the others get done.
async fn killed_in_the_first_chunk(stage: &Stage, god: &mut PgConnection) {
    let clerk = at(stage, "ooki", "みどりの森").await;
    let case = ask(stage, &clerk, 0, "CHK", Privacy::Everyone, &[], false).await;
    let mut held = god.begin().await.expect("begin");
    sqlx::raw_sql("SET LOCAL session_replication_role = replica").execute(&mut *held).await.expect("god");
    let sql = "UPDATE consultations SET number = split_part(number, '-', 1) || '-2020-1000001' WHERE id = $1";
    sqlx::query(sql).bind(case.0).execute(&mut *held).await.expect("the number is taken, for now");
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let say = Arc::new(move |what: String| drop(told.send(what)));
    let mut loading = Box::pin(load(stage, stage.clock.clone(), SIZE, say));
    let done = async { while !heard.recv().await.expect("it goes on").starts_with("consultations: chunk 4 ") {} };
    tokio::select! {
        outcome = &mut loading => panic!("it ended: {outcome:?}"),
        outcome = tokio::time::timeout(Duration::from_secs(60), done) => outcome.expect("four chunks within a minute"),
    }
    drop(loading);
    held.rollback().await.expect("rollback");
    let hands = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'portal_loader' AND datname = current_database()";
    for _ in 0..300 {
        if number(god, hands).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("a hand of the killed load still works");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_killed_in_the_middle_and_told_again_days_later_is_whole() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    killed_in_the_first_chunk(&stage, &mut god).await;
    let there = number(&mut god, CASES).await;
    assert!((800..2_000).contains(&there) && there % 200 == 0, "whole chunks, and not all: {there}");
    let first = "SELECT count(*) FROM consultations WHERE number LIKE '%-2020-1000001'";
    assert_eq!(number(&mut god, first).await, 0, "the first chunk is not there");
    // Late enough for the years to begin at other cases.
    let later = Clock::held(stage.clock.now() + time::Duration::days(9));
    load(&stage, later.clone(), SIZE, Arc::new(|_| {})).await.expect("the rest");
    assert_eq!((number(&mut god, CASES).await, number(&mut god, first).await), (2_000, 1));
    let gaps = "SELECT count(*) FROM (SELECT right(number, 7)::int - 1000000 AS n, row_number() OVER (PARTITION BY left(number, -8) ORDER BY number) AS nth
        FROM consultations WHERE number ~ '-[0-9]{7}$') x WHERE n <> nth";
    assert_eq!(number(&mut god, gaps).await, 0, "numbers of a year without a gap");
    load(&stage, later.clone(), SIZE, Arc::new(|_| {})).await.expect("told again");
    assert_eq!(number(&mut god, CASES).await, 2_000);
    let other = Size { consultations: 2_400, ..SIZE };
    let refused = load(&stage, later, other, Arc::new(|_| {})).await.expect_err("laid out otherwise");
    assert!(refused.to_string().contains("another size"), "{refused:#}");
}

//! A worker with nothing to do leaves the database alone, and is awake at once when there is something.

use std::time::Duration;
use tests::Stage;
use tokio::sync::watch;

async fn transactions(god: &mut sqlx::PgConnection) -> i64 {
    // A backend reports what it counted at most once a second.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    sqlx::query_scalar("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
        .fetch_one(god)
        .await
        .expect("counters")
}

#[tokio::test]
async fn an_idle_worker_is_quiet_and_a_job_wakes_it() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (stop, stopped) = watch::channel(false);
    let (config, bench) = (stage.config.clone(), stage.bench.clone());
    let worker = tokio::spawn(async move { portal::work::all(&config, bench, stopped).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = transactions(&mut god).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let a_second = (transactions(&mut god).await - before) as f64 / 6.5;
    assert!(a_second < 20.0, "{a_second:.0} transactions a second with nothing to do");
    // A letter to the desk, which the worker hands over by itself.
    let clinic = stage.sign_in("aizawa").await;
    crate::desk::ask(&clinic, "働き手が起きるか", "everyone").await;
    let began = std::time::Instant::now();
    while stage.letters.sent().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "no letter was sent");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send(true).expect("the worker listens");
    worker.await.expect("the worker's task").expect("the worker ended well");
}

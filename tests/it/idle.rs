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

/// A worker that is killed with a job which was enqueued anew meanwhile leaves a row that the queue never takes again; one that
/// failed for good is another matter, and stays.
#[tokio::test]
async fn a_job_that_was_replaced_under_a_dead_worker_is_not_left_behind() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let clinic = stage.sign_in("aizawa").await;
    crate::desk::ask(&clinic, "二度並べられた仕事", "everyone").await;
    let jobs = async |god: &mut sqlx::PgConnection| -> Vec<(Option<String>, bool)> {
        let sql = "SELECT key, attempts >= max_attempts FROM graphile_worker._private_jobs ORDER BY id";
        sqlx::query_as(sql).fetch_all(god).await.expect("jobs")
    };
    let key = jobs(&mut god).await.remove(0).0.expect("a key");
    // A worker takes it, it is enqueued once more, and the worker dies.
    let again =
        "SELECT graphile_worker.add_job(identifier => task_identifier, payload => '{}'::json, job_key => key) FROM graphile_worker.jobs";
    for sql in ["UPDATE graphile_worker._private_jobs SET locked_at = now(), locked_by = 'dead'", again] {
        sqlx::query(sql).execute(&mut god).await.expect("arranged");
    }
    stage.bench.sweep().await.expect("swept");
    assert_eq!(jobs(&mut god).await, [(None, true), (Some(key.clone()), false)], "as long as it is locked it is somebody's");
    let freed = "UPDATE graphile_worker._private_jobs SET locked_at = NULL, locked_by = NULL";
    sqlx::query(freed).execute(&mut god).await.expect("its worker is missed");
    stage.bench.sweep().await.expect("swept");
    assert_eq!(jobs(&mut god).await, [(Some(key.clone()), false)]);
    sqlx::query("UPDATE graphile_worker._private_jobs SET attempts = max_attempts").execute(&mut god).await.expect("failed for good");
    stage.bench.sweep().await.expect("swept");
    assert_eq!(jobs(&mut god).await, [(Some(key), true)]);
}

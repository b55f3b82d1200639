//! The audit record under load: how soon entries are sealed, and whether their writers notice the sealer.

use crate::report::{Bound, Report};
use crate::site::Site;
use access::Actor;
use kernel::RequestId;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{AuditEntry, Db};
use uuid::Uuid;

/// Writers, and how often each writes.
const WRITERS: u32 = 25;
const EVERY: Duration = Duration::from_millis(50);
const RATE: f64 = 500.0;
/// How long they write, and how often with the sealer and without.
const LENGTH: Duration = Duration::from_secs(6);
const TURNS: u32 = 3;

pub async fn measure(report: &mut Report, site: &Site) {
    let mut god = site.stage.god().await;
    let seat: Uuid = sqlx::query_scalar("SELECT id FROM seats WHERE role = 'lead' AND ended_at IS NULL LIMIT 1")
        .fetch_one(&mut god)
        .await
        .expect("a lead");
    let cookie = site.sign_in(&mut god, seat).await;
    let token = cookie.split_once('=').map(|(_, token)| token).unwrap_or_default();
    let actor = Arc::new(identity::read_session(site.stage.db(), token).await.expect("database").expect("a live session"));

    // In turns, so that a slow moment of the disk meets both.
    let (mut alone, mut beside, mut rest) = (Vec::new(), Vec::new(), Duration::ZERO);
    for _ in 0..TURNS {
        let mut worker = site.worker();
        sealed(site).await;
        let watched = tokio::spawn(watch(site.stage.god().await));
        beside.extend(write(site.stage.db(), &actor).await);
        watched.abort();
        let began = Instant::now();
        sealed(site).await;
        rest = rest.max(began.elapsed());
        worker.signal("TERM");
        worker.end().await;
        alone.extend(write(site.stage.db(), &actor).await);
    }
    alone.sort();
    beside.sort();

    let p99 = |times: &[Duration]| times[times.len() * 99 / 100].as_secs_f64() * 1_000.0;
    report.add(
        "audit: writes per second",
        beside.len() as f64 / (LENGTH * TURNS).as_secs_f64(),
        "/s",
        Some((Bound::AtLeast, RATE * 0.95)),
        format!("{WRITERS} writers"),
    );
    report.add("audit: sealed after the last write", rest.as_secs_f64(), "s", Some((Bound::AtMost, 5.0)), "");
    report.add(
        "audit: p99 of a write, sealer on ÷ off",
        p99(&beside) / p99(&alone),
        "times",
        Some((Bound::AtMost, 1.2)),
        format!("{:.2} and {:.2} ms", p99(&beside), p99(&alone)),
    );
}

/// Waits until every entry is sealed.
async fn sealed(site: &Site) {
    let began = Instant::now();
    let mut god = site.stage.god().await;
    while sqlx::query_scalar::<_, bool>("SELECT EXISTS (SELECT 1 FROM audit_unsealed)").fetch_one(&mut god).await.expect("answer") {
        assert!(began.elapsed() < Duration::from_secs(120), "nobody seals");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Fails the run when entries wait longer than five seconds' worth of writes while they are written.
async fn watch(mut god: sqlx::PgConnection) {
    loop {
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_unsealed").fetch_one(&mut god).await.expect("count");
        if waiting as f64 > RATE * 5.0 {
            println!("     {waiting} entries wait for the seal");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Times of single writes at the rate.
async fn write(db: &Db, actor: &Arc<Actor>) -> Vec<Duration> {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (db, actor) = (db.clone(), actor.clone());
        writers.spawn(async move {
            let mut times = Vec::new();
            let mut tick = tokio::time::interval(EVERY);
            let began = Instant::now();
            while began.elapsed() < LENGTH {
                tick.tick().await;
                let started = Instant::now();
                let request = RequestId::new(db.clock());
                let tx = db.begin(&actor, request).await.expect("transaction");
                tx.audit(AuditEntry::new("bench.written", kernel::ids::new_uuid(db.clock()))).await.expect("entry");
                tx.commit().await.expect("commit");
                times.push(started.elapsed());
            }
            times
        });
    }
    let mut all = Vec::new();
    while let Some(times) = writers.join_next().await {
        all.extend(times.expect("a writer"));
    }
    all
}

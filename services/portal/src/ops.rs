//! Metrics and health on a port of their own, never reachable from outside.

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::convert::Infallible;
use std::future::{Future, IntoFuture};
use std::sync::OnceLock;
use std::time::Duration;
use store::Db;

/// How often what was measured is counted into its buckets. Until then each value is kept by itself: a process whose metrics nobody asks
/// for would grow by eight bytes with every request.
const UPKEEP: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Ops {
    db: Db,
    metrics: PrometheusHandle,
}

/// The one recorder of the process.
fn recorder() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0])
        .context("metrics")?
        .install_recorder()
        .context("metrics")?;
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// Serves `/metrics`, `/health/live` (the process runs) and `/health/ready` (the database answers) until `stop`.
pub async fn serve(listen: &str, db: Db, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
    let metrics = recorder()?;
    let ops = Ops { db, metrics: metrics.clone() };
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("portal.ops_listen {listen}"))?;
    let router = Router::new()
        .route("/metrics", get(|State(ops): State<Ops>| async move { ops.metrics.render() }))
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .with_state(ops);
    tokio::select! {
        done = axum::serve(listener, router).with_graceful_shutdown(stop).into_future() => done.context("ops"),
        never = keep_up(metrics) => match never {},
    }
}

async fn keep_up(metrics: PrometheusHandle) -> Infallible {
    let mut tick = tokio::time::interval(UPKEEP);
    loop {
        tick.tick().await;
        metrics.run_upkeep();
    }
}

async fn ready(State(ops): State<Ops>) -> (StatusCode, &'static str) {
    match ops.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database does not answer\n"),
    }
}

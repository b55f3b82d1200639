//! `portal serve`: answers browsers until told to stop, then lets requests under way finish.

use crate::config::Config;
use crate::{ops, wire};
use anyhow::Context;
use kernel::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;
use web::app::Portal;

/// How long requests under way may take after the signal to stop.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(15);

/// Runs until SIGINT or SIGTERM.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let portal = wire::portal(config, Clock::wall()).await?;
    let stop = stop_signal()?;
    both(config, portal, stop).await
}

/// The pages and the ops port, until `stop` turns true.
pub async fn both(config: &Config, portal: Arc<Portal>, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let ops = ops::serve(&config.portal.ops_listen, portal.db.clone(), told(stop.clone()));
    let pages = pages(&config.portal.listen, portal, stop);
    tokio::try_join!(ops, pages).map(drop)
}

async fn pages(listen: &str, portal: Arc<Portal>, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("portal.listen {listen}"))?;
    tracing::info!(listen, "answering");
    let service = web::app::router(portal).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(told(stop.clone()));
    let overdue = async {
        told(stop).await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        done = serving => done.context("serving"),
        () = overdue => { tracing::warn!("requests under way were cut off"); Ok(()) }
    }
}

/// Turns true at SIGINT or SIGTERM.
pub fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("stopping");
        // Nobody listens any more when everything has ended already.
        let _ = tell.send(true);
        tell.closed().await;
    });
    Ok(told)
}

/// Resolves when told to stop.
pub async fn told(mut stop: watch::Receiver<bool>) {
    // An error means that the teller is gone, which is the same news.
    let _ = stop.wait_for(|stop| *stop).await;
}

//! `portal serve`: answers browsers until told to stop, then lets requests under way finish.

use crate::config::Config;
use crate::{ops, wire};
use anyhow::Context;
use kernel::Clock;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::{Heard, Listener, StoreError};
use tokio::sync::watch;
use web::app::Portal;
use web::live::What;

/// How long requests under way may take after the signal to stop.
const FAREWELL: Duration = Duration::from_secs(15);
/// How often it is written down who was seen; a session's clock is moved on once a minute at most.
const SIGHTINGS: Duration = Duration::from_secs(2);
/// How long until listening is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Runs until SIGINT or SIGTERM.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let portal = wire::portal(config, Clock::wall()).await?;
    let stop = stop_signal()?;
    both(config, portal, stop).await
}

/// The pages and the ops port, until `stop` turns true.
pub async fn both(config: &Config, portal: Arc<Portal>, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let ops = ops::serve(&config.portal.ops_listen, portal.db.clone(), told(stop.clone()));
    let hours = hours(portal.clone(), stop.clone());
    let news = news(listen_url(config)?, portal.clone(), stop.clone());
    let sightings = sightings(portal.clone(), stop.clone());
    let pages = pages(&config.portal.listen, portal, stop);
    tokio::try_join!(ops, pages, hours, news, sightings).map(drop)
}

fn listen_url(config: &Config) -> anyhow::Result<String> {
    let d = &config.database;
    d.listen_url.clone().or_else(|| d.app_url.clone()).context("database.listen_url (TOMOSHIBI_DATABASE_LISTEN_URL) is not set")
}

/// Hears what moves and passes it on to the pages that are open, until `stop`; then their streams end. While nothing can be
/// heard the pages say so.
pub async fn news(url: String, portal: Arc<Portal>, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let listening = async {
        loop {
            let heard = listen(&url, &portal).await;
            tracing::warn!(error = %heard, "nothing is heard of what moves");
            portal.live.tell(What::Gap, portal.clock.now());
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::select! { () = listening => {}, () = told(stop) => {} }
    portal.live.close();
    Ok(())
}

/// Listens until that is no longer possible.
async fn listen(url: &str, portal: &Portal) -> StoreError {
    let mut listener = match Listener::connect(url).await {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    // What moved before the connection was there was not heard.
    portal.live.tell(What::Gap, portal.clock.now());
    loop {
        match listener.hear().await {
            Ok(Heard::News(news)) => portal.live.tell(What::News(news), portal.clock.now()),
            Ok(Heard::Gap) => portal.live.tell(What::Gap, portal.clock.now()),
            Err(error) => return error,
        }
    }
}

/// Reads the desk's hours anew every minute, so that no page has to.
async fn hours(portal: Arc<Portal>, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    minute.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let stopped = told(stop);
    tokio::pin!(stopped);
    loop {
        tokio::select! { () = &mut stopped => return Ok(()), _ = minute.tick() => {} }
        if let Err(error) = portal.hours.refresh(&portal.db).await {
            tracing::warn!(%error, "the desk's hours are as they were read last");
        }
    }
}

/// Writes down every few seconds who was seen, and once more at `stop`.
async fn sightings(portal: Arc<Portal>, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut tick = tokio::time::interval(SIGHTINGS);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let stopped = told(stop);
    tokio::pin!(stopped);
    loop {
        let last = tokio::select! { () = &mut stopped => true, _ = tick.tick() => false };
        if let Err(error) = portal.sightings.write(&portal.db).await {
            tracing::warn!(%error, "the idle clocks of sessions stand still");
        }
        if last {
            return Ok(());
        }
    }
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

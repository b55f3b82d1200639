//! `portal migrate`.

use crate::config::Config;
use anyhow::Context;
use kernel::Clock;
use sqlx::Connection;

/// Brings the job queue's schema and ours up to date, in this order: our last step grants the queue's tables.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let url = config.database.migrator_url.as_deref().context("database.migrator_url (TOMOSHIBI_DATABASE_MIGRATOR_URL) is not set")?;
    store::prepare_job_queue(url).await.context("job queue schema")?;
    migrations::apply(url).await.context("schema")?;
    let applied = migrations::applied(url).await?;
    // The demo story brings its texts itself, in force on the day it begins.
    if let Some(loader) = config.database.loader_url.as_deref().filter(|_| !config.is_demo()) {
        let mut loader = sqlx::PgConnection::connect(loader).await.context("database.loader_url")?;
        let report = content::seed(&mut loader, &Clock::wall()).await.context("installation texts")?;
        loader.close().await?;
        println!("installation texts: {report:?}");
    }
    println!("database is at migration {}", applied.last().copied().unwrap_or_default());
    Ok(())
}

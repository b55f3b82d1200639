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
    println!("database is at migration {}", applied.last().copied().unwrap_or_default());
    // The demo story brings its texts itself, in force on the day it begins.
    if !config.is_demo() {
        texts(config).await?;
    }
    Ok(())
}

/// The texts that the product cannot do without: consents, first advice, notices (`infra/decisions/texts.md`).
async fn texts(config: &Config) -> anyhow::Result<()> {
    let Some(loader) = config.database.loader_url.as_deref() else {
        println!("installation texts: not looked at, database.loader_url (TOMOSHIBI_DATABASE_LOADER_URL) is not set");
        return Ok(());
    };
    let mut loader = sqlx::PgConnection::connect(loader).await.context("database.loader_url")?;
    let report = content::seed(&mut loader, &Clock::wall()).await.context("installation texts")?;
    loader.close().await?;
    println!("installation texts: {} new or another version, {} as they were", report.written, report.kept);
    for key in report.left {
        println!("installation text {key}: left as it is here; this release says it otherwise (infra/runbooks/texts.md)");
    }
    Ok(())
}

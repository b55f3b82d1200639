//! `portal doctor`: checks every setting and dependency and says what is wrong and which setting mends it.

use crate::config::{Config, SETTINGS};
use crate::wire;
use anyhow::bail;
use files::Scanner;
use kernel::Clock;
use store::Db;
use time::macros::format_description;

struct Findings {
    faults: usize,
}

impl Findings {
    fn note(&mut self, what: &str, outcome: anyhow::Result<String>) {
        match outcome {
            Ok(found) => println!("ok     {what}: {found}"),
            Err(error) => {
                self.faults += 1;
                println!("FAULT  {what}: {error:#}");
            }
        }
    }
}

/// Prints a line per check; an error when any found a fault.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let mut findings = Findings { faults: 0 };
    println!("environment: {}; {} settings known", config.portal.environment, SETTINGS.len());
    findings.note("database as portal_app", database(wire::app_db(config, Clock::wall()).await).await);
    findings.note("database as portal_worker", database(wire::worker_db(config, Clock::wall()).await).await);
    findings.note("schema", schema(config).await);
    findings.note(
        "listen connection",
        config
            .database
            .listen_url
            .as_ref()
            .map(|_| "set".to_owned())
            .ok_or_else(|| anyhow::anyhow!("database.listen_url (TOMOSHIBI_DATABASE_LISTEN_URL) is not set")),
    );
    findings.note("object store", store(config).await);
    findings.note("virus scanner", scanner(config).await);
    findings.note("mail", mail(config).await);
    findings.note("clients", clients(config));
    issuers(config, &mut findings).await;
    findings.note("pages and sign-in", wire::portal(config, Clock::wall()).await.map(|_| "templates, words and keys load".to_owned()));
    if config.is_demo() {
        println!("note   embedded defaults are allowed because portal.environment is demo");
    }
    match findings.faults {
        0 => Ok(()),
        n => bail!("{n} fault(s)"),
    }
}

async fn database(db: anyhow::Result<Db>) -> anyhow::Result<String> {
    db?.ping().await?;
    Ok("answers".into())
}

async fn schema(config: &Config) -> anyhow::Result<String> {
    let Some(url) = &config.database.migrator_url else { return Ok("not checked: database.migrator_url is not set here".into()) };
    let applied = migrations::applied(url).await?;
    let newest = migrations::MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    if applied.last() != Some(&newest) {
        bail!("at migration {}, this build needs {newest}: run `portal migrate`", applied.last().copied().unwrap_or_default());
    }
    Ok(format!("at migration {newest}"))
}

async fn store(config: &Config) -> anyhow::Result<String> {
    wire::blobs(config)?.ping().await.map_err(|error| anyhow::anyhow!("{error}: check s3.endpoint, s3.bucket and the keys"))?;
    Ok(format!("bucket {} answers", config.s3.bucket))
}

/// Old signatures find old viruses: in production that is a fault.
async fn scanner(config: &Config) -> anyhow::Result<String> {
    let clamd = wire::scanner(config);
    clamd.ping().await.map_err(|error| anyhow::anyhow!("{error}: check scanner.clamd; uploads wait until it answers"))?;
    let version = clamd.version().await?;
    if config.is_demo() {
        return Ok(format!("{version} (signatures are not judged in the demo)"));
    }
    let age = signature_age(&version, Clock::wall().now())
        .ok_or_else(|| anyhow::anyhow!("{version}: the date of the signatures cannot be read; is freshclam running?"))?;
    let hours = age.whole_hours();
    if hours > i64::from(config.scanner.signature_hours) {
        bail!(
            "{version}: signatures are {hours} hours old, more than scanner.signature_hours = {}; is freshclam running?",
            config.scanner.signature_hours
        );
    }
    Ok(format!("{version}: signatures are {hours} hours old"))
}

/// `ClamAV 1.4.3/27500/Mon Nov 23 08:26:43 2026`: the last part is the signatures' date, in the daemon's local time.
fn signature_age(version: &str, now: time::OffsetDateTime) -> Option<time::Duration> {
    let date = version.rsplit('/').next()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let format = format_description!("[weekday repr:short] [month repr:short] [day padding:none] [hour]:[minute]:[second] [year]");
    Some(now - time::PrimitiveDateTime::parse(&date, format).ok()?.assume_utc())
}

/// Every issuer of the database answers and its secret is known.
async fn issuers(config: &Config, findings: &mut Findings) {
    let portal = match wire::portal(config, Clock::wall()).await {
        Ok(portal) => portal,
        // The check of the pages says why.
        Err(_) => return,
    };
    match portal.sign_in.issuers(&portal.db).await {
        Ok(issuers) if issuers.is_empty() => {
            findings.note("sign-in issuers", Err(anyhow::anyhow!("none in the database: nobody can sign in")))
        }
        Ok(issuers) => {
            for issuer in issuers {
                let probe = portal.sign_in.probe(&portal.db, issuer.id).await;
                findings.note(
                    &format!("issuer {}", issuer.name),
                    probe.map(|()| "answers".to_owned()).map_err(|error| anyhow::anyhow!("{error}")),
                );
            }
        }
        Err(error) => findings.note("sign-in issuers", Err(error.into())),
    }
}

/// The portal speaks plain http, so in production a proxy stands in front. Without its address everybody looks like one client.
fn clients(config: &Config) -> anyhow::Result<String> {
    wire::limits(config)?;
    if !config.is_demo() && config.portal.trusted_proxies.trim().is_empty() {
        bail!(
            "portal.trusted_proxies (TOMOSHIBI_TRUSTED_PROXIES) is empty: behind a proxy everybody would share one limit of requests; name the proxy's address"
        );
    }
    let believed = if config.portal.trusted_proxies.is_empty() { "nobody's" } else { &config.portal.trusted_proxies };
    Ok(format!("{} of {believed} is believed", config.portal.forwarded_header))
}

async fn mail(config: &Config) -> anyhow::Result<String> {
    wire::mailer(config).await?.ping().await?;
    Ok(if config.mail.smtp_url.is_empty() { format!("folder {}", config.mail.folder) } else { "server answers".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_age_of_signatures_is_read_from_the_version_line() {
        let now = datetime!(2026-11-23 10:26:43 UTC);
        assert_eq!(signature_age("ClamAV 1.4.3/27500/Mon Nov 23 08:26:43 2026", now).map(|a| a.whole_hours()), Some(2));
        assert_eq!(signature_age("ClamAV 1.4.3/27500/Sun Nov  1 08:26:43 2026", now).map(|a| a.whole_days()), Some(22));
        assert_eq!(signature_age("ClamAV 1.4.3", now), None);
    }
}

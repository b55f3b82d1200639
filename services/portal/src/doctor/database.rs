//! The connections, who they sign in as, the schema, and whether what is notified arrives.

use super::{Findings, PATIENCE, in_time, rows};
use crate::config::Config;
use anyhow::{Context, anyhow, bail};
use sqlx::postgres::{PgConnectOptions, PgListener};
use sqlx::{Connection, PgConnection};
use std::str::FromStr;
use std::time::Duration;

/// How long a notification may take. It takes milliseconds or never comes.
const NOTIFIED: Duration = Duration::from_secs(3);

/// What later checks can stand on.
#[derive(Clone, Copy, Default)]
pub(super) struct Ready {
    /// The application's role signs in and the schema is there.
    pub app: bool,
    /// The worker's too.
    pub worker: bool,
}

/// A connection setting.
struct Way<'a> {
    setting: &'static str,
    variable: &'static str,
    url: Option<&'a str>,
}

fn way<'a>(setting: &'static str, variable: &'static str, url: &'a Option<String>) -> Way<'a> {
    Way { setting, variable, url: url.as_deref() }
}

pub(super) async fn check(config: &Config, findings: &mut Findings) -> Ready {
    let d = &config.database;
    let app = way("database.app_url", "TOMOSHIBI_DATABASE_APP_URL", &d.app_url);
    let worker = way("database.worker_url", "TOMOSHIBI_DATABASE_WORKER_URL", &d.worker_url);
    let listen = way("database.listen_url", "TOMOSHIBI_DATABASE_LISTEN_URL", &d.listen_url);
    let signed_in = findings.note("database as portal_app", in_time(signs_in(&app, "portal_app", true)).await);
    let works = findings.note("database as portal_worker", in_time(signs_in(&worker, "portal_worker", true)).await);
    for (way, role) in [
        (way("database.migrator_url", "TOMOSHIBI_DATABASE_MIGRATOR_URL", &d.migrator_url), "portal_migrator"),
        (way("database.loader_url", "TOMOSHIBI_DATABASE_LOADER_URL", &d.loader_url), "portal_loader"),
    ] {
        match way.url {
            // Kept away from the two services on purpose.
            None => {
                findings.skip(&format!("database as {role}"), &format!("{} is not set here; `portal migrate` alone needs it", way.setting))
            }
            Some(_) => {
                findings.note(&format!("database as {role}"), in_time(signs_in(&way, role, false)).await);
            }
        }
    }
    if !signed_in {
        findings.skip("schema", "portal_app cannot sign in");
        findings.skip("listening", "portal_app cannot sign in");
        return Ready::default();
    }
    let schema = findings.note("schema", in_time(schema(&app)).await);
    findings.note("listening for live events", in_time(listens(&listen, &app)).await);
    if works {
        findings.note("listening for jobs", in_time(listens(&worker, &app)).await);
    }
    Ready { app: schema, worker: schema && works }
}

async fn connect(way: &Way<'_>) -> anyhow::Result<PgConnection> {
    let url = way.url.with_context(|| format!("{} ({}) is not set", way.setting, way.variable))?;
    // What is wrong with an address is not said: it would be said with the password in it.
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| anyhow!("{} ({}) is no address: postgresql://role:password@host:port/database", way.setting, way.variable))?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    match tokio::time::timeout(PATIENCE / 2, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(refusal(&error, way.setting, &place, &options)),
        Err(_) => bail!("no answer from {place}: is PostgreSQL running there, and is {} right?", way.setting),
    }
}

fn refusal(error: &sqlx::Error, setting: &str, place: &str, options: &PgConnectOptions) -> anyhow::Error {
    let user = options.get_username();
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::Io(cause) => {
                anyhow!("no answer from {place} ({}): is PostgreSQL running there, and is {setting} right?", cause.kind())
            }
            sqlx::Error::Tls(_) => anyhow!("TLS with {place} failed: check sslmode and the certificate ({setting})"),
            _ => anyhow!("{place} does not answer as PostgreSQL: check {setting}"),
        };
    };
    match database.code().as_deref() {
        Some("28P01" | "28000") => {
            anyhow!("{place} refuses the password of {user}: {setting} and the role must have the same one (infra/runbooks/keys.md)")
        }
        Some("3D000") => anyhow!(
            "{place} has no database {}: make it with infra/database/roles.sql, or mend {setting}",
            options.get_database().unwrap_or_default()
        ),
        Some("53300") => anyhow!("{place} has no connection left: raise max_connections or lower database.max_connections"),
        _ => anyhow!("{place} refuses {user}: {} ({setting})", database.message()),
    }
}

/// Signs in as the right role, and row security holds it if it must.
async fn signs_in(way: &Way<'_>, expected: &str, bound: bool) -> anyhow::Result<String> {
    let mut connection = connect(way).await?;
    let role = rows::role(&mut connection).await.with_context(|| format!("asking who {} is", way.setting))?;
    connection.close().await?;
    if bound && role.unbound {
        bail!(
            "{} signs in as {}, which row security does not hold (superuser or BYPASSRLS): tenants would be open to each other. Use {expected}, made by infra/database/roles.sql",
            way.setting,
            role.name
        );
    }
    if bound && role.owns {
        bail!(
            "{} signs in as {}, which owns things or belongs to another role: run infra/database/roles.sql again",
            way.setting,
            role.name
        );
    }
    if role.name != expected {
        bail!("{} signs in as {}: it must be {expected}", way.setting, role.name);
    }
    Ok(if bound { "answers; row security holds it" } else { "answers" }.into())
}

/// The schema is the one this build was made for, or a newer one (a release may run beside the next).
async fn schema(app: &Way<'_>) -> anyhow::Result<String> {
    let mut connection = connect(app).await?;
    let comment = rows::schema_comment(&mut connection).await?;
    connection.close().await?;
    let newest = migrations::newest();
    match migrations::stated(comment.as_deref()) {
        None => bail!("the database was never migrated: run `portal migrate`"),
        Some(at) if at < newest => bail!("at migration {at}, this build needs {newest}: run `portal migrate`"),
        Some(at) => Ok(format!("at migration {at}")),
    }
}

/// Something notified on one connection arrives on the other.
async fn listens(way: &Way<'_>, app: &Way<'_>) -> anyhow::Result<String> {
    connect(way).await?.close().await?;
    let url = way.url.unwrap_or_default();
    let mut listener = PgListener::connect(url).await.map_err(|_| anyhow!("{} takes no LISTEN", way.setting))?;
    let channel = format!("doctor_{}", kernel::secret::new_key());
    listener.listen(&channel).await.map_err(|_| anyhow!("{} takes no LISTEN", way.setting))?;
    let mut connection = connect(app).await?;
    rows::notify(&mut connection, &channel).await?;
    let heard = tokio::time::timeout(NOTIFIED, listener.recv()).await;
    connection.close().await?;
    match heard {
        Ok(Ok(_)) => Ok(format!("{} hears what is notified", way.setting)),
        _ => bail!(
            "{} does not hear what is notified: it leads through a pooler (transaction mode swallows LISTEN); give it a direct connection",
            way.setting
        ),
    }
}

//! From settings to things: pools, object store, mailer, scanner, the web application.

use crate::config::Config;
use anyhow::{Context, bail};
use kernel::Clock;
use std::sync::Arc;
use std::time::Duration;
use store::{Db, PoolSettings};
use url::Url;
use web::app::{Portal, Settings};
use web::client::Proxies;
use web::limits::Limits;
use web::page::Renderer;

/// The database as `portal_app`.
pub async fn app_db(config: &Config, clock: Clock) -> anyhow::Result<Db> {
    let url = config.database.app_url.as_deref().context("database.app_url (TOMOSHIBI_DATABASE_APP_URL) is not set")?;
    let settings = PoolSettings { max: config.database.max_connections, ..PoolSettings::default() };
    Db::connect(url, clock, settings).await.context("database.app_url")
}

/// The database as `portal_worker`.
pub async fn worker_db(config: &Config, clock: Clock) -> anyhow::Result<Db> {
    let url = config.database.worker_url.as_deref().context("database.worker_url (TOMOSHIBI_DATABASE_WORKER_URL) is not set")?;
    let settings = PoolSettings { max: 8, statement: Duration::from_secs(60), ..PoolSettings::default() };
    Db::connect(url, clock, settings).await.context("database.worker_url")
}

/// The object store.
pub fn blobs(config: &Config) -> anyhow::Result<blobs::Blobs> {
    let s3 = &config.s3;
    let settings = blobs::BlobSettings {
        endpoint: Some(s3.endpoint.clone()).filter(|e| !e.is_empty()),
        public_endpoint: Some(s3.public_endpoint.clone()).filter(|e| !e.is_empty()),
        region: s3.region.clone(),
        bucket: s3.bucket.clone(),
        access_key: s3.access_key.clone().context("s3.access_key (TOMOSHIBI_S3_ACCESS_KEY) is not set")?,
        secret_key: s3.secret_key.clone().context("s3.secret_key (TOMOSHIBI_S3_SECRET_KEY) is not set")?,
        force_path_style: !s3.endpoint.is_empty(),
    };
    blobs::Blobs::connect(settings).context("s3")
}

/// The virus scanner.
pub fn scanner(config: &Config) -> files::Clamd {
    files::Clamd { address: config.scanner.clamd.clone() }
}

/// The way out for letters: SMTP, or a folder in the demo.
pub async fn mailer(config: &Config) -> anyhow::Result<Arc<dyn mail::Mailer>> {
    let sender = sender(config)?;
    if config.mail.smtp_url.is_empty() {
        if !config.is_demo() {
            bail!("mail.smtp_url (TOMOSHIBI_MAIL_SMTP_URL) is not set; letters in a folder are for the demo only");
        }
        return Ok(Arc::new(mail::FolderMailer::open(&config.mail.folder, sender).await.context("mail.folder")?));
    }
    Ok(Arc::new(mail::SmtpMailer::connect(smtp(&config.mail.smtp_url, sender)?).await.context("mail.smtp_url")?))
}

/// How many letters go out one by one.
pub fn budget(config: &Config) -> notifications::Budget {
    notifications::Budget {
        per_address: config.mail.letters_per_address,
        per_case: config.mail.letters_per_case,
        collect_after: time::Duration::minutes(config.mail.collect_minutes.into()),
    }
}

/// What makes the links of invitations.
pub fn links(config: &Config) -> anyhow::Result<identity::InvitationLinks> {
    Ok(identity::InvitationLinks::new(&secret_key(config)?))
}

/// Who letters come from.
pub fn sender(config: &Config) -> anyhow::Result<mail::Sender> {
    let address = mail::Address::parse(&config.mail.from).context("mail.from")?;
    mail::Sender::new("Tomoshibi", address).context("mail.from")
}

fn smtp(url: &str, sender: mail::Sender) -> anyhow::Result<mail::SmtpSettings> {
    let url = Url::parse(url).map_err(|_| anyhow::anyhow!("mail.smtp_url is no address"))?;
    let (security, port) = match url.scheme() {
        "smtps" => (mail::SmtpSecurity::Tls, 465),
        "smtp" if url.host_str().is_some_and(|h| matches!(h, "localhost" | "127.0.0.1")) => (mail::SmtpSecurity::None, 25),
        "smtp" => (mail::SmtpSecurity::StartTls, 587),
        other => bail!("mail.smtp_url: {other} is neither smtp nor smtps"),
    };
    let login = (!url.username().is_empty())
        .then(|| mail::SmtpLogin { user: url.username().to_owned(), password: url.password().unwrap_or_default().to_owned() });
    Ok(mail::SmtpSettings {
        host: url.host_str().context("mail.smtp_url names no host")?.to_owned(),
        port: url.port().unwrap_or(port),
        security,
        login,
        sender,
    })
}

/// How much one client may ask for, and who may say who the client is.
pub fn limits(config: &Config) -> anyhow::Result<Limits> {
    let portal = &config.portal;
    let header = portal.forwarded_header.parse().context("portal.forwarded_header is neither x-forwarded-for nor forwarded")?;
    let proxies = Proxies::read(&portal.trusted_proxies, header).context("portal.trusted_proxies")?;
    Ok(Limits::new(proxies, portal.requests_per_address, portal.requests_per_person))
}

/// When what is hidden or absent is answered.
pub fn not_found(config: &Config) -> anyhow::Result<Duration> {
    let step = config.portal.not_found_ms;
    // None would tell the two apart; more than a second, and people believe the portal is broken.
    anyhow::ensure!((1..=1_000).contains(&step), "portal.not_found_ms (TOMOSHIBI_NOT_FOUND_MS) is {step}: it must be from 1 to 1000");
    Ok(Duration::from_millis(step.into()))
}

/// How browsers reach the portal.
pub fn public_url(config: &Config) -> anyhow::Result<Url> {
    let public = Url::parse(&config.portal.public_url).context("portal.public_url (TOMOSHIBI_PUBLIC_URL) is no address")?;
    match public.scheme() {
        "https" => Ok(public),
        "http" if config.is_demo() => Ok(public),
        _ => bail!("portal.public_url (TOMOSHIBI_PUBLIC_URL) must begin with https:// in production"),
    }
}

/// The installation's key, of form tokens and of invitations' links.
pub fn secret_key(config: &Config) -> anyhow::Result<Vec<u8>> {
    let text = config.portal.secret_key.as_deref().context("portal.secret_key (TOMOSHIBI_SECRET_KEY) is not set")?;
    let key = hex::decode(text).ok().filter(|key| key.len() >= 32);
    key.context("portal.secret_key (TOMOSHIBI_SECRET_KEY) must be at least 64 hexadecimal characters: openssl rand -hex 32")
}

/// Sign-in with the issuers.
pub fn sign_in(config: &Config) -> anyhow::Result<identity::SignIn> {
    let public = public_url(config)?;
    identity::SignIn::new(identity::SignInSettings {
        redirect_uri: public.join("/sign-in/return")?,
        signed_out_uri: public.join("/signed-out")?,
        secrets: config.secrets.clone(),
        session_idle: time::Duration::minutes(config.portal.session_idle_minutes.into()),
        session_length: time::Duration::hours(config.portal.session_hours.into()),
        plain_http: config.is_demo(),
    })
    .context("portal.session_idle_minutes, portal.session_hours, portal.public_url")
}

/// The web application's state.
pub async fn portal(config: &Config, clock: Clock) -> anyhow::Result<Arc<Portal>> {
    let (public, secret_key, sign_in) = (public_url(config)?, secret_key(config)?, sign_in(config)?);
    let blobs = blobs(config)?;
    let store_origin = Url::parse(&blobs.public_address()?).context("s3.public_endpoint")?.origin().ascii_serialization();
    let db = app_db(config, clock.clone()).await?;
    let hours = web::contact::Hours::default();
    hours.refresh(&db).await.context("the desk's hours")?;
    Ok(Arc::new(Portal {
        db,
        hours,
        clock,
        renderer: Renderer::load().context("templates")?,
        sign_in,
        blobs,
        sightings: identity::Sightings::default(),
        limits: limits(config)?,
        live: web::live::Hub::default(),
        settings: Settings {
            public_url: public.origin().ascii_serialization(),
            secret_key,
            store_origin,
            phone: Some(config.portal.desk_phone.clone()).filter(|p| !p.is_empty()),
            demo: config.is_demo(),
            https_only: public.scheme() == "https",
            not_found: not_found(config)?,
        },
        #[cfg(feature = "demo")]
        letters: if config.is_demo() && config.mail.smtp_url.is_empty() {
            Some(mail::FolderMailer::open(&config.mail.folder, sender(config)?).await?)
        } else {
            None
        },
    }))
}

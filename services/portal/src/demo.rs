//! `portal demo`: everything in one process on embedded defaults. The issuer, the object store and the mail folder are
//! reached like any other; only who runs them differs.

use crate::config::Config;
use crate::serve::{both, stop_signal, told};
use crate::work::{self, Bench};
use crate::{migrate, scale, story, wire};
use anyhow::Context;
use kernel::Clock;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use tokio::net::TcpListener;
use url::Url;

/// Fills in what the embedded parts need and nobody set: keys derived from the portal's own secret.
pub fn with_defaults(config: &Config) -> anyhow::Result<Config> {
    let mut config = config.clone();
    config.portal.environment = "demo".into();
    let secret = config.portal.secret_key.clone().context("portal.secret_key (TOMOSHIBI_SECRET_KEY) is not set")?;
    let derived = |name: &str| hex::encode(Sha256::digest(format!("{name}:{secret}").as_bytes()));
    config.s3.access_key.get_or_insert_with(|| "demo".into());
    config.s3.secret_key.get_or_insert_with(|| derived("s3"));
    config.secrets.entry("demo_issuer".into()).or_insert_with(|| derived("issuer"));
    if config.mail.folder == ".local/mail" {
        config.mail.folder = folder(&config, "mail").display().to_string();
    }
    Ok(config)
}

fn folder(config: &Config, name: &str) -> PathBuf {
    PathBuf::from(&config.portal.local).join(name)
}

/// `portal seed`: tells the demo story into the database and, when asked, loads the scale beside it; done twice it changes
/// nothing.
pub async fn seed(config: &Config, scale: Option<u32>) -> anyhow::Result<()> {
    let config = with_defaults(config)?;
    migrate::migrate(&config).await?;
    let told = story::tell(&story_of(&config, &Clock::wall())?).await?;
    println!("demo story: {} rows and {} consultations written", told.rows, told.consultations);
    match scale {
        Some(consultations) => load_scale(&config, scale::Size::of(consultations)).await,
        None => Ok(()),
    }
}

async fn load_scale(config: &Config, size: scale::Size) -> anyhow::Result<()> {
    let began = std::time::Instant::now();
    let loader = config.database.loader_url.as_deref().context("database.loader_url is not set")?;
    let migrator = config.database.migrator_url.as_deref().context("database.migrator_url is not set")?;
    let say = move |what: String| println!("{:>5} s  {what}", began.elapsed().as_secs());
    scale::load(loader, migrator, &Clock::wall(), size, std::sync::Arc::new(say)).await
}

/// Where the story is told, from settings.
pub fn story_of<'a>(config: &'a Config, clock: &'a Clock) -> anyhow::Result<story::Ctx<'a>> {
    Ok(story::Ctx {
        loader_url: config.database.loader_url.as_deref().context("database.loader_url is not set")?,
        app_url: config.database.app_url.as_deref().context("database.app_url is not set")?,
        issuer_url: &config.demo.issuer_url,
        clock,
        links: wire::links(config)?,
    })
}

/// Runs everything until SIGINT or SIGTERM.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let config = with_defaults(config)?;
    let stop = stop_signal()?;
    migrate::migrate(&config).await?;
    let store = listener(&config.s3.endpoint, "s3.endpoint").await?;
    let issuer = listener(&config.demo.issuer_url, "demo.issuer_url").await?;
    let s3 = demo::s3::serve(store, s3_settings(&config)?, told(stop.clone()));
    let oidc = demo::issuer::serve(issuer, issuer_settings(&config)?, told(stop.clone()));
    let portal = async {
        // The story is told through the same commands as everything else, so the embedded parts must run already.
        let clock = Clock::wall();
        story::tell(&story_of(&config, &clock)?).await.context("demo story")?;
        let app = wire::portal(&config, clock.clone()).await?;
        let bench = Bench::of(&config, clock).await?;
        banner(&config);
        tokio::try_join!(both(&config, app, stop.clone()), work::all(&config, bench, stop.clone())).map(drop)
    };
    let s3 = async { s3.await.context("object store") };
    let oidc = async { oidc.await.context("issuer") };
    tokio::try_join!(s3, oidc, portal).map(drop)
}

async fn listener(url: &str, setting: &str) -> anyhow::Result<TcpListener> {
    let url = Url::parse(url).with_context(|| setting.to_owned())?;
    let address = format!("{}:{}", url.host_str().unwrap_or("127.0.0.1"), url.port_or_known_default().unwrap_or(80));
    TcpListener::bind(&address).await.with_context(|| format!("{setting}: {address}"))
}

fn s3_settings(config: &Config) -> anyhow::Result<demo::s3::S3Settings> {
    Ok(demo::s3::S3Settings {
        root: folder(config, "s3"),
        access_key: config.s3.access_key.clone().context("s3.access_key")?,
        secret_key: config.s3.secret_key.clone().context("s3.secret_key")?,
        buckets: vec![config.s3.bucket.clone()],
        app_origin: Url::parse(&config.portal.public_url)?.origin().ascii_serialization(),
    })
}

fn issuer_settings(config: &Config) -> anyhow::Result<demo::issuer::IssuerSettings> {
    let public = Url::parse(&config.portal.public_url)?;
    Ok(demo::issuer::IssuerSettings {
        issuer_url: config.demo.issuer_url.clone(),
        page_url: other_name(&config.demo.issuer_url),
        client_ids: story::CLIENT_IDS.iter().map(|id| (*id).to_owned()).collect(),
        client_secret: config.secrets.get("demo_issuer").cloned().context("secrets.demo_issuer")?,
        redirect_uris: vec![public.join("/sign-in/return")?.into()],
        post_logout_redirect_uris: vec![public.join("/signed-out")?.into()],
        people: issuer_people()?,
        state_dir: folder(config, "issuer"),
    })
}

/// The people of the story, as the demo issuer knows them.
///
/// # Errors
/// Data that does not fit together; a fault of this build.
pub fn issuer_people() -> anyhow::Result<Vec<demo::issuer::DemoPerson>> {
    let known = |p: story::DemoPerson| demo::issuer::DemoPerson {
        key: p.key,
        subject: p.subject,
        email: p.email,
        name: p.name,
        name_en: p.name_en,
        group: p.group,
        line_ja: p.line_ja,
        line_en: p.line_en,
    };
    Ok(story::demo_people()?.into_iter().map(known).collect())
}

/// The issuer's page under another name of this machine, where there is one: real issuers send people from host to host,
/// and the portal must never depend on which.
fn other_name(issuer_url: &str) -> Option<String> {
    let url = Url::parse(issuer_url).ok().filter(|url| url.host_str() == Some("127.0.0.1"))?;
    Some(format!("{}://localhost:{}", url.scheme(), url.port()?))
}

/// People a newcomer meets first.
const FEATURED: &[&str] = &["aizawa", "morishita", "fujishiro", "kashiwagi", "otsuki"];

/// What a newcomer needs to know; on standard output, logs are on standard error.
fn banner(config: &Config) {
    let url = config.portal.public_url.trim_end_matches('/');
    println!("\nTomoshibi is ready: {url}");
    println!("  Sign in there and choose a person; letters are at {url}/_mail, all pages at {url}/_gallery.");
    println!("  Some of the people:");
    for person in story::demo_people().unwrap_or_default().iter().filter(|p| FEATURED.contains(&p.key.as_str())) {
        println!("    {:<14} {} ({})", person.name, person.line_en, person.name_en);
    }
    println!("  Ctrl-C stops everything.\n");
}

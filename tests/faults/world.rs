//! What is tried: portal and worker as processes of their own, and gates before everything that they lean on.

use anyhow::{Context, ensure};
use kernel::Clock;
use portal::config::Config;
use sqlx::{Connection, PgConnection};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use store::{Db, PoolSettings};
use tests::{Gate, PostOffice, Running, free_address, root, service};

/// The key and the secret of the object store and of the issuer's clients.
pub const SECRET: &str = "faults-secret";

/// The running parts.
pub struct World {
    /// Settings as the processes have them.
    pub config: Config,
    /// The wall's.
    pub clock: Clock,
    /// For opening sessions.
    pub db: Db,
    /// The object store.
    pub s3: Gate,
    /// The issuer.
    pub issuer: Gate,
    /// The scanner.
    pub clamd: Gate,
    /// The mail server.
    pub smtp: Gate,
    /// What the mail server took.
    pub office: PostOffice,
    /// The web process.
    pub serve: Running,
    /// The worker process.
    pub work: Running,
    settings: Vec<(String, String)>,
    admin: url::Url,
    _folder: tempfile::TempDir,
}

impl World {
    /// Lays the ground in an empty database and starts everything.
    pub async fn build() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (office, smtp) = PostOffice::open().await;
        let smtp = Gate::before(smtp.trim_start_matches("smtp://")).await?;
        let clamd = Gate::before(&service("TOMOSHIBI_TEST_CLAMD")).await?;
        let listen = free_address();
        let home = format!("http://{listen}");
        let s3 = Gate::before(&crate::peers::store(folder.path(), &home).await?).await?;
        let issuer = crate::peers::issuer(folder.path(), &home).await?;
        let mut config = Config::load(None)?;
        config.portal.environment = "demo".into();
        config.portal.secret_key = Some("5e".repeat(32));
        (config.portal.listen, config.portal.public_url) = (listen, home);
        config.demo.issuer_url = format!("http://{}", issuer.address());
        let gates = [("S3_ENDPOINT", &s3, "http"), ("MAIL_SMTP_URL", &smtp, "smtp"), ("DEMO_ISSUER_URL", &issuer, "http")];
        let mut settings = settings(&config)?;
        settings.extend(gates.map(|(name, gate, scheme)| (name.to_owned(), format!("{scheme}://{}", gate.address()))));
        settings.push(("SCANNER_CLAMD".to_owned(), clamd.address()));
        let clock = Clock::wall();
        run(&settings, "migrate")?;
        portal::story::tell_ground(&portal::demo::story_of(&config, &clock)?).await?;
        let url = config.database.app_url.clone().context("database.app_url")?;
        let db = Db::connect(&url, clock.clone(), PoolSettings { max: 2, ..PoolSettings::default() }).await?;
        let mut admin = url::Url::parse(&service("TOMOSHIBI_TEST_ADMIN_URL"))?;
        admin.set_path(url::Url::parse(&url)?.path());
        let (serve, work) = (start(&settings, "serve", &[]), start(&settings, "work", &[("OPS_LISTEN", free_address())]));
        let world = Self { config, clock, db, s3, issuer, clamd, smtp, office, serve, work, settings, admin, _folder: folder };
        world.answers(Duration::from_secs(30)).await.context("the portal does not answer")?;
        Ok(world)
    }

    /// Everybody is there, whatever the trial before left.
    pub async fn mend(&mut self) -> anyhow::Result<()> {
        self.office.keep_silent(false);
        self.office.be_busy(false);
        for gate in [&mut self.s3, &mut self.issuer, &mut self.clamd, &mut self.smtp] {
            gate.open().await?;
        }
        Ok(())
    }

    /// How browsers reach the portal.
    pub fn home(&self) -> &str {
        &self.config.portal.public_url
    }

    /// A connection past row security, for looking and for arranging.
    pub async fn god(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(self.admin.as_str()).await?)
    }

    /// One number.
    pub async fn count(&self, sql: &'static str) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&mut self.god().await?).await?)
    }

    /// Starts the web process (again).
    pub fn start_serve(&mut self) {
        self.serve = start(&self.settings, "serve", &[]);
    }

    /// Starts the worker process (again).
    pub fn start_work(&mut self) {
        self.work = start(&self.settings, "work", &[("OPS_LISTEN", free_address())]);
    }

    /// Starts one more web process with other settings: it and its address.
    pub fn another(&self, other: &[(&str, String)]) -> (Running, String) {
        let listen = free_address();
        let mut given = vec![("LISTEN", listen.clone()), ("OPS_LISTEN", free_address())];
        given.extend(other.iter().cloned());
        (start(&self.settings, "serve", &given), format!("http://{listen}"))
    }

    /// How long it took until the portal answered.
    pub async fn answers(&self, patience: Duration) -> anyhow::Result<Duration> {
        answers(self.home(), patience).await
    }

    /// Runs a command of the portal to its end: what it printed.
    pub fn run(&self, command: &str) -> anyhow::Result<String> {
        run(&self.settings, command)
    }
}

/// Waits until a portal serves its sign-in page.
pub async fn answers(home: &str, patience: Duration) -> anyhow::Result<Duration> {
    let began = Instant::now();
    loop {
        let page = reqwest::get(format!("{home}/sign-in")).await;
        if page.is_ok_and(|page| page.status().is_success()) {
            return Ok(began.elapsed());
        }
        ensure!(began.elapsed() < patience, "{home} does not answer in {} s", patience.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A script of the cluster: `postgres.sh crash`, `postgres.sh start`.
pub async fn postgres(what: &str) -> anyhow::Result<()> {
    let done = tokio::process::Command::new(root().join("infra/cluster/postgres.sh")).arg(what).output().await?;
    ensure!(done.status.success(), "postgres.sh {what}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

fn settings(config: &Config) -> anyhow::Result<Vec<(String, String)>> {
    let d = &config.database;
    let url = |url: &Option<String>| url.clone().context("a database connection is not set");
    let settings = [
        ("ENVIRONMENT", config.portal.environment.clone()),
        ("SECRET_KEY", config.portal.secret_key.clone().unwrap_or_default()),
        ("LISTEN", config.portal.listen.clone()),
        ("OPS_LISTEN", free_address()),
        ("PUBLIC_URL", config.portal.public_url.clone()),
        ("DATABASE_APP_URL", url(&d.app_url)?),
        ("DATABASE_WORKER_URL", url(&d.worker_url)?),
        ("DATABASE_MIGRATOR_URL", url(&d.migrator_url)?),
        ("DATABASE_LOADER_URL", url(&d.loader_url)?),
        ("DATABASE_LISTEN_URL", url(&d.app_url)?),
        ("S3_ACCESS_KEY", SECRET.to_owned()),
        ("S3_SECRET_KEY", SECRET.to_owned()),
        ("SECRETS_DEMO_ISSUER", SECRET.to_owned()),
        // A few people write as much as a day's many; limits and budgets have tests of their own.
        ("REQUESTS_PER_ADDRESS", "1000000".to_owned()),
        ("REQUESTS_PER_PERSON", "1000000".to_owned()),
        ("MAIL_LETTERS_PER_ADDRESS", "100000".to_owned()),
        ("MAIL_LETTERS_PER_CASE", "100000".to_owned()),
    ];
    Ok(settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The portal's binary stands beside this one.
fn command(settings: &[(String, String)], command: &str) -> Command {
    let binary = std::env::current_exe().expect("this binary").with_file_name("portal");
    let mut portal = Command::new(binary);
    portal.arg(command).env_clear().envs(settings.iter().map(|(name, value)| (format!("TOMOSHIBI_{name}"), value)));
    portal
}

fn start(settings: &[(String, String)], name: &str, other: &[(&str, String)]) -> Running {
    let mut portal = command(settings, name);
    portal.envs(other.iter().map(|(name, value)| (format!("TOMOSHIBI_{name}"), value)));
    Running::start(portal, log(name))
}

/// Where a process logs to: beside the logs of the run's services.
fn log(name: &str) -> PathBuf {
    let folder = PathBuf::from(service("TOMOSHIBI_LOCAL")).join("log");
    folder.join(format!("portal-{name}.log"))
}

fn run(settings: &[(String, String)], name: &str) -> anyhow::Result<String> {
    let done = command(settings, name).output()?;
    let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    ensure!(done.status.success(), "portal {name}: {said} {wrong}");
    Ok(said.into_owned())
}

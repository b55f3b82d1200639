//! A database per test, copied from a template that is made once per schema and story.

use crate::Person;
use crate::store::ObjectStore;
use kernel::Clock;
use portal::config::Config;
use portal::work::Bench;
use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor, PgConnection};
use std::sync::Arc;
use store::{Db, PoolSettings};
use time::macros::datetime;
use tokio::sync::OnceCell;
use url::Url;
use web::app::Portal;

/// What `./dev test` starts for the tests; absent, the run fails by name.
#[allow(clippy::disallowed_methods, reason = "the test run hands over its services by environment")]
pub fn service(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run the tests with ./dev test (it starts the services that they need)"))
}

/// One test's world.
pub struct Stage {
    /// Settings as the binary would have them.
    pub config: Config,
    /// The clock everybody shares; it stands at 2026-11-17 09:12 in Tokyo until moved.
    pub clock: Clock,
    /// The web application.
    pub portal: Arc<Portal>,
    /// The jobs.
    pub bench: Bench,
    /// Letters that were sent.
    pub letters: mail::MemoryMailer,
    name: String,
    admin: Url,
    folder: tempfile::TempDir,
}

/// When every test begins.
const NOW: time::OffsetDateTime = datetime!(2026-11-17 00:12 UTC);

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

impl Stage {
    /// A world with the story's ground: organisations, people, queues; no consultations yet.
    pub async fn new() -> Self {
        Self::with(ObjectStore::embedded()).await
    }

    /// The same, with its files in the object store at this address.
    pub async fn at_store(endpoint: &str, access_key: &str, secret_key: &str) -> Self {
        Self::with(ObjectStore::elsewhere(endpoint, access_key, secret_key)).await
    }

    async fn with(store: ObjectStore) -> Self {
        let admin = Url::parse(&service("TOMOSHIBI_TEST_ADMIN_URL")).expect("TOMOSHIBI_TEST_ADMIN_URL is an address");
        let template = TEMPLATE.get_or_init(|| template(&admin)).await;
        let name = format!("t_{}", &kernel::secret::new_key()[..20]);
        let mut connection = PgConnection::connect(admin.as_str()).await.expect("test cluster answers");
        connection
            .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template} OWNER portal_owner")))
            .await
            .expect("database copied");
        // A copy brings no rights along: the same as infra/database/roles.sql gives.
        connection
            .execute(sqlx::AssertSqlSafe(format!(
                "REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO portal_app, portal_worker, portal_report;
                 GRANT CONNECT, TEMPORARY ON DATABASE {name} TO portal_loader; GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {name} TO portal_migrator"
            )))
            .await
            .expect("rights");
        let folder = tempfile::tempdir().expect("folder");
        let clock = Clock::held(NOW);
        let config = config(&admin, &name, folder.path(), &store);
        store.make(&config.s3.bucket).await;
        let letters = mail::MemoryMailer::new();
        let portal = portal::wire::portal(&config, clock.clone()).await.expect("portal");
        let worker = Db::connect(
            config.database.worker_url.as_deref().expect("worker url"),
            clock.clone(),
            PoolSettings { max: 6, ..PoolSettings::default() },
        )
        .await
        .expect("worker");
        let bench = Bench {
            db: worker,
            blobs: portal::wire::blobs(&config).expect("blobs"),
            scanner: Arc::new(portal::wire::scanner(&config)),
            mailer: Arc::new(letters.clone()),
            words: Arc::new(portal::letters::Letters(web::words::Words::load().expect("words"))),
            public_url: config.portal.public_url.clone(),
            budget: portal::wire::budget(&config),
            links: portal::wire::links(&config).expect("key"),
        };
        Self { config, clock, portal, bench, letters, name, admin, folder }
    }

    /// The application's database.
    pub fn db(&self) -> &Db {
        &self.portal.db
    }

    /// Where this test may write.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A connection past row security, for arranging and for looking (never for what is being tested).
    pub async fn god(&self) -> PgConnection {
        PgConnection::connect(self.url_as_admin().as_str()).await.expect("superuser connection")
    }

    /// The same to the cluster, beside this test's database.
    pub async fn god_elsewhere(&self) -> PgConnection {
        PgConnection::connect(self.admin.as_str()).await.expect("superuser connection")
    }

    fn url_as_admin(&self) -> Url {
        let mut url = self.admin.clone();
        url.set_path(&self.name);
        url
    }

    /// Signs a person of the story in, as their sign-in would.
    pub async fn sign_in(&self, key: &str) -> Person {
        Person::sign_in(self, key).await
    }

    /// Runs every job that waits, as the worker would, until none is left; fails when one fails.
    pub async fn work(&self) {
        crate::person::run_jobs(self).await;
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The cluster is thrown away after the run; dropping many small databases here would cost more than it frees.
    }
}

fn config(admin: &Url, database: &str, folder: &std::path::Path, store: &ObjectStore) -> Config {
    let mut config = Config::load(None).expect("defaults");
    let password = service("TOMOSHIBI_TEST_ROLE_PASSWORD");
    let url = |role: &str| {
        let mut url = admin.clone();
        url.set_username(&format!("portal_{role}")).expect("role");
        url.set_password(Some(&password)).expect("password");
        url.set_path(database);
        Some(url.to_string())
    };
    config.portal.environment = "demo".into();
    config.portal.local = folder.display().to_string();
    config.portal.public_url = "http://localhost:8780".into();
    config.portal.secret_key = Some("5e".repeat(32));
    config.database.app_url = url("app");
    config.database.worker_url = url("worker");
    config.database.migrator_url = url("migrator");
    config.database.loader_url = url("loader");
    config.database.listen_url = url("app");
    config.database.max_connections = 8;
    // The clock stands still here, and so would the minute; the limits have tests of their own.
    (config.portal.requests_per_address, config.portal.requests_per_person) = (1_000_000, 1_000_000);
    // The crawl asks for thousands of things that are not there; when they are answered has a test of its own.
    config.portal.not_found_ms = 1;
    // A bucket of one's own: what no file of this database needs is swept away.
    config.s3.endpoint = store.endpoint.clone();
    config.s3.bucket = database.replace('_', "-");
    config.s3.access_key = Some(store.access_key.clone());
    config.s3.secret_key = Some(store.secret_key.clone());
    config.mail.folder = folder.join("mail").display().to_string();
    config.scanner.clamd = service("TOMOSHIBI_TEST_CLAMD");
    config.secrets.insert("demo_issuer".into(), "test-issuer-secret".into());
    config
}

/// The template's name holds the hash of every migration and of the story, so a changed one makes a new template.
async fn template(admin: &Url) -> String {
    let mut hash = Sha256::new();
    for (number, _, sql) in migrations::MIGRATIONS {
        hash.update(number.to_le_bytes());
        hash.update(sql.as_bytes());
    }
    hash.update(portal::story::fingerprint());
    let name = format!("ground_{}", &hex::encode(hash.finalize())[..16]);
    let mut connection = PgConnection::connect(admin.as_str()).await.expect("test cluster answers");
    // Other test processes wait here for the first one.
    connection.execute("SELECT pg_advisory_lock(7315)").await.expect("lock");
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("catalogue");
    if !known {
        connection.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await.expect("leftover");
        connection
            .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} OWNER portal_owner TEMPLATE template0 ENCODING 'UTF8'")))
            .await
            .expect("template made");
        prepare(admin, &name).await;
        connection.execute(sqlx::AssertSqlSafe(format!("ALTER DATABASE {name} IS_TEMPLATE true"))).await.expect("template marked");
    }
    connection.execute("SELECT pg_advisory_unlock(7315)").await.expect("unlock");
    name
}

async fn prepare(admin: &Url, name: &str) {
    let mut url = admin.clone();
    url.set_path(name);
    let mut inside = PgConnection::connect(url.as_str()).await.expect("template answers");
    inside
        .execute(sqlx::AssertSqlSafe(format!(
            "CREATE EXTENSION ltree; CREATE EXTENSION pgcrypto; CREATE EXTENSION btree_gist; ALTER SCHEMA public OWNER TO portal_owner;
             REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC; GRANT USAGE, CREATE ON SCHEMA public TO portal_definer;
             GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {name} TO portal_migrator"
        )))
        .await
        .expect("extensions");
    inside.close().await.expect("closed");
    let folder = tempfile::tempdir().expect("folder");
    let config = config(admin, name, folder.path(), &ObjectStore::embedded());
    let migrator = config.database.migrator_url.as_deref().expect("migrator url");
    store::prepare_job_queue(migrator).await.expect("job queue");
    migrations::apply(migrator).await.expect("migrations");
    portal::story::tell_ground(&portal::demo::story_of(&config, &Clock::held(NOW)).expect("settings")).await.expect("the story's ground");
}

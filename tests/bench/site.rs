//! What is measured: a portal in a process of its own on a database of some size, and people who are signed in there.

use crate::cpu;
use kernel::Clock;
use portal::scale::{self, Size};
use sqlx::{Connection, PgConnection, Row};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};
use tests::{Running, Stage, free_address};
use uuid::Uuid;

/// A portal that serves.
pub struct Site {
    pub stage: Stage,
    /// Host and port of the pages.
    pub address: String,
    serve: Running,
}

/// Somebody who could look at a page.
#[derive(Clone)]
pub struct Candidate {
    pub seat: Uuid,
    pub path: String,
    /// Rows to be seen there.
    pub rows: usize,
}

/// Somebody's pages.
pub struct Reader {
    /// The session's cookie.
    pub cookie: String,
    /// The page that they look at.
    pub path: String,
    /// How often that stands in it, at least.
    pub rows: usize,
    /// What stands there once for each row.
    pub mark: &'static str,
    /// Rows that were found there when it was last read through.
    pub found: AtomicUsize,
    /// How many bytes it had then; 0: never read.
    pub bytes: AtomicUsize,
}

impl Site {
    /// A database of this size that has come to rest, and a portal on it.
    pub async fn open(size: Size) -> Self {
        let stage = Stage::new().await;
        let url = |url: &Option<String>| url.clone().expect("url");
        let began = Instant::now();
        let d = &stage.config.database;
        let quiet = Arc::new(move |what: String| {
            if what.ends_with("0 of 100") || !what.contains("chunk") {
                println!("  {:>4} s  {what}", began.elapsed().as_secs());
            }
        });
        scale::load(&url(&d.loader_url), &url(&d.migrator_url), &Clock::wall(), size, quiet).await.expect("scale");
        println!("{} consultations loaded in {} s", size.consultations, began.elapsed().as_secs());
        let address = free_address();
        let settings = settings(&stage, &address);
        let serve = start(&stage, &settings, "serve");
        answering(&address).await;
        let site = Self { stage, address, serve };
        site.come_to_rest().await;
        site
    }

    /// What a load leaves for the database to do is done before anything is measured, and is no part of it: tables are vacuumed and
    /// analysed by the load, changed pages are written here, and autovacuum has gone.
    pub async fn come_to_rest(&self) {
        let mut god = self.stage.god().await;
        sqlx::query("CHECKPOINT").execute(&mut god).await.expect("checkpoint");
        let busy = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker')";
        let began = Instant::now();
        while sqlx::query_scalar::<_, bool>(busy).fetch_one(&mut god).await.expect("activity") {
            assert!(began.elapsed() < Duration::from_secs(300), "autovacuum does not end");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// What the database promises, as it says itself.
    pub async fn promises(&self) -> String {
        let mut god = self.stage.god().await;
        let sql = "SELECT format('PostgreSQL %s, fsync %s, synchronous_commit %s, shared_buffers %s', current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'), current_setting('shared_buffers'))";
        let said: String = sqlx::query_scalar(sql).fetch_one(&mut god).await.expect("settings");
        assert!(
            said.contains("fsync on") && said.contains("synchronous_commit on"),
            "measured is a database that keeps what it says: {said}"
        );
        let huge = cpu::huge_pages(self.postmaster().await) / 1_048_576;
        format!("{said} ({huge} MB of it in huge pages)")
    }

    /// The process that serves.
    pub fn process(&self) -> u32 {
        self.serve.id()
    }

    /// The worker beside it, and where its metrics are.
    pub fn worker(&self) -> (Running, String) {
        let settings = settings(&self.stage, &self.address);
        let ops = settings.iter().find(|(name, _)| name == "TOMOSHIBI_OPS_LISTEN").map(|(_, address)| address.clone()).unwrap_or_default();
        (start(&self.stage, &settings, "work"), format!("http://{ops}/metrics"))
    }

    /// From the start of another process until its first answer.
    pub async fn starts_in(&self) -> Duration {
        let address = free_address();
        let settings = settings(&self.stage, &address);
        let began = Instant::now();
        let _serve = start(&self.stage, &settings, "serve");
        answering(&address).await;
        began.elapsed()
    }

    /// Opens a session in a seat; the value of its cookie.
    pub async fn sign_in(&self, god: &mut PgConnection, seat: Uuid) -> String {
        let (token, hash) = kernel::secret::new_secret();
        let sql = "INSERT INTO sessions (id, token_hash, person_id, seat_id, issuer_id, acr, amr, second_factor, auth_time, device, created_at, last_seen_at, idle_seconds, expires_at)
            SELECT $1, $2, s.person_id, s.id, (SELECT i.id FROM issuers i WHERE i.federation_id = s.federation_id LIMIT 1), 'bench', '{pwd}', true, now(), 'bench',
              now(), now(), 36000, now() + interval '10 hours' FROM seats s WHERE s.id = $3";
        sqlx::query(sql).bind(kernel::ids::new_uuid(&Clock::wall())).bind(hash.to_vec()).bind(seat).execute(god).await.expect("session");
        format!("{}={token}", web::guard::SESSION)
    }

    /// Whom a query names: `seat`, `path` and the number of rows to be seen there.
    pub async fn candidates(&self, sql: &'static str) -> Vec<Candidate> {
        let mut god = self.stage.god().await;
        let found = sqlx::query(sql).fetch_all(&mut god).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        assert!(!found.is_empty(), "nobody for {sql}");
        found
            .into_iter()
            .map(|row| Candidate { seat: row.get("seat"), path: row.get("path"), rows: row.get::<i64, _>("rows") as usize })
            .collect()
    }

    /// Signs them in.
    pub async fn readers(&self, candidates: impl IntoIterator<Item = Candidate>, mark: &'static str) -> Vec<Reader> {
        let mut god = self.stage.god().await;
        let mut readers = Vec::new();
        for Candidate { seat, path, rows } in candidates {
            readers.push(Reader {
                cookie: self.sign_in(&mut god, seat).await,
                path,
                rows,
                mark,
                found: AtomicUsize::new(0),
                bytes: AtomicUsize::new(0),
            });
        }
        readers
    }

    /// The server's first process.
    pub async fn postmaster(&self) -> u32 {
        let mut god = self.stage.god().await;
        let own: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut god).await.expect("pid");
        let stat = std::fs::read_to_string(format!("/proc/{own}/stat")).expect("the server runs on this machine");
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        god.close().await.expect("closed");
        after_name.split(' ').nth(1).and_then(|pid| pid.parse().ok()).expect("its parent")
    }
}

fn settings(stage: &Stage, address: &str) -> Vec<(String, String)> {
    let d = &stage.config.database;
    let url = |url: &Option<String>| url.clone().expect("url");
    let folder = stage.folder().display().to_string();
    let pairs = [
        ("ENVIRONMENT", "demo".to_owned()),
        ("LOCAL", folder.clone()),
        ("MAIL_FOLDER", format!("{folder}/mail")),
        ("SECRET_KEY", "5e".repeat(32)),
        ("LISTEN", address.to_owned()),
        ("OPS_LISTEN", free_address()),
        ("PUBLIC_URL", format!("http://{address}")),
        ("DATABASE_APP_URL", url(&d.app_url)),
        ("DATABASE_WORKER_URL", url(&d.worker_url)),
        ("DATABASE_LISTEN_URL", url(&d.app_url)),
        ("S3_ENDPOINT", stage.config.s3.endpoint.clone()),
        ("S3_BUCKET", stage.config.s3.bucket.clone()),
        ("S3_ACCESS_KEY", stage.config.s3.access_key.clone().unwrap_or_default()),
        ("S3_SECRET_KEY", stage.config.s3.secret_key.clone().unwrap_or_default()),
        ("SCANNER_CLAMD", stage.config.scanner.clamd.clone()),
        // Who loads a server is no guest of it.
        ("REQUESTS_PER_ADDRESS", "1000000000".to_owned()),
        ("REQUESTS_PER_PERSON", "1000000000".to_owned()),
    ];
    pairs.into_iter().map(|(name, value)| (format!("TOMOSHIBI_{name}"), value)).collect()
}

/// The binary beside this one: both were built for measurement.
fn start(stage: &Stage, settings: &[(String, String)], command: &str) -> Running {
    let binary = std::env::current_exe().expect("this program").with_file_name("portal");
    let mut portal = Command::new(binary);
    portal.arg(command).env_clear().envs(settings.iter().cloned());
    Running::start(portal, stage.folder().join(format!("{command}.log")))
}

async fn answering(address: &str) {
    let began = Instant::now();
    while reqwest::get(format!("http://{address}/sign-in")).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "the portal does not answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

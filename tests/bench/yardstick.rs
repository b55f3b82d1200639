//! What the machine itself can do, measured in the same run.

use sqlx::{Connection, Executor, PgConnection};
use std::process::Command;
use std::time::{Duration, Instant};
use tests::{Stage, service};

/// One prepared statement there and back: what no page can be faster than.
pub async fn statement(stage: &Stage) -> Duration {
    let mut connection = PgConnection::connect(stage.config.database.app_url.as_deref().expect("url")).await.expect("connection");
    let mut times = Vec::new();
    for n in 0..1_000_i64 {
        let began = Instant::now();
        let _: i64 = sqlx::query_scalar("SELECT $1").bind(n).fetch_one(&mut connection).await.expect("answer");
        times.push(began.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

/// Transactions per second of `pgbench -S` in a database of its own on the same server.
pub async fn pgbench(connections: usize) -> f64 {
    let admin = service("TOMOSHIBI_TEST_ADMIN_URL");
    let program = service("TOMOSHIBI_PGBENCH");
    let mut inside = PgConnection::connect(&admin).await.expect("cluster");
    inside.execute("DROP DATABASE IF EXISTS yardstick").await.expect("dropped");
    inside.execute("CREATE DATABASE yardstick").await.expect("made");
    let mut url = url::Url::parse(&admin).expect("address");
    url.set_path("yardstick");
    let run = |arguments: &[&str]| {
        let ran = Command::new(&program).args(arguments).arg(url.as_str()).output().expect("pgbench");
        assert!(ran.status.success(), "pgbench: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    run(&["--initialize", "--scale", "10", "--quiet"]);
    let clients = connections.to_string();
    let told = run(&["--select-only", "--protocol", "simple", "--client", &clients, "--jobs", "2", "--time", "8"]);
    let line = told.lines().find_map(|line| line.strip_prefix("tps = ")).unwrap_or_else(|| panic!("no tps in {told}"));
    line.split(' ').next().and_then(|tps| tps.parse().ok()).expect("a number")
}

//! `./dev bench`: what a page costs and how long people wait, over HTTP against real processes on a database as large as life;
//! figures as text and JSON, a missed target fails the run. Times never stand in ordinary tests: a busy machine is not a defect.
//!
//! `./dev bench [consultations] [fewer]`: one million beside ten thousand when no numbers are given.

mod ask;
mod audit;
mod cpu;
mod load;
mod report;
mod site;
mod wire;
mod yardstick;

use report::{Bound, Report};
use site::{Reader, Site};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Consultations in the large database, and in the small one that it is compared with.
const SIZES: (u32, u32) = (1_000_000, 10_000);
/// Requests per figure.
const ROUNDS: usize = 400;
/// Connections at once.
const CONNECTIONS: usize = 32;
/// How long they load.
const LENGTH: Duration = Duration::from_secs(6);

/// The pages that are measured, and who looks at them.
const PAGES: &[(&str, &str, &str)] = &[
    (
        "staff list: a queue",
        "SELECT s.id AS seat, '/queue' AS path, least(50, (SELECT count(*) FROM (SELECT 1 FROM consultations c WHERE c.queue_id = q.queue_id AND c.state NOT IN ('resolved', 'closed') LIMIT 50) x)) AS rows
           FROM seats s JOIN seat_queues q ON q.seat_id = s.id WHERE s.role = 'agent' AND s.ended_at IS NULL ORDER BY md5(s.id::text) LIMIT 20",
        "href=\"/c/",
    ),
    (
        "staff list: a prefecture",
        "SELECT s.id AS seat, '/area' AS path, least(50, (SELECT count(*) FROM (SELECT 1 FROM consultations c WHERE c.prefecture_id = u.id AND c.privacy <> 'confidential' LIMIT 50) x)) AS rows
           FROM units u JOIN LATERAL (SELECT id FROM seats WHERE unit_id = u.id AND role = 'officer' AND ended_at IS NULL LIMIT 1) s ON true
           WHERE u.level = 'prefectural' ORDER BY md5(u.id::text) LIMIT 47",
        "href=\"/c/",
    ),
    (
        "staff list: the nation",
        "SELECT id AS seat, '/area' AS path, 50::bigint AS rows FROM seats WHERE role = 'programme_owner' AND ended_at IS NULL AND federation_id = (SELECT min(federation_id) FROM consultations) LIMIT 5",
        "href=\"/c/",
    ),
    (
        "detail with about 20 messages",
        "SELECT s.id AS seat, '/c/' || c.id AS path, m.n AS rows
           FROM (SELECT consultation_id, count(*) AS n FROM consultation_messages GROUP BY 1 HAVING count(*) BETWEEN 18 AND 22 LIMIT 60) m
           JOIN consultations c ON c.id = m.consultation_id AND c.privacy = 'everyone' AND c.institution_id IS NOT NULL
           JOIN LATERAL (SELECT id FROM seats WHERE unit_id = c.requester_unit_id AND role = 'owner' AND ended_at IS NULL LIMIT 1) s ON true LIMIT 40",
        "class=\"msg",
    ),
    (
        "clinic's own list",
        "SELECT s.id AS seat, '/consultations?closed=1' AS path, least(50, c.n) AS rows
           FROM (SELECT requester_unit_id AS unit, count(*) AS n FROM consultations WHERE institution_id IS NOT NULL AND privacy <> 'confidential' AND state IN ('resolved', 'closed') GROUP BY 1) c
           JOIN LATERAL (SELECT id FROM seats WHERE unit_id = c.unit AND role = 'owner' AND ended_at IS NULL LIMIT 1) s ON true
           ORDER BY c.n < 50, md5(c.unit::text) LIMIT 40",
        "href=\"/c/",
    ),
];

#[tokio::main]
async fn main() -> ExitCode {
    let mut sizes =
        std::env::args().skip(1).map(|text| text.parse::<u32>().unwrap_or_else(|_| panic!("{text:?} is no number of consultations")));
    let (large, small) = (sizes.next().unwrap_or(SIZES.0), sizes.next().unwrap_or(SIZES.1));
    let mut report = Report::default();
    let few = medians(&Site::open(small).await).await;
    let site = Site::open(large).await;
    let readers = all_readers(&site).await;
    pages(&mut report, &site, &readers, &few).await;
    throughput(&mut report, &site, readers).await;
    report.add(
        "memory of `serve` after the load",
        cpu::resident(site.process()) as f64 / 1_048_576.0,
        "MB",
        Some((Bound::AtMost, 150.0)),
        "",
    );
    ask::measure(&mut report, &site).await;
    wire::measure(&mut report, &site).await;
    audit::measure(&mut report, &site).await;
    let starts = site.starts_in().await;
    report.add("start to first answer", starts.as_secs_f64(), "s", Some((Bound::AtMost, 1.0)), "migrated database");
    match report.close() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("figures not written: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all_readers(site: &Site) -> Vec<(&'static str, Arc<Vec<Reader>>)> {
    let mut all = Vec::new();
    for (what, sql, mark) in PAGES {
        all.push((*what, Arc::new(site.readers(sql, mark).await)));
    }
    all
}

fn median(times: &[Duration]) -> Duration {
    times[times.len() / 2]
}

async fn medians(site: &Site) -> Vec<Duration> {
    let mut found = Vec::new();
    for (_, readers) in all_readers(site).await {
        load::one_by_one(&site.address, &readers, 100).await;
        found.push(median(&load::one_by_one(&site.address, &readers, ROUNDS).await));
    }
    found
}

/// What one request costs the server, how long its reader waits, and how that grows with the rows.
async fn pages(report: &mut Report, site: &Site, all: &[(&'static str, Arc<Vec<Reader>>)], few: &[Duration]) {
    let postmaster = site.postmaster().await;
    for ((what, readers), small) in all.iter().zip(few) {
        load::one_by_one(&site.address, readers, 100).await;
        let yardstick = yardstick::statement(&site.stage).await;
        let before = cpu::Work::look(site.process(), postmaster);
        let times = load::one_by_one(&site.address, readers, ROUNDS).await;
        let (portal, database) = cpu::Work::look(site.process(), postmaster).since(&before);
        let each = |work: Duration| work.as_secs_f64() * 1_000.0 / ROUNDS as f64;
        let beside = format!(
            "portal {:.3} + PostgreSQL {:.3}; p50 {:.2} ms, p99 {:.2} ms; one prepared statement {:.3} ms",
            each(portal),
            each(database),
            median(&times).as_secs_f64() * 1_000.0,
            times[times.len() * 99 / 100].as_secs_f64() * 1_000.0,
            yardstick.as_secs_f64() * 1_000.0
        );
        report.add(format!("{what}: server CPU per request"), each(portal + database), "ms", Some((Bound::AtMost, 0.8)), beside);
        let grows = median(&times).as_secs_f64() / small.as_secs_f64();
        report.add(
            format!("{what}: p50, large ÷ small"),
            grows,
            "times",
            Some((Bound::AtMost, 1.3)),
            format!("small {:.2} ms", small.as_secs_f64() * 1_000.0),
        );
    }
}

/// Requests per second, in transactions per second of the simplest statement on the same machine.
async fn throughput(report: &mut Report, site: &Site, all: Vec<(&'static str, Arc<Vec<Reader>>)>) {
    let yardstick = yardstick::pgbench(CONNECTIONS).await;
    report.add("pgbench -S -M simple", yardstick, "tps", None, format!("{CONNECTIONS} connections, scale 10"));
    for (what, readers) in all {
        let rate = load::at_once(&site.address, readers, CONNECTIONS, LENGTH).await;
        report.add(
            format!("{what}: requests/s ÷ pgbench"),
            rate / yardstick,
            "",
            Some((Bound::AtLeast, 0.04)),
            format!("{rate:.0} requests/s"),
        );
    }
}

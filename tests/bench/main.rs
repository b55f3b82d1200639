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
mod soak;
mod wire;
mod yardstick;

use report::{Bound, Report};
use site::{Candidate, Reader, Site};
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

/// Readers of a page at most.
const READERS: usize = 40;

/// The pages that are measured, and who could look at them, in an order that is the same each time and means nothing; full pages first.
const PAGES: &[(&str, &str, &str)] = &[
    (
        "staff list: a queue",
        "SELECT s.id AS seat, '/queue' AS path, least(50, (SELECT count(*) FROM (SELECT 1 FROM consultations c WHERE c.queue_id = q.queue_id AND c.state NOT IN ('resolved', 'closed') LIMIT 50) x)) AS rows
           FROM seats s JOIN seat_queues q ON q.seat_id = s.id WHERE s.role = 'agent' AND s.ended_at IS NULL ORDER BY 3 DESC, md5(s.id::text)",
        "href=\"/c/",
    ),
    (
        "staff list: a prefecture",
        "SELECT s.id AS seat, '/area' AS path, least(50, (SELECT count(*) FROM (SELECT 1 FROM consultations c WHERE c.prefecture_id = u.id AND c.privacy <> 'confidential' LIMIT 50) x)) AS rows
           FROM units u JOIN LATERAL (SELECT id FROM seats WHERE unit_id = u.id AND role = 'officer' AND ended_at IS NULL LIMIT 1) s ON true
           WHERE u.level = 'prefectural' ORDER BY 3 DESC, md5(u.id::text)",
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
           FROM (SELECT consultation_id, count(*) AS n FROM consultation_messages GROUP BY 1 HAVING count(*) BETWEEN 16 AND 24) m
           JOIN consultations c ON c.id = m.consultation_id AND c.privacy <> 'confidential' AND c.institution_id IS NOT NULL
           JOIN LATERAL (SELECT id FROM seats WHERE unit_id = c.requester_unit_id AND role = 'owner' AND ended_at IS NULL LIMIT 1) s ON true ORDER BY md5(c.id::text) LIMIT 2000",
        "class=\"msg",
    ),
    (
        "clinic's own list",
        "SELECT s.id AS seat, '/consultations?closed=1' AS path, least(50, c.n) AS rows
           FROM (SELECT requester_unit_id AS unit, count(*) AS n FROM consultations WHERE institution_id IS NOT NULL AND privacy <> 'confidential' AND state IN ('resolved', 'closed') GROUP BY 1) c
           JOIN LATERAL (SELECT id FROM seats WHERE unit_id = c.unit AND role = 'owner' AND ended_at IS NULL LIMIT 1) s ON true
           ORDER BY 3 DESC, md5(c.unit::text)",
        "href=\"/c/",
    ),
];

#[tokio::main]
async fn main() -> ExitCode {
    let mut sizes =
        std::env::args().skip(1).map(|text| text.parse::<u32>().unwrap_or_else(|_| panic!("{text:?} is no number of consultations")));
    let (large, small) = (sizes.next().unwrap_or(SIZES.0), sizes.next().unwrap_or(SIZES.1));
    let mut report = Report::default();
    let few = small_pages(&Site::open(small).await).await;
    let site = Site::open(large).await;
    let mut readers = Vec::new();
    for ((what, sql, mark), few) in PAGES.iter().zip(&few) {
        let candidates = site.candidates(sql).await;
        let alike = Arc::new(site.readers(as_many_rows(&candidates, &few.rows), mark).await);
        let all = Arc::new(site.readers(candidates.into_iter().take(READERS), mark).await);
        page(&mut report, &site, what, &all).await;
        growth(&mut report, &site, what, &alike, few).await;
        readers.push((*what, all));
    }
    throughput(&mut report, &site, &readers).await;
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
    soak::measure(&mut report, &site, readers.into_iter().map(|(_, readers)| readers).collect()).await;
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

fn median(times: &[Duration]) -> Duration {
    times[times.len() / 2]
}

/// What a page of the small database showed, and how long it took.
struct Few {
    rows: Vec<usize>,
    median: Duration,
}

async fn small_pages(site: &Site) -> Vec<Few> {
    let mut found = Vec::new();
    for (_, sql, mark) in PAGES {
        let readers = site.readers(site.candidates(sql).await.into_iter().take(READERS), mark).await;
        let rows = readers.iter().map(|reader| reader.rows).collect();
        load::one_by_one(&site.address, &readers, 100).await;
        found.push(Few { rows, median: median(&load::one_by_one(&site.address, &readers, ROUNDS).await) });
    }
    found
}

/// For each number of rows somebody of the large database who sees as many, else the next fewer or more: what is compared is the
/// same page over more data, not a fuller one.
fn as_many_rows(candidates: &[Candidate], rows: &[usize]) -> Vec<Candidate> {
    let mut left = candidates.to_vec();
    let mut chosen = Vec::new();
    for wanted in rows {
        let nearest = left.iter().enumerate().min_by_key(|(_, candidate)| candidate.rows.abs_diff(*wanted)).map(|(place, _)| place);
        chosen.extend(nearest.map(|place| left.remove(place)));
    }
    chosen
}

/// What one request costs the server, and how long its reader waits.
async fn page(report: &mut Report, site: &Site, what: &str, readers: &[Reader]) {
    let postmaster = site.postmaster().await;
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
}

/// How the wait grows with the rows that are not shown.
async fn growth(report: &mut Report, site: &Site, what: &str, readers: &[Reader], few: &Few) {
    load::one_by_one(&site.address, readers, 100).await;
    let median = median(&load::one_by_one(&site.address, readers, ROUNDS).await);
    let mean = |rows: usize, many: usize| rows as f64 / many.max(1) as f64;
    let beside = format!(
        "small {:.2} ms; {:.0} rows on a page beside {:.0}",
        few.median.as_secs_f64() * 1_000.0,
        mean(readers.iter().map(|reader| reader.rows).sum(), readers.len()),
        mean(few.rows.iter().sum(), few.rows.len())
    );
    let grows = median.as_secs_f64() / few.median.as_secs_f64();
    report.add(format!("{what}: p50, large ÷ small"), grows, "times", Some((Bound::AtMost, 1.3)), beside);
}

/// Requests per second, in transactions per second of the simplest statement on the same machine.
async fn throughput(report: &mut Report, site: &Site, all: &[(&'static str, Arc<Vec<Reader>>)]) {
    let yardstick = yardstick::pgbench(CONNECTIONS).await;
    report.add("pgbench -S -M simple", yardstick, "tps", None, format!("{CONNECTIONS} connections, scale 10"));
    for (what, readers) in all {
        let rate = load::at_once(&site.address, readers.clone(), CONNECTIONS, LENGTH).await;
        report.add(
            format!("{what}: requests/s ÷ pgbench"),
            rate / yardstick,
            "",
            Some((Bound::AtLeast, 0.04)),
            format!("{rate:.0} requests/s"),
        );
    }
}

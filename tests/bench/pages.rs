//! The pages that are measured: what one request costs the server, how long its reader waits, how that grows with the rows that are not
//! shown, and how many requests there are in a second.

use crate::report::{Bound, Report};
use crate::site::{Candidate, Reader, Site};
use crate::{cpu, load, yardstick};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Requests per figure, or per turn of it.
const ROUNDS: usize = 400;
/// Turns of each page's cost; the middle one counts, for what else runs on the machine's host makes every request dearer while it runs.
const COSTS: usize = 5;
/// Connections at once.
const CONNECTIONS: usize = 32;
/// How long they load.
const LENGTH: Duration = Duration::from_secs(6);
/// Readers of a page at most: where there are so many, no request of a figure is by the same one as another.
const READERS: usize = 400;
/// Readers of each size whose waits are compared, and how often they take turns.
const PAIRS: usize = 40;
const TURNS: usize = 4;

/// A page with all who look at it.
pub type Readers = (&'static str, Arc<Vec<Reader>>);

/// A page, who could look at it, and what stands in it once for each row.
type Page = (&'static str, &'static str, &'static str);

/// In an order that is the same each time and means nothing; full pages first.
const PAGES: &[Page] = &[
    (
        "staff list: a queue",
        "SELECT s.id AS seat, '/queue' AS path, (SELECT count(*) FROM (SELECT 1 FROM consultations c WHERE c.state NOT IN ('resolved', 'closed')
             AND c.queue_id IN (SELECT q.queue_id FROM seat_queues q WHERE q.seat_id = s.id) LIMIT 50) x) AS rows
           FROM seats s WHERE s.role = 'agent' AND s.ended_at IS NULL AND s.federation_id = (SELECT min(federation_id) FROM consultations) ORDER BY 3 DESC, md5(s.id::text)",
        "href=\"/c/",
    ),
    (
        "staff list: a prefecture",
        "SELECT s.id AS seat, '/area' AS path, (SELECT count(*) FROM (SELECT 1 FROM consultations c WHERE c.prefecture_id = u.id AND c.privacy <> 'confidential' LIMIT 50) x) AS rows
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
/// The last one again by whoever: most clinics ask too seldom to fill a page.
const ANY_CLINIC: Page = (
    "clinic's own list, any clinic",
    "SELECT s.id AS seat, '/consultations?closed=1' AS path, least(50, (SELECT count(*) FROM consultations c
         WHERE c.requester_unit_id = u.id AND c.privacy <> 'confidential' AND c.state IN ('resolved', 'closed'))) AS rows
       FROM (SELECT id FROM units WHERE level = 'institution' ORDER BY md5(id::text) LIMIT 400) u
       JOIN LATERAL (SELECT id FROM seats WHERE unit_id = u.id AND role = 'owner' AND ended_at IS NULL LIMIT 1) s ON true",
    "href=\"/c/",
);

/// Those who look at each page; all of them have been there once, and every row was found.
pub async fn readers(site: &Site) -> Vec<Readers> {
    let mut all = Vec::new();
    for (what, sql, mark) in PAGES {
        let full = fullest(site.candidates(sql).await).into_iter().take(READERS);
        all.push((*what, Arc::new(signed_in(site, full, mark).await)));
    }
    site.come_to_rest().await;
    all
}

/// Whose pages are as full as any, but for a tenth.
fn fullest(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let most = candidates.iter().map(|candidate| candidate.rows).max().unwrap_or_default();
    candidates.retain(|candidate| candidate.rows * 10 >= most * 9);
    candidates
}

async fn signed_in(site: &Site, candidates: impl IntoIterator<Item = Candidate>, mark: &'static str) -> Vec<Reader> {
    let readers = site.readers(candidates, mark).await;
    load::warm(&site.address, &readers).await;
    readers
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn median(times: &[Duration]) -> Duration {
    times[times.len() / 2]
}

/// Rows that were found on a page, on average.
fn rows(readers: &[Reader]) -> f64 {
    let found: usize = readers.iter().map(|reader| reader.found.load(Ordering::Relaxed)).sum();
    found as f64 / readers.len().max(1) as f64
}

/// What a request to each page costs.
pub async fn cost(report: &mut Report, site: &Site, all: &[Readers]) {
    report.note("CPU per request: all threads of `serve`, all PostgreSQL processes that serve it, and PostgreSQL's own (checkpointer, writers); one request after the other, every row of every answer found");
    for (what, readers) in all {
        page(report, site, what, readers, Some((Bound::AtMost, 0.8))).await;
    }
    let (what, sql, mark) = ANY_CLINIC;
    let readers = signed_in(site, site.candidates(sql).await, mark).await;
    page(report, site, what, &readers, None).await;
}

async fn page(report: &mut Report, site: &Site, what: &str, readers: &[Reader], target: Option<(Bound, f64)>) {
    let each = |work: Duration| ms(work) / ROUNDS as f64;
    let mut turns = Vec::new();
    for _ in 0..COSTS {
        let yardstick = yardstick::statement(&site.stage).await;
        let (times, spent) = undisturbed(site, readers).await;
        turns.push((each(spent.whole()), times, spent, yardstick));
    }
    turns.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (least, most) = (turns[0].0, turns[COSTS - 1].0);
    let (cost, times, spent, yardstick) = &turns[COSTS / 2];
    let beside = format!(
        "{least:.3} to {most:.3} in {COSTS} turns; portal {:.3} + PostgreSQL {:.3} (its own {:.3}); p50 {:.2} ms, p99 {:.2} ms; {} readers, {:.0} rows; one prepared statement {:.3} ms{}",
        each(spent.portal),
        each(spent.serving),
        each(spent.background),
        ms(median(times)),
        ms(times[times.len() * 99 / 100]),
        readers.len(),
        rows(readers),
        ms(*yardstick),
        if spent.disturbed { "; DISTURBED by processes that came or went" } else { "" }
    );
    report.add(format!("{what}: server CPU per request"), *cost, "ms", target, beside);
}

/// Waits and work, measured again when a process of the database came or went meanwhile.
async fn undisturbed(site: &Site, readers: &[Reader]) -> (Vec<Duration>, cpu::Spent) {
    let postmaster = site.postmaster().await;
    let mut measured = (Vec::new(), cpu::Spent::default());
    for _ in 0..3 {
        let before = cpu::Work::look(site.process(), postmaster);
        let times = load::one_by_one(&site.address, readers, 0, ROUNDS).await;
        measured = (times, cpu::Work::look(site.process(), postmaster).since(&before));
        if !measured.1.disturbed {
            break;
        }
        site.come_to_rest().await;
    }
    measured
}

/// How the wait grows with the rows that are not shown: people of both sizes whose pages hold as many rows, in turns.
pub async fn growth(report: &mut Report, site: &Site, small: &Site) {
    report.note("large ÷ small: the small database has all its cases in one queue, so that a page of it is as full as one of the large; each reader of the small one is compared with one of the large one who sees as many rows, in turns");
    for (what, sql, mark) in PAGES {
        let few: Vec<_> = fullest(small.candidates(sql).await).into_iter().take(PAIRS).collect();
        let alike = as_many_rows(site.candidates(sql).await, &few);
        let sides = [(small, signed_in(small, few, mark).await), (site, signed_in(site, alike, mark).await)];
        let mut times = [Vec::new(), Vec::new()];
        for turn in 0..TURNS {
            for ((site, readers), times) in sides.iter().zip(&mut times) {
                times.extend(load::one_by_one(&site.address, readers, turn * ROUNDS / TURNS, ROUNDS / TURNS).await);
            }
        }
        times.iter_mut().for_each(|times| times.sort());
        let [few, many] = [0, 1].map(|n| (median(&times[n]), rows(&sides[n].1)));
        let grows = many.0.as_secs_f64() / few.0.as_secs_f64();
        let alike = (many.1 - few.1).abs() <= few.1 / 20.0;
        let beside = format!(
            "{:.2} and {:.2} ms; {:.0} rows on a page beside {:.0}{}",
            ms(many.0),
            ms(few.0),
            many.1,
            few.1,
            if alike { "" } else { ": NOT ALIKE" }
        );
        report.add(
            format!("{what}: p50, large ÷ small"),
            if alike { grows } else { f64::NAN },
            "times",
            Some((Bound::AtMost, 1.3)),
            beside,
        );
    }
}

/// For each of the small database somebody of the large one who sees as many rows, else the next fewer or more.
fn as_many_rows(mut left: Vec<Candidate>, few: &[Candidate]) -> Vec<Candidate> {
    let mut chosen = Vec::new();
    for wanted in few {
        let nearest = left.iter().enumerate().min_by_key(|(_, candidate)| candidate.rows.abs_diff(wanted.rows)).map(|(place, _)| place);
        chosen.extend(nearest.map(|place| left.remove(place)));
    }
    chosen
}

/// Requests per second, in transactions per second of the simplest statement on the same machine, measured before and after.
pub async fn throughput(report: &mut Report, site: &Site, all: &[Readers]) {
    report.note(format!("requests/s: {CONNECTIONS} connections kept open; of {} answers one is read through, of the others status and length; portal, PostgreSQL and load on the same processors", load::THOROUGH));
    let postmaster = site.postmaster().await;
    let before = yardstick::pgbench(CONNECTIONS).await;
    site.come_to_rest().await;
    let mut rates = Vec::new();
    for (what, readers) in all {
        let (work, own) = (cpu::Work::look(site.process(), postmaster), cpu::of(std::process::id()));
        let rate = load::at_once(&site.address, readers.clone(), CONNECTIONS, LENGTH).await;
        let (spent, own) = (cpu::Work::look(site.process(), postmaster).since(&work), cpu::of(std::process::id()).saturating_sub(own));
        rates.push((
            *what,
            rate,
            [spent.portal, spent.serving + spent.background, own].map(|work| work.as_secs_f64() / LENGTH.as_secs_f64()),
        ));
    }
    let after = yardstick::pgbench(CONNECTIONS).await;
    let yardstick = f64::midpoint(before, after);
    report.add(
        "pgbench -S -M simple",
        yardstick,
        "tps",
        None,
        format!("{CONNECTIONS} connections, scale 10; {before:.0} before, {after:.0} after"),
    );
    for (what, rate, [portal, database, own]) in rates {
        let beside = format!("{rate:.0} requests/s; processors: portal {portal:.2}, PostgreSQL {database:.2}, load {own:.2}");
        report.add(format!("{what}: requests/s ÷ pgbench"), rate / yardstick, "", Some((Bound::AtLeast, 0.04)), beside);
    }
}

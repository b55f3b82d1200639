//! `./dev bench`: times of the desk's pages as ratios to a yardstick measured in the same run, written as text and JSON;
//! a missed target fails the run. Times never stand in ordinary tests: a busy machine is not a defect.

use portal::scale::{self, Size};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tests::{Person, Stage};

/// Consultations in the measured database.
const CASES: u32 = 100_000;
/// Requests per figure.
const ROUNDS: usize = 200;
/// Rows on a full page of a list.
const ROWS: usize = 50;

struct Figure {
    what: &'static str,
    p50: Duration,
    p99: Duration,
    /// One prepared statement there and back, before and after.
    yardstick: Duration,
    /// p50 in yardsticks.
    ratio: f64,
    /// At most so many yardsticks.
    target: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let stage = Stage::new().await;
    let url = |url: &Option<String>| url.clone().expect("url");
    let (loader, migrator) = (url(&stage.config.database.loader_url), url(&stage.config.database.migrator_url));
    scale::load(&loader, &migrator, &stage.clock, Size::of(CASES), Arc::new(|what| println!("{what}"))).await.expect("scale");
    let clinic = busiest(&stage).await;
    let agent = stage.sign_in("kashiwagi").await;
    let lead = stage.sign_in("otsuki").await;
    let officer = stage.sign_in("miyasaka").await;
    let case = first_case(&clinic).await;
    let mut figures = Vec::new();
    for (what, person, path, rows, target) in [
        ("clinic's own list, 50 rows", &clinic, "/consultations?closed=1", ROWS, 110.0),
        ("an agent's queue, 50 rows", &agent, "/queue", ROWS, 110.0),
        ("a lead's five queues, 50 rows", &lead, "/queue", ROWS, 130.0),
        ("what is done, 50 rows", &lead, "/queue?view=closed", ROWS, 110.0),
        ("prefecture's headers, 50 rows", &officer, "/area", ROWS, 80.0),
        ("one case with its thread", &clinic, &case, 0, 150.0),
    ] {
        // Beside each figure its own yardstick: what else the machine does weighs on both.
        let before = yardstick(&stage).await;
        let (p50, p99) = measure(person, path, rows).await;
        let yardstick = (before + yardstick(&stage).await) / 2;
        figures.push(Figure { what, p50, p99, yardstick, ratio: p50.as_secs_f64() / yardstick.as_secs_f64(), target });
    }
    report(&figures)
}

/// The owner of the clinic that asks most.
async fn busiest(stage: &Stage) -> Person {
    let sql = "SELECT s.person_id FROM seats s WHERE s.role = 'owner' AND s.unit_id =
        (SELECT institution_id FROM consultations WHERE institution_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1) ORDER BY s.id LIMIT 1";
    let person = sqlx::query_scalar(sql).fetch_one(&mut stage.god().await).await.expect("a clinic");
    Person::sign_in_as(stage, person).await
}

/// The first case of somebody's list of what is done.
async fn first_case(person: &Person) -> String {
    let page = person.get("/consultations?closed=1").await.expect(200);
    let at = page.body.find("href=\"/c/").expect("a case in the list") + 6;
    page.body[at..].split(['"', '?']).next().unwrap_or_default().to_owned()
}

/// One prepared statement there and back: what no page can be faster than.
async fn yardstick(stage: &Stage) -> Duration {
    let mut connection = PgConnection::connect(stage.config.database.app_url.as_deref().expect("url")).await.expect("connection");
    let mut times = Vec::new();
    for n in 0..2_000_i64 {
        let began = Instant::now();
        let _: i64 = sqlx::query_scalar("SELECT $1").bind(n).fetch_one(&mut connection).await.expect("answer");
        times.push(began.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

async fn measure(person: &Person, path: &str, rows: usize) -> (Duration, Duration) {
    for _ in 0..20 {
        let page = person.get(path).await.expect(200);
        let seen = page.body.matches("href=\"/c/").count();
        assert!(seen >= rows, "{path}: {seen} rows instead of {rows}");
    }
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        person.get(path).await.expect(200);
        times.push(began.elapsed());
    }
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn report(figures: &[Figure]) -> ExitCode {
    let ms = |d: Duration| d.as_secs_f64() * 1_000.0;
    let mut text = format!("{CASES} consultations; the yardstick is one prepared statement there and back, beside each figure\n");
    for f in figures {
        let verdict = if f.ratio <= f.target { "ok  " } else { "MISS" };
        text += &format!(
            "{verdict} {:<32} p50 {:>7.2} ms  p99 {:>7.2} ms  {:>6.1} yardsticks of {:.3} ms (at most {:.0})\n",
            f.what,
            ms(f.p50),
            ms(f.p99),
            f.ratio,
            ms(f.yardstick),
            f.target
        );
    }
    print!("{text}");
    let folder = tests::root().join(".local/bench");
    let json = json!({
        "cases": CASES,
        "figures": figures.iter().map(|f| json!({"what": f.what, "p50_ms": ms(f.p50), "p99_ms": ms(f.p99), "yardstick_ms": ms(f.yardstick), "ratio": f.ratio, "target": f.target, "met": f.ratio <= f.target})).collect::<Vec<_>>(),
    });
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("figures.txt"), &text))
        .and_then(|()| std::fs::write(folder.join("figures.json"), json.to_string()));
    if let Err(error) = written {
        eprintln!("figures not written: {error}");
        return ExitCode::FAILURE;
    }
    if figures.iter().all(|f| f.ratio <= f.target) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

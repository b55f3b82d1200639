//! `./dev bench`: times of the desk's pages as ratios to a yardstick measured in the same run, written as text and JSON;
//! a missed target fails the run. Times never stand in ordinary tests: a busy machine is not a defect.

use serde_json::json;
use sqlx::{Connection, PgConnection};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tests::{Person, Stage};

/// Consultations of the measured clinic and queue.
const CASES: i64 = 10_000;
/// Requests per figure.
const ROUNDS: usize = 200;

struct Figure {
    what: &'static str,
    p50: Duration,
    p99: Duration,
    /// p50 in yardsticks.
    ratio: f64,
    /// At most so many yardsticks.
    target: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let agent = stage.sign_in("fujishiro").await;
    let officer = stage.sign_in("miyasaka").await;
    let case = sample_case(&stage, &clinic).await;
    fill(&stage).await;
    let yardstick = yardstick(&stage).await;
    let mut figures = Vec::new();
    for (what, person, path, target) in [
        ("clinic's own list, 50 rows", &clinic, "/consultations".to_owned(), 60.0),
        ("staff list, 50 rows", &agent, "/queue".to_owned(), 90.0),
        ("prefecture's headers, 50 rows", &officer, "/area".to_owned(), 60.0),
        ("one case with its thread", &clinic, case, 60.0),
    ] {
        let (p50, p99) = measure(person, &path).await;
        figures.push(Figure { what, p50, p99, ratio: p50.as_secs_f64() / yardstick.as_secs_f64(), target });
    }
    report(yardstick, &figures)
}

/// A consultation made through the pages.
async fn sample_case(stage: &Stage, clinic: &Person) -> String {
    let draft = clinic.post("/ask/new", &[]).await.leads();
    let draft = draft.trim_end_matches("/symptom").to_owned();
    let steps: [(&str, &[(&str, &str)]); 8] = [
        ("symptom", &[("category", "INC-RAN")]),
        ("noticed", &[("noticed", "2026-11-16T06:40")]),
        ("care", &[("care", "partly")]),
        ("words", &[("title", "bench"), ("body", "bench")]),
        ("done", &[]),
        ("files", &[]),
        ("contact", &[("phone", "090-0000-0123"), ("contact", "bench")]),
        ("privacy", &[("privacy", "everyone")]),
    ];
    for (step, fields) in steps {
        clinic.post(&format!("{draft}/{step}"), fields).await.leads();
    }
    let case = clinic.post(&format!("{draft}/check"), &[]).await.leads();
    let _ = stage;
    case.split('?').next().unwrap_or_default().to_owned()
}

/// Copies the sample many times, past row security: the pages are what is measured, not the asking.
async fn fill(stage: &Stage) {
    let mut god = stage.god().await;
    for sql in [
        "CREATE TEMP TABLE grown AS SELECT c.id AS old, gen_random_uuid() AS new, n FROM consultations c, generate_series(1, $1) n",
        "INSERT INTO consultations (id, federation_id, number, requester_unit_id, opened_by, opened_from, queue_id, responsible_seat_id, category, class, line, care, state, privacy, created_at, updated_at, turn_since)
         SELECT g.new, c.federation_id, 'B-' || g.n, c.requester_unit_id, c.opened_by, c.opened_from, c.queue_id, c.responsible_seat_id, c.category, (ARRAY['S1','S2','S3','S4'])[1 + g.n % 4], c.line, c.care, 'in_work', 'everyone',
                c.created_at - g.n * interval '7 minutes', c.created_at, c.created_at FROM grown g JOIN consultations c ON c.id = g.old WHERE $1 > 0",
        "INSERT INTO consultation_texts (consultation_id, federation_id, title, done, noticed, phone, contact)
         SELECT g.new, t.federation_id, t.title, t.done, t.noticed, t.phone, t.contact FROM grown g JOIN consultation_texts t ON t.consultation_id = g.old WHERE $1 > 0",
    ] {
        sqlx::query(sql).bind(CASES).execute(&mut god).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }
    sqlx::query("ANALYZE").execute(&mut god).await.expect("analyze");
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

async fn measure(person: &Person, path: &str) -> (Duration, Duration) {
    for _ in 0..20 {
        person.get(path).await.expect(200);
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

fn report(yardstick: Duration, figures: &[Figure]) -> ExitCode {
    let ms = |d: Duration| d.as_secs_f64() * 1_000.0;
    let mut text = format!("yardstick: one prepared statement, p50 {:.3} ms; {CASES} consultations\n", ms(yardstick));
    for f in figures {
        let verdict = if f.ratio <= f.target { "ok  " } else { "MISS" };
        text += &format!(
            "{verdict} {:<32} p50 {:>7.2} ms  p99 {:>7.2} ms  {:>6.1} yardsticks (at most {:.0})\n",
            f.what,
            ms(f.p50),
            ms(f.p99),
            f.ratio,
            f.target
        );
    }
    print!("{text}");
    let folder = tests::root().join(".local/bench");
    let json = json!({
        "yardstick_ms": ms(yardstick),
        "cases": CASES,
        "figures": figures.iter().map(|f| json!({"what": f.what, "p50_ms": ms(f.p50), "p99_ms": ms(f.p99), "ratio": f.ratio, "target": f.target, "met": f.ratio <= f.target})).collect::<Vec<_>>(),
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

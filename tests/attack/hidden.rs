//! Part 1: what is hidden answers like what is not there, in status, bytes and time, in a database with many rows.

use crate::ground::Ground;
use crate::report::Report;
use crate::stats::{Paired, median};
use crate::visitor::Visitor;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::time::Instant;
use tests::Page;
use uuid::Uuid;
use web::app::all_routes;

/// Who asks: a clinic's owner, an agent, a prefecture's officer, somebody of the other federation.
const WHO: [&str; 4] = ["hanai", "kashiwagi", "nemoto", "saeki"];
/// Who asks for other people's drafts: they are their writer's alone, so that no role stands differently to them.
const WHO_DRAFTS: [&str; 2] = ["hanai", "nemoto"];
/// Interleaved rounds per route and person: one hidden id, one absent one.
const ROUNDS: usize = 100;
/// Rounds before them whose times do not count.
const WARM: usize = 10;
/// Differences of one route below this are accepted, in milliseconds, see README.md.
const BAND: f64 = 0.25;
/// The same of all routes of a person and a kind of id together.
const BAND_TOGETHER: f64 = 0.02;
/// Hidden ids of a kind that take turns.
const IDS: i32 = 40;
/// Parameters that name nothing anybody could hide, each with its reason.
const NOTHING_TO_HIDE: &[(&str, &str)] = &[
    ("locale", "a closed list"),
    ("token", "an invitation's page is the same whatever the token is worth"),
    ("name", "letters of the demo, which everybody may read there"),
    ("page", "the gallery of the demo"),
    ("sample", "the gallery of the demo"),
    ("hash", "assets are public"),
    ("*path", "assets are public"),
];

/// Everything two answers must have in common.
pub fn face(page: &Page) -> String {
    let request = page.headers.get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or("-");
    let mut headers: Vec<String> =
        page.headers.iter().filter(|(n, _)| !["x-request-id", "date"].contains(&n.as_str())).map(|(n, v)| format!("{n}: {v:?}")).collect();
    headers.sort();
    format!("{}\n{}\n\n{}", page.status, headers.join("\n"), page.body.replace(request, "REQUEST"))
}

/// Ids of a kind that this person must not find, by the design and without the product's code.
async fn hidden(ground: &Ground, parameter: &str, key: &str) -> Vec<Uuid> {
    let email = ground.email(key);
    let sql = match parameter {
        "case" => "WITH me AS (SELECT s.* FROM seats s JOIN people_contacts pc ON pc.person_id = s.person_id WHERE pc.email = $1 AND s.ended_at IS NULL)
            SELECT c.id FROM consultations c WHERE NOT EXISTS (SELECT 1 FROM me WHERE me.unit_id IN (c.requester_unit_id, c.prefecture_id, c.municipal_id) OR me.person_id = c.opened_by)
              AND NOT EXISTS (SELECT 1 FROM seat_queues q JOIN me ON me.id = q.seat_id WHERE q.queue_id IN (c.queue_id, c.offered_queue_id))
              AND NOT EXISTS (SELECT 1 FROM case_access a JOIN me ON me.unit_id = a.unit_id WHERE a.consultation_id = c.id)
              AND NOT EXISTS (SELECT 1 FROM consultation_people p JOIN me ON me.person_id = p.person_id WHERE p.consultation_id = c.id)
            ORDER BY md5(c.id::text) LIMIT $2::int",
        "draft" => "SELECT d.id FROM ask_drafts d JOIN people_contacts pc ON pc.person_id = d.person_id WHERE pc.email <> $1 ORDER BY md5(d.id::text) LIMIT $2::int",
        "version" => "SELECT v.id FROM file_versions v JOIN files f ON f.id = v.file_id JOIN people_contacts pc ON pc.person_id = f.uploaded_by
            WHERE pc.email <> $1 ORDER BY md5(v.id::text) LIMIT $2::int",
        other => panic!("nobody said what a hidden {other} is: say it here, or in NOTHING_TO_HIDE"),
    };
    ground.all(sql, &[email, &IDS.to_string()]).await
}

fn parameter(path: &str) -> Option<&str> {
    path.split('/').find_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// An id of the same age that nobody has: it falls among the same pages of every index.
fn absent(like: Uuid, dice: &mut StdRng) -> Uuid {
    Uuid::from_u128(like.as_u128() ^ u128::from(dice.r#gen::<u64>() >> 4 | 1))
}

/// Times of one route in milliseconds.
#[derive(Default)]
struct Times {
    hidden: Vec<f64>,
    absent: Vec<f64>,
}

async fn timed(who: &Visitor, path: &str) -> (Page, f64) {
    let began = Instant::now();
    let page = who.get(path).await;
    (page, began.elapsed().as_secs_f64() * 1_000.0)
}

/// One route as one person met it.
struct Met {
    /// Person and kind of id.
    of: String,
    /// Person and route.
    what: String,
    times: Times,
    faults: Vec<String>,
}

/// Asks for a hidden id and for an absent one in turns, in an order that is thrown anew each time.
async fn interleaved(who: &Visitor, path: &str, parameter: &str, ids: &[Uuid], dice: &mut StdRng) -> Met {
    let at = |id: Uuid| path.replace(&format!("{{{parameter}}}"), &id.to_string());
    let (mut times, mut faults) = (Times::default(), Vec::new());
    for n in 0..ROUNDS + WARM {
        let id = ids[n % ids.len()];
        let (there, nowhere) = (at(id), at(absent(id, dice)));
        let first = dice.r#gen::<bool>();
        let one = timed(who, if first { &there } else { &nowhere }).await;
        let other = timed(who, if first { &nowhere } else { &there }).await;
        let ((hidden, took), (absent, idle)) = if first { (one, other) } else { (other, one) };
        if hidden.status != 404 || face(&hidden) != face(&absent) {
            faults.push(format!("{} GET {there}: {} differs from {} of an absent id", who.key, hidden.status, absent.status));
        }
        if n >= WARM {
            times.hidden.push(took);
            times.absent.push(idle);
        }
    }
    // One of a route says it; the others are the same again.
    faults.truncate(2);
    Met { of: format!("{} {{{parameter}}}", who.key), what: format!("{} {path}", who.key), times, faults }
}

/// Every route with an id, as one person.
async fn as_person(ground: &Ground, key: &str, seed: u64) -> Vec<Met> {
    let (who, mut dice, mut met) = (Visitor::signed_in(ground, key).await, StdRng::seed_from_u64(seed), Vec::new());
    for route in all_routes().iter().filter(|r| r.method == "GET") {
        let Some(parameter) = parameter(route.path) else { continue };
        let enough = parameter == "draft" && !WHO_DRAFTS.contains(&key);
        if enough || NOTHING_TO_HIDE.iter().any(|(name, _)| *name == parameter) {
            continue;
        }
        let ids = hidden(ground, parameter, key).await;
        assert!(!ids.is_empty(), "{key} finds every {parameter}: nothing is hidden here");
        met.push(interleaved(&who, route.path, parameter, &ids, &mut dice).await);
    }
    met
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// What the times of all routes together say.
#[derive(Default)]
struct Widest {
    widest: f64,
    said: String,
    noise: f64,
    blind: f64,
    pooled: BTreeMap<String, Vec<f64>>,
    answers: usize,
    late: [usize; 2],
}

impl Widest {
    /// Looks at one route: told apart only if beyond chance, beyond what absent ids differ by among themselves, and beyond the band.
    fn judge(&mut self, met: &Met, step: f64, dice: &mut StdRng, report: &mut Report) {
        let (what, times) = (&met.what, &met.times);
        let real = Paired::of(&minus(&times.hidden, &times.absent), dice);
        let pairs = times.absent.chunks_exact(2).map(|pair| pair[0] - pair[1]).collect::<Vec<_>>();
        let noise = median(&pairs).abs();
        let least = real.chance.max(noise).max(BAND);
        let said = format!(
            "{what}: {:.2} ms, hidden - absent {:+.3} ms (p {:.4}), absent - absent {noise:.3} ms, chance up to {:.3} ms",
            median(&times.absent),
            real.median,
            real.p,
            real.chance
        );
        self.pooled.entry(met.of.clone()).or_default().extend(minus(&times.hidden, &times.absent));
        self.count_steps(times, step);
        self.noise = self.noise.max(noise);
        self.blind = self.blind.max(least);
        if real.median.abs() > self.widest {
            (self.widest, self.said) = (real.median.abs(), said.clone());
        }
        let soonest = times.hidden.iter().chain(&times.absent).copied().fold(f64::INFINITY, f64::min);
        report.must(soonest >= step, || format!("{what}: answered after {soonest:.2} ms, before its moment at {step} ms"));
        report.must(real.median.abs() <= least, || said);
    }

    /// How many answers did not come at the first step, hidden and absent.
    fn count_steps(&mut self, times: &Times, step: f64) {
        let late = |times: &[f64]| times.iter().filter(|took| **took >= 2.0 * step).count();
        self.answers += times.hidden.len();
        self.late = [self.late[0] + late(&times.hidden), self.late[1] + late(&times.absent)];
    }

    /// All routes of a person and a kind of id together: what many requests would show.
    fn tell(&self, dice: &mut StdRng, report: &mut Report) {
        for (of, differences) in &self.pooled {
            let real = Paired::of(differences, dice);
            let said = format!(
                "{of}: {} pairs, hidden - absent {:+.3} ms (p {:.4}); {:.3} ms would have been seen",
                differences.len(),
                real.median,
                real.p,
                real.chance.max(BAND_TOGETHER)
            );
            report.must(real.median.abs() <= real.chance.max(BAND_TOGETHER), || said.clone());
            report.note(said);
        }
        let [hidden, absent] = self.late;
        report.note(format!("of {0} and {0} answers, {hidden} hidden and {absent} absent ones came at a later step", self.answers));
    }
}

/// One's own case against an absent one is told apart, or the measurement is blind.
async fn control(ground: &Ground, dice: &mut StdRng, report: &mut Report) {
    let who = Visitor::signed_in(ground, "ooki").await;
    let sql = "SELECT c.id FROM consultations c JOIN people_contacts pc ON pc.person_id = c.opened_by WHERE pc.email = $1 LIMIT 1";
    let own: Uuid = ground.one(sql, &[ground.email("ooki")]).await.expect("a case of one's own");
    let met = interleaved(&who, "/c/{case}", "case", &[own], dice).await;
    let real = Paired::of(&minus(&met.times.hidden, &met.times.absent), dice);
    report.tried_often("ooki: own case against absent (control)", 2 * ROUNDS);
    report.must(real.median.abs() > real.chance.max(BAND) && !met.faults.is_empty(), || {
        "a case that is shown was not told from an absent one: this measures nothing".into()
    });
}

/// The part.
pub async fn run(ground: &Ground) -> bool {
    let mut report = Report::new("1 Hidden and absent: status, bytes, time");
    let (mut dice, mut widest) = (StdRng::seed_from_u64(1), Widest::default());
    let rows: i64 = ground.one("SELECT count(*) FROM consultations", &[]).await.unwrap_or_default();
    let step = f64::from(portal::config::Config::load(None).expect("settings").portal.not_found_ms);
    report.note(format!("{rows} consultations in the database; the portal answers such questions after {step} ms"));
    // Side by side: the time of an answer is nearly all waiting.
    let everybody = futures::future::join_all(WHO.iter().zip(10..).map(|(key, seed)| as_person(ground, key, seed))).await;
    for met in everybody.into_iter().flatten() {
        report.tried_often(&format!("{}: answers compared", met.of), 2 * ROUNDS);
        widest.judge(&met, step, &mut dice, &mut report);
        met.faults.into_iter().for_each(|fault| report.find(fault));
    }
    control(ground, &mut dice, &mut report).await;
    widest.tell(&mut dice, &mut report);
    report.note(format!("absent against absent: medians differ by {:.3} ms at most", widest.noise));
    report.note(format!("widest: {:.3} ms: {}", widest.widest, widest.said));
    report.note(format!("accepted: within chance (one in a thousand), or within {BAND} ms; {:.2} ms at most", widest.blind));
    report.close()
}

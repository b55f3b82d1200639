//! The audit record under load: how soon entries are sealed, and whether their writers notice the sealer.

use crate::report::{Bound, Report};
use crate::site::Site;
use access::Actor;
use kernel::RequestId;
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{AuditEntry, Db, PoolSettings};
use tests::Running;
use uuid::Uuid;

/// Writers, and how often each writes; they are spread over that time, as people are.
const WRITERS: u32 = 25;
const EVERY: Duration = Duration::from_millis(50);
const RATE: f64 = 500.0;
/// How long they write in one turn, and how many turns there are with the sealer and without:
/// two rounds of the sealer; so short that a single wait for the disk does not meet every turn.
const LENGTH: Duration = Duration::from_secs(4);
const TURNS: usize = 15;
/// How long a worker may take until nothing of its start is left.
const PATIENCE: Duration = Duration::from_secs(600);

/// Waits of one turn, in rising order.
struct Turn(Vec<Duration>);

impl Turn {
    fn p(&self, percent: usize) -> f64 {
        self.0[self.0.len() * percent / 100].as_secs_f64() * 1_000.0
    }
}

/// What the writers need.
struct Writers<'a> {
    site: &'a Site,
    god: PgConnection,
    /// By the wall's clock, unlike the stage's: how old an entry is when it is sealed is to be seen.
    db: Db,
    actor: Arc<Actor>,
}

pub async fn measure(report: &mut Report, site: &Site) {
    report.note(format!(
        "audit: {WRITERS} writers, {RATE:.0} entries/s, each in a transaction of its own on disk before it counts; the wait is counted from when the write was due; {TURNS} turns of {} s with a worker that seals and as many without any worker, in turns; of each side the middle one of its turns' p99, so that one checkpoint decides nothing",
        LENGTH.as_secs()
    ));
    let mut writers = Writers::of(site).await;
    site.come_to_rest().await;
    let starting = writers.beside_a_start(report).await;
    let (mut on, mut off, mut lag) = (Vec::new(), Vec::new(), 0.0_f64);
    for turn in 0..TURNS {
        // The order changes: neither side has always the fresher tables.
        for sealing in if turn % 2 == 0 { [true, false] } else { [false, true] } {
            if sealing {
                let (turn, longest) = writers.beside_the_sealer().await;
                on.push(turn);
                lag = lag.max(longest);
            } else {
                off.push(writers.alone().await);
            }
        }
    }
    figures(report, &on, &off, lag);
    let p99 = middle(&off, 99);
    report.add(
        "audit: p99 of a write, worker just started ÷ off",
        starting.0.p(99) / p99,
        "times",
        None,
        format!("{:.2} and {p99:.2} ms; it compared {} months meanwhile", starting.0.p(99), starting.1),
    );
}

fn figures(report: &mut Report, on: &[Turn], off: &[Turn], lag: f64) {
    let writes = |turns: &[Turn]| turns.iter().map(|turn| turn.0.len()).sum::<usize>();
    let rate = writes(on) as f64 / (LENGTH.as_secs_f64() * on.len() as f64);
    report.add("audit: writes per second", rate, "/s", Some((Bound::AtLeast, RATE * 0.98)), format!("{WRITERS} writers"));
    let beside = "the longest from an entry's instant to its link's";
    report.add("audit: sealed after it was written", lag, "s", Some((Bound::AtMost, 5.0)), beside);
    let each = |turns: &[Turn]| turns.iter().map(|turn| format!("{:.1}", turn.p(99))).collect::<Vec<_>>().join(" ");
    let beside = format!(
        "{:.2} and {:.2} ms; p50 {:.2} and {:.2} ms; {} and {} writes; on {}; off {}",
        middle(on, 99),
        middle(off, 99),
        middle(on, 50),
        middle(off, 50),
        writes(on),
        writes(off),
        each(on),
        each(off)
    );
    report.add("audit: p99 of a write, sealer on ÷ off", middle(on, 99) / middle(off, 99), "times", Some((Bound::AtMost, 1.2)), beside);
}

/// The middle one of the turns' percentiles, in milliseconds.
fn middle(turns: &[Turn], percent: usize) -> f64 {
    let mut each: Vec<f64> = turns.iter().map(|turn| turn.p(percent)).collect();
    each.sort_by(f64::total_cmp);
    f64::midpoint(each[(each.len() - 1) / 2], each[each.len() / 2])
}

impl<'a> Writers<'a> {
    async fn of(site: &'a Site) -> Self {
        let mut god = site.stage.god().await;
        let seat: Uuid = sqlx::query_scalar("SELECT id FROM seats WHERE role = 'lead' AND ended_at IS NULL LIMIT 1")
            .fetch_one(&mut god)
            .await
            .expect("a lead");
        let cookie = site.sign_in(&mut god, seat).await;
        let token = cookie.split_once('=').map(|(_, token)| token).unwrap_or_default();
        let url = site.stage.config.database.app_url.as_deref().expect("url");
        let db = Db::connect(url, kernel::Clock::wall(), PoolSettings::default()).await.expect("database");
        let actor = Arc::new(identity::read_session(&db, token).await.expect("database").expect("a live session"));
        Self { site, god, db, actor }
    }

    async fn number(&mut self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.god).await.unwrap_or_else(|error| panic!("{error}: {sql}"))
    }

    async fn links(&mut self) -> i64 {
        self.number("SELECT coalesce(sum(n), 0)::bigint FROM (SELECT max(seq) AS n FROM audit_seals GROUP BY federation_id) x").await
    }

    async fn compared(&mut self) -> i64 {
        self.number("SELECT count(*) FROM desk_count_marks WHERE compared_at IS NOT NULL").await
    }

    /// The first start after a load: letters that wait, all months to compare. What writers notice of it, and how many months it was.
    async fn beside_a_start(&mut self, report: &mut Report) -> (Turn, i64) {
        let before = self.compared().await;
        let (worker, metrics) = self.site.worker();
        let began = Instant::now();
        let turn = self.write().await;
        let compared = self.compared().await - before;
        self.at_rest(&metrics).await;
        report.note(format!("audit: the first worker after the load was at rest after {:.0} s", began.elapsed().as_secs_f64()));
        stop(worker).await;
        (turn, compared)
    }

    /// One turn beside a worker that is past its start and really seals; and the longest that one of its entries waited for its link.
    async fn beside_the_sealer(&mut self) -> (Turn, f64) {
        let (worker, metrics) = self.site.worker();
        self.at_rest(&metrics).await;
        let (before, began) = (self.links().await, kernel::Clock::wall().now());
        let turn = self.write().await;
        // What is sealed now was sealed while they wrote: one whole round of two at least, the second may be under way.
        let sealed = self.links().await - before;
        assert!(sealed as f64 > turn.0.len() as f64 * 0.3, "{sealed} of {} entries were sealed while they were written", turn.0.len());
        self.at_rest(&metrics).await;
        let sql = "SELECT extract(epoch FROM max(s.sealed_at - e.at))::float8 FROM audit_entries e JOIN audit_seals s ON s.entry_id = e.id WHERE e.at >= $1";
        let longest: f64 = sqlx::query_scalar(sql).bind(began).fetch_one(&mut self.god).await.expect("sealed entries");
        stop(worker).await;
        (turn, longest)
    }

    /// One turn with no worker at all.
    async fn alone(&mut self) -> Turn {
        let before = self.links().await;
        let turn = self.write().await;
        assert_eq!(self.links().await, before, "somebody seals");
        turn
    }

    /// Until a worker has done all that there is to do: each piece of its clockwork once, and nothing is left to seal, send, scan, fold
    /// or compare.
    async fn at_rest(&mut self, metrics: &str) {
        const LEFT: &str = "SELECT (SELECT count(*) FROM audit_unsealed) + (SELECT count(*) FROM graphile_worker._private_jobs WHERE run_at <= now() AND attempts < max_attempts)
            + (SELECT count(*) FROM desk_count_deltas) + (SELECT count(*) FROM desk_count_marks WHERE compared_at IS NULL)";
        const ROUNDS: &[&str] = &["seal", "sweep", "sweep_objects", "collect", "count"];
        let began = Instant::now();
        loop {
            // Its port opens a moment after its start.
            let said = match reqwest::get(metrics).await {
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            };
            let undone: Vec<_> =
                ROUNDS.iter().filter(|what| !said.contains(&format!("portal_clockwork_done_total{{what=\"{what}\"}}"))).collect();
            let left = self.number(LEFT).await;
            if left == 0 && undone.is_empty() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "the worker does not come to rest: {left} pieces are left, not done yet: {undone:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Writes at the rate for one turn.
    async fn write(&self) -> Turn {
        let mut hands = tokio::task::JoinSet::new();
        let began = tokio::time::Instant::now() + EVERY;
        for n in 0..WRITERS {
            hands.spawn(writer(self.db.clone(), self.actor.clone(), began + EVERY * n / WRITERS));
        }
        let mut all: Vec<Duration> = hands.join_all().await.into_iter().flatten().collect();
        all.sort();
        Turn(all)
    }
}

/// One writer, from `first` on: the waits from when each write was due.
async fn writer(db: Db, actor: Arc<Actor>, first: tokio::time::Instant) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut tick = tokio::time::interval_at(first, EVERY);
    while times.len() < (LENGTH.as_millis() / EVERY.as_millis()) as usize {
        let due = tick.tick().await;
        let tx = db.begin(&actor, RequestId::new(db.clock())).await.expect("transaction");
        tx.audit(AuditEntry::new("bench.written", kernel::ids::new_uuid(db.clock()))).await.expect("entry");
        tx.commit().await.expect("commit");
        times.push(due.elapsed());
    }
    times
}

async fn stop(mut worker: Running) {
    worker.signal("TERM");
    assert!(worker.end().await.success(), "the worker ended badly: {}", worker.log());
}

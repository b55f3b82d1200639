//! `portal work`: jobs from the queue, and what happens by the clock: sealing the audit record (`sealing.rs`), sweeping files and
//! sign-ins, closing what was resolved long ago, handing over what nobody answers for, counting (`counting.rs`). Every piece may run
//! twice and in several processes.

use crate::config::Config;
use crate::letters::Letters;
use crate::serve::{stop_signal, told};
use crate::{ops, wire};
use anyhow::Context;
use graphile_worker::{IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, WorkerContext, WorkerOptions};
use kernel::{Clock, EventId, FileVersionId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use store::{Db, JOB_QUEUE_SCHEMA, Job, SystemReason};
use tokio::sync::watch;

/// How long work under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What jobs need.
#[derive(Clone)]
pub struct Bench {
    /// The database as `portal_worker`.
    pub db: Db,
    /// The object store.
    pub blobs: blobs::Blobs,
    /// The scanner.
    pub scanner: Arc<dyn files::Scanner>,
    /// The way out for letters.
    pub mailer: Arc<dyn mail::Mailer>,
    /// Their words.
    pub words: Arc<Letters>,
    /// How browsers reach the portal.
    pub public_url: String,
    /// How many letters go out one by one.
    pub budget: notifications::Budget,
    /// Makes the links of invitations.
    pub links: identity::InvitationLinks,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bench")
    }
}

#[derive(Deserialize, Serialize)]
struct ScanFile {
    version: FileVersionId,
}

impl TaskHandler for ScanFile {
    const IDENTIFIER: &'static str = "scan_file";
    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let bench = bench(&context)?;
        files::scan(&bench.db, &bench.blobs, &*bench.scanner, self.version).await.map_err(|error| failed("scan_file", &error))
    }
}

#[derive(Deserialize, Serialize)]
struct SendMail {
    event: EventId,
}

impl TaskHandler for SendMail {
    const IDENTIFIER: &'static str = "send_mail";
    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let bench = bench(&context)?;
        bench.send(self.event).await.map_err(|error| failed("send_mail", &error))
    }
}

fn bench(context: &WorkerContext) -> Result<Bench, String> {
    context.get_ext::<Bench>().cloned().ok_or_else(|| "no bench".to_owned())
}

fn failed(task: &'static str, error: &dyn std::fmt::Display) -> String {
    metrics::counter!("portal_jobs_failed_total", "task" => task).increment(1);
    tracing::warn!(task, %error, "job will be tried again");
    error.to_string()
}

fn count(done: notifications::Sent) {
    for (outcome, letters) in [("sent", done.sent), ("refused", done.refused), ("held", done.held)] {
        metrics::counter!("portal_letters_total", "outcome" => outcome).increment(letters as u64);
    }
}

impl Bench {
    /// From settings.
    pub async fn of(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        Ok(Self {
            db: wire::worker_db(config, clock).await?,
            blobs: wire::blobs(config)?,
            scanner: Arc::new(wire::scanner(config)),
            mailer: wire::mailer(config).await?,
            words: Arc::new(Letters(web::words::Words::load().context("locales")?)),
            public_url: config.portal.public_url.trim_end_matches('/').to_owned(),
            budget: wire::budget(config),
            links: wire::links(config)?,
        })
    }

    /// Tells the people concerned about an event.
    pub async fn send(&self, event: EventId) -> Result<(), notifications::NotifyError> {
        self.post().send(event).await.map(count)
    }

    /// Writes the letters that collect what was held back, and says how many wait.
    pub async fn collect(&self) -> anyhow::Result<()> {
        let waiting = self.post().waiting().await?;
        let age = waiting.oldest.map_or(0.0, |at| (self.db.clock().now() - at).as_seconds_f64());
        metrics::gauge!("portal_letters_open").set(waiting.open as f64);
        metrics::gauge!("portal_letters_oldest_open_seconds").set(age);
        metrics::gauge!("portal_letters_held").set(waiting.held as f64);
        Ok(self.post().collect().await.map(count)?)
    }

    fn post(&self) -> notifications::Post<'_> {
        notifications::Post {
            db: &self.db,
            mailer: &*self.mailer,
            words: &*self.words,
            public_url: &self.public_url,
            budget: self.budget,
            links: &self.links,
        }
    }

    /// Housekeeping of every minute.
    pub async fn sweep(&self) -> anyhow::Result<()> {
        let tx = self.db.begin_system(SystemReason::SweepFiles).await?;
        for version in files::sweep(&tx).await? {
            tx.enqueue(&Job::ScanFile { version }).await?;
        }
        tx.drop_replaced_jobs().await?;
        tx.commit().await?;
        let tx = self.db.begin_system(SystemReason::SweepSignIns).await?;
        identity::sweep_sign_ins(&tx).await?;
        desk::commands::sweep_writing(&tx).await?;
        tx.commit().await?;
        let tx = self.db.begin_system(SystemReason::CloseResolved).await?;
        let closed = desk::commands::close_resolved(&tx, 200).await?;
        tx.commit().await?;
        if closed > 0 {
            tracing::info!(closed, "consultations closed after their time");
        }
        self.hand_over().await
    }

    /// Removes objects that no file needs. A store that is away waits for the next round.
    pub async fn sweep_objects(&self) -> anyhow::Result<()> {
        let removed = files::sweep_objects(&self.db, &self.blobs).await?;
        if removed > 0 {
            tracing::info!(removed, "objects that no file needs removed");
        }
        Ok(())
    }

    /// Nobody answers for a case any more: somebody does from now on. A duty that nobody answers for is for people to settle.
    async fn hand_over(&self) -> anyhow::Result<()> {
        let tx = self.db.begin_system(SystemReason::HandOver).await?;
        let handed = desk::commands::hand_over_lapsed(&tx, 200).await?;
        let lapsed = desk::commands::duties_lapsed(&tx).await?;
        tx.commit().await?;
        if handed > 0 {
            tracing::info!(handed, "consultations handed over from seats that had run out");
        }
        metrics::gauge!("portal_duties_lapsed").set(lapsed.len() as f64);
        if !lapsed.is_empty() {
            tracing::error!(queues = lapsed.join(" "), "the seat on duty does not answer: somebody must take the duty");
        }
        Ok(())
    }
}

/// Runs until SIGINT or SIGTERM.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let bench = Bench::of(config, Clock::wall()).await?;
    let stop = stop_signal()?;
    let ops = ops::serve(&config.portal.ops_listen, bench.db.clone(), told(stop.clone()));
    tokio::try_join!(ops, all(config, bench, stop)).map(drop)
}

/// Jobs and clockwork until told to stop.
pub async fn all(config: &Config, bench: Bench, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let (objects, rounds, counts) =
        (objects(bench.clone(), stop.clone()), rounds(bench.clone(), stop.clone()), counts(bench.clone(), stop.clone()));
    tokio::try_join!(jobs(config, bench.clone(), stop.clone()), objects, rounds, counts, clockwork(bench, stop)).map(drop)
}

/// Jobs until told to stop. The queue's worker ends when the database goes away while it notes that a job is done: another one takes its
/// place, and what it held comes back when it is missed. What fails before anything worked is a fault of the settings, and the end.
async fn jobs(config: &Config, bench: Bench, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut worked = false;
    loop {
        match queue(config, bench.clone(), stop.clone(), &mut worked).await {
            Err(error) if worked && !*stop.borrow() => note("jobs", Err(error)),
            done => return done,
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn queue(config: &Config, bench: Bench, stop: watch::Receiver<bool>, worked: &mut bool) -> anyhow::Result<()> {
    let url = config.database.worker_url.as_deref().context("database.worker_url is not set")?;
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(6).connect(url).await.context("database.worker_url")?;
    let worker = WorkerOptions::default()
        .pg_pool(pool.clone())
        .schema(JOB_QUEUE_SCHEMA)
        .concurrency(4)
        // Without a local queue a backlog drains at one job per poll and thread; without a delay the local queue asks again
        // as fast as the database answers. The first new job ends the delay.
        .local_queue(
            LocalQueueConfig::default()
                .with_size(100)
                .with_refetch_delay(RefetchDelayConfig::default().with_duration(Duration::from_millis(900)).with_max_abort_threshold(1)),
        )
        // The jobs of a killed worker come back after a minute; without this they stay locked for four hours.
        .heartbeat_interval(Duration::from_secs(10))
        .sweep_interval(Duration::from_secs(20))
        .sweep_threshold(Duration::from_secs(60))
        .recovery_delay(Duration::from_secs(5))
        .add_extension(bench)
        .define_job::<ScanFile>()
        .define_job::<SendMail>()
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .shutdown_signal(told(stop))
        .init()
        .await
        .context("job queue")?;
    *worked = true;
    let done = worker.run().await.context("job queue");
    pool.close().await;
    done
}

/// Removing objects, every ten minutes. Apart from the clockwork: a slow store must not keep the sealer waiting.
async fn objects(bench: Bench, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut round = tokio::time::interval(Duration::from_secs(600));
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let stopped = told(stop);
    tokio::pin!(stopped);
    loop {
        tokio::select! { () = &mut stopped => return Ok(()), _ = round.tick() => {} }
        // Cut off at any point, the next round goes on.
        tokio::select! { () = &mut stopped => return Ok(()), outcome = bench.sweep_objects() => note("sweep_objects", outcome) }
    }
}

/// Counting, every half minute. Apart from the clockwork: comparing years must not keep the sealer waiting.
async fn counts(bench: Bench, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut round = tokio::time::interval(Duration::from_secs(30));
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let stopped = told(stop);
    tokio::pin!(stopped);
    loop {
        tokio::select! { () = &mut stopped => return Ok(()), _ = round.tick() => {} }
        // Cut off at any point, nothing is lost or counted twice.
        tokio::select! { () = &mut stopped => return Ok(()), outcome = bench.count() => note("count", outcome.map(drop)) }
    }
}

/// Collecting letters, every minute. Apart from the clockwork: a slow mail server must not keep the sealer waiting.
async fn rounds(bench: Bench, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut round = tokio::time::interval(Duration::from_secs(60));
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let stopped = told(stop);
    tokio::pin!(stopped);
    loop {
        tokio::select! { () = &mut stopped => return Ok(()), _ = round.tick() => {} }
        let collecting = bench.collect();
        tokio::pin!(collecting);
        let outcome = tokio::select! {
            outcome = &mut collecting => outcome,
            // A letter under way gets as long as a job does; after that its claim runs out and the next worker repeats it.
            () = &mut stopped => {
                if let Ok(outcome) = tokio::time::timeout(GRACE, collecting).await {
                    return outcome;
                }
                tracing::warn!("a collecting letter was cut off");
                return Ok(());
            }
        };
        note("collect", outcome);
    }
}

/// What happens by the clock. A failure is logged and tried at the next tick; it never ends the process.
async fn clockwork(bench: Bench, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let mut seal = tokio::time::interval(Duration::from_secs(2));
    let mut sweep = tokio::time::interval(Duration::from_secs(60));
    for tick in [&mut seal, &mut sweep] {
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    }
    let stopped = told(stop);
    tokio::pin!(stopped);
    loop {
        let (what, outcome) = tokio::select! {
            () = &mut stopped => return Ok(()),
            _ = seal.tick() => ("seal", bench.seal().await.map(drop)),
            _ = sweep.tick() => ("sweep", bench.sweep().await),
        };
        note(what, outcome);
    }
}

/// A failure of the clockwork is tried again at the next tick.
fn note(what: &'static str, outcome: anyhow::Result<()>) {
    match outcome {
        Ok(()) => metrics::counter!("portal_clockwork_done_total", "what" => what).increment(1),
        Err(error) => {
            metrics::counter!("portal_clockwork_failed_total", "what" => what).increment(1);
            tracing::error!(what, error = format!("{error:#}"), "clockwork");
        }
    }
}

//! The worker outlives its database: cut off at the instant at which it notes that a job is done, it takes up the next ones.

use async_trait::async_trait;
use mail::{MailError, Mailer, MemoryMailer, Message};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tests::{Gate, Stage, until};
use tokio::sync::{Notify, Semaphore, watch};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// A mail server that keeps everybody waiting until it is let go: whoever waits has a job in hands.
struct Slow {
    through: MemoryMailer,
    somebody: Notify,
    go: Semaphore,
}

#[async_trait]
impl Mailer for Slow {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        self.somebody.notify_one();
        self.go.acquire().await.expect("never closed").forget();
        self.through.send(message).await
    }

    async fn ping(&self) -> Result<(), MailError> {
        self.through.ping().await
    }
}

/// How often the portal has said that its queue's worker ended or could not begin.
#[derive(Clone, Default)]
struct Ended(Arc<AtomicU32>);

impl<S: tracing::Subscriber> Layer<S> for Ended {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "portal::work" {
            event.record(&mut What(&self.0));
        }
    }
}

struct What<'a>(&'a AtomicU32);

impl tracing::field::Visit for What<'_> {
    fn record_str(&mut self, field: &tracing::field::Field, text: &str) {
        if field.name() == "what" && text == "jobs" {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}

/// A stage whose queue is reached through a gate, and nothing else is.
async fn behind_a_gate() -> (Stage, Gate) {
    let mut stage = Stage::new().await;
    let url = stage.config.database.worker_url.as_deref().expect("worker url");
    let mut url = url::Url::parse(url).expect("an address");
    let server = format!("{}:{}", url.host_str().expect("host"), url.port().expect("port"));
    let gate = Gate::before(&server).await.expect("gate");
    let address: std::net::SocketAddr = gate.address().parse().expect("address");
    url.set_ip_host(address.ip()).expect("host");
    url.set_port(Some(address.port())).expect("port");
    stage.config.database.worker_url = Some(url.to_string());
    (stage, gate)
}

#[tokio::test]
async fn the_worker_goes_on_when_the_database_went_away_while_a_job_was_noted() {
    let ended = Ended::default();
    let _heard = tests::hear(tracing_subscriber::registry().with(ended.clone()));
    let (mut stage, mut gate) = behind_a_gate().await;
    let slow = Arc::new(Slow { through: stage.letters.clone(), somebody: Notify::new(), go: Semaphore::new(0) });
    stage.bench.mailer = slow.clone();
    let (stop, stopped) = watch::channel(false);
    let (config, bench) = (stage.config.clone(), stage.bench.clone());
    let worker = tokio::spawn(async move { portal::work::all(&config, bench, stopped).await });

    let clinic = stage.sign_in("aizawa").await;
    crate::desk::ask(&clinic, "記録の前に切れた仕事", "everyone").await;
    tokio::time::timeout(Duration::from_secs(10), slow.somebody.notified()).await.expect("the job is under way");
    gate.bar().await.expect("barred");
    slow.go.add_permits(1_000);
    // Only the queue is away: the letter goes out, and that its job is done cannot be noted.
    // The next one cannot begin yet, which is no end either.
    until("the end of two of the queue's workers", async || ended.0.load(Ordering::SeqCst) > 1 || worker.is_finished()).await;
    assert!(!worker.is_finished(), "jobs and clockwork ended with it");
    let before = stage.letters.take().len();
    assert!(before > 0, "the letter was handed over");

    gate.open().await.expect("open");
    crate::desk::ask(&clinic, "戻ってからの仕事", "everyone").await;
    until("the next job's letter", async || !stage.letters.sent().is_empty()).await;
    stop.send(true).expect("the worker listens");
    worker.await.expect("the worker's task").expect("the worker ended well");
}

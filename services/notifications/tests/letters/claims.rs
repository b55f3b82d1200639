//! Parallel runs, and workers that die.

use crate::world::world;
use access::Role;
use mail::{MailError, Mailer, MemoryMailer, Message};
use notifications::Sent;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

const ONE: Sent = Sent { sent: 1, refused: 0, held: 0 };
const REFUSED: Sent = Sent { sent: 0, refused: 1, held: 0 };

/// Takes letters, and with each waits at the gate before it answers.
#[derive(Default)]
struct Gate {
    taken: Mutex<Vec<String>>,
    arrived: Notify,
    open: Notify,
}

impl Gate {
    fn taken(&self) -> Vec<String> {
        let mut ids = self.taken.lock().expect("taken").clone();
        ids.sort();
        ids
    }
}

#[async_trait::async_trait]
impl Mailer for Gate {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        self.taken.lock().expect("taken").push(message.message_id().to_owned());
        self.arrived.notify_one();
        self.open.notified().await;
        Ok(())
    }
    async fn ping(&self) -> Result<(), MailError> {
        Ok(())
    }
}

/// Answers after a while, so that everybody else has come by meanwhile.
#[derive(Default)]
struct Slow(Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Mailer for Slow {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        self.0.lock().expect("taken").push(message.message_id().to_owned());
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        Ok(())
    }
    async fn ping(&self) -> Result<(), MailError> {
        Ok(())
    }
}

/// Takes a letter, and before it answers the database is gone for everybody but a superuser, for a second and a half.
struct Cutting {
    admin: sqlx::PgPool,
    taken: Mutex<usize>,
}

#[async_trait::async_trait]
impl Mailer for Cutting {
    async fn send(&self, _: &Message) -> Result<(), MailError> {
        *self.taken.lock().expect("taken") += 1;
        let limit = async |admin: &sqlx::PgPool, most: i32| {
            let sql = format!("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT {most}', current_database()); END $$");
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(admin).await.expect("limit");
        };
        limit(&self.admin, 0).await;
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'portal_worker'";
        sqlx::query(cut).execute(&self.admin).await.expect("cut");
        let admin = self.admin.clone();
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
            limit(&admin, -1).await;
        });
        Ok(())
    }
    async fn ping(&self) -> Result<(), MailError> {
        Ok(())
    }
}

/// The database is away when a letter that was handed over is to be noted: it is noted when the database is back, and does not go twice.
#[tokio::test]
async fn a_letter_handed_over_while_the_database_goes_away_is_noted_afterwards() {
    let w = world().await;
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    let cutting = Cutting { admin: w.s.admin.clone(), taken: Mutex::default() };
    assert_eq!(w.send(&cutting, event).await.expect("noted"), ONE);
    assert_eq!(w.states().await, ["sent"]);
    assert_eq!(w.send(&cutting, event).await.expect("again"), Sent::default());
    assert_eq!(*cutting.taken.lock().expect("taken"), 1);
}

/// Four runs of one job on four connections at the same instant, for an event that two people are told of.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parallel_runs_one_hands_each_letter_over() {
    let w = world().await;
    let lead = w.s.actor(w.agent.federation, w.agent.unit, Role::Lead).await;
    for _ in 0..5 {
        let event = w.tell(&lead, "desk.consultation_opened.v1").await;
        let slow = Slow::default();
        let runs = tokio::join!(w.send(&slow, event), w.send(&slow, event), w.send(&slow, event), w.send(&slow, event));
        let sent: usize = [runs.0, runs.1, runs.2, runs.3].into_iter().map(|run| run.expect("run").sent).sum();
        let mut taken = slow.0.into_inner().expect("taken");
        taken.sort();
        taken.dedup();
        assert_eq!((sent, taken.len()), (2, 2), "two letters, each handed over once");
        // Whoever came too late comes back to see that the letters were noted, and then there is nothing left to do.
        assert_eq!(w.send(&MemoryMailer::new(), event).await.expect("again"), Sent::default());
        assert_eq!(w.s.count(format!("SELECT count(*) FROM outbox WHERE id = '{event}' AND handled_at IS NULL")).await, 0);
    }
    assert_eq!(w.s.count("SELECT count(*) FROM deliveries WHERE state = 'sent' AND attempts = 1 AND claim IS NULL").await, 10);
}

/// The worker is killed while the mail server has the letter: nobody repeats it while the claim lasts, the job comes back
/// when it is over, and what goes out then is the same letter.
#[tokio::test]
async fn a_worker_killed_while_handing_over_repeats_the_same_letter_after_the_lease_and_not_before() {
    let w = Arc::new(world().await);
    let gate = Arc::new(Gate::default());
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    let (world, mailer) = (w.clone(), gate.clone());
    let killed = tokio::spawn(async move { world.send(&*mailer, event).await });
    gate.arrived.notified().await;
    killed.abort();
    assert!(killed.await.expect_err("killed").is_cancelled());
    assert_eq!(w.states().await, ["intended"], "handed over and not noted");

    let mailer = MemoryMailer::new();
    assert_eq!(w.send(&mailer, event).await.expect("too early"), Sent::default());
    assert!(mailer.take().is_empty(), "another hand-over may still be under way");
    let back = "SELECT count(*) FROM graphile_worker._private_jobs j, deliveries d WHERE j.key = 'send_mail:' || d.event_id AND j.run_at = d.claimed_until AND j.attempts = 0";
    assert_eq!(w.s.count(back).await, 1, "the job comes back when the lease is over");
    assert_eq!(w.s.count("SELECT count(*) FROM outbox WHERE handled_at IS NULL").await, 1);

    w.s.clock.advance(time::Duration::seconds(90));
    assert_eq!(w.send(&mailer, event).await.expect("after the lease"), ONE);
    assert_eq!(vec![mailer.take()[0].message_id().to_owned()], gate.taken(), "the same letter");
    assert_eq!(w.states().await, ["sent"]);
    assert_eq!(w.s.count("SELECT count(*) FROM outbox WHERE handled_at IS NULL").await, 0);
}

/// A process that stood still longer than its claim wakes up: what the other one noted stays.
#[tokio::test]
async fn who_comes_back_after_the_lease_changes_nothing() {
    let w = Arc::new(world().await);
    let gate = Arc::new(Gate::default());
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    let (world, mailer) = (w.clone(), gate.clone());
    let late = tokio::spawn(async move { world.send(&*mailer, event).await });
    gate.arrived.notified().await;
    w.s.clock.advance(time::Duration::seconds(90));
    let refusing = MemoryMailer::new();
    refusing.fail_with(Some(MailError::Permanent("no such mailbox".into())));
    assert_eq!(w.send(&refusing, event).await.expect("taken over"), REFUSED);
    gate.open.notify_one();
    late.await.expect("ends").expect("no error");
    assert_eq!(w.states().await, ["refused"]);
}

//! Letters on a real database.

#[path = "../../tenancy/tests/support/mod.rs"]
mod support;

use access::{Actor, Role};
use kernel::{EventId, Level, Locale, RequestId, UnitId};
use mail::{MailError, Mailer, MemoryMailer, Message};
use notifications::{Facts, LetterKind, LetterWords, NotifyError, Post, Sent, Unsayable};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::Event;
use support::{Scratch, scratch};
use tokio::sync::Notify;
use uuid::Uuid;

struct Words;

impl LetterWords for Words {
    fn subject(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable> {
        Ok(format!("{locale} {} {}", kind.subject_key(), facts.number))
    }
    fn body(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable> {
        Ok(format!("{locale} {} {} {}", kind.lead_key(), facts.link, facts.federation))
    }
}

struct World {
    s: Scratch,
    asker: Actor,
    agent: Actor,
    case: Uuid,
}

async fn world() -> World {
    let s = scratch().await;
    let federation = s.federation("T").await;
    let prefecture = s.unit(federation, Level::Prefectural, "prefectural_association", "県", None, UnitId(federation.0)).await;
    let clinic = s.unit(federation, Level::Institution, "clinic", "医院", None, prefecture).await;
    let asker = s.actor(federation, clinic, Role::Staff).await;
    let agent = s.actor(federation, UnitId(federation.0), Role::Agent).await;
    let case = s.consultation(&asker, &agent).await;
    // Whoever tells of a case has a hand in it: the agent answers from the queue that holds it.
    s.sql(format!("INSERT INTO seat_queues (federation_id, seat_id, queue_id) SELECT federation_id, '{}', queue_id FROM consultations WHERE id = '{case}' ON CONFLICT DO NOTHING", agent.seat)).await;
    s.sql("UPDATE units SET name_en = 'Federation in English' WHERE level = 'federation'").await;
    World { s, asker, agent, case }
}

impl World {
    async fn tell(&self, by: &Actor, name: &'static str) -> EventId {
        let tx = self.s.app.begin(by, RequestId::new(&self.s.clock)).await.expect("tx");
        let event = tx.tell(by.federation, Event { name, subject: self.case, ids: vec![], mail: true }).await.expect("event");
        tx.commit().await.expect("commit");
        event
    }

    async fn send(&self, mailer: &dyn Mailer, event: EventId) -> Result<Sent, NotifyError> {
        Post { db: &self.s.worker, mailer, words: &Words, public_url: "https://portal.example.jp/" }.send(event).await
    }

    async fn states(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT state FROM deliveries ORDER BY id").fetch_all(&self.s.admin).await.expect("states")
    }
}

#[tokio::test]
async fn a_letter_is_a_number_and_a_link_once_and_in_the_readers_language() {
    let w = world().await;
    w.s.sql(format!("UPDATE people_contacts SET locale = 'en-GB' WHERE person_id = '{}'", w.asker.person)).await;
    let mailer = MemoryMailer::new();
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent { sent: 1, refused: 0 });
    let mails = mailer.take();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to().as_str(), format!("{}@example.jp", w.asker.person));
    assert_eq!(mail.locale(), Locale::En);
    assert_eq!(mail.subject(), format!("en mail-desk-replied-subject {}", w.case));
    assert_eq!(mail.body_text(), format!("en mail-desk-replied-lead https://portal.example.jp/c/{} Federation in English", w.case));
    assert_eq!(mail.event(), "desk.desk_replied.v1");
    // The job runs again: nothing more is said.
    assert_eq!(w.send(&mailer, event).await.expect("again"), Sent::default());
    assert!(mailer.take().is_empty());
    assert_eq!(w.states().await, ["sent"]);
    assert_eq!(w.s.count("SELECT count(*) FROM outbox WHERE handled_at IS NULL").await, 0);
}

#[tokio::test]
async fn who_is_told_follows_the_event_and_never_the_one_who_acted() {
    let w = world().await;
    let by_agent = ["desk.desk_replied.v1", "desk.consultation_resolved.v1", "desk.consultation_closed.v1"];
    let by_asker = ["desk.consultation_opened.v1", "desk.requester_replied.v1", "desk.consultation_reopened.v1"];
    let mailer = MemoryMailer::new();
    for (names, by, reader) in [(by_agent, &w.agent, &w.asker), (by_asker, &w.asker, &w.agent)] {
        for name in names {
            let event = w.tell(by, name).await;
            w.send(&mailer, event).await.expect("send");
            let to: Vec<_> = mailer.take().iter().map(|m| m.to().as_str().to_owned()).collect();
            assert_eq!(to, [format!("{}@example.jp", reader.person)], "{name}");
        }
    }
    // Taking a case oneself is no news to oneself; a note is no news to anybody.
    for name in ["desk.consultation_assigned.v1", "desk.note_added.v1"] {
        let event = w.tell(&w.agent, name).await;
        assert_eq!(w.send(&mailer, event).await.expect("send"), Sent::default());
    }
    let lead = w.s.actor(w.agent.federation, w.agent.unit, Role::Lead).await;
    let event = w.tell(&lead, "desk.consultation_assigned.v1").await;
    assert_eq!(w.send(&mailer, event).await.expect("send").sent, 1);
    assert_eq!(mailer.take()[0].to().as_str(), format!("{}@example.jp", w.agent.person));
}

#[tokio::test]
async fn an_offer_is_told_to_the_duty_seat_of_the_queue_it_is_offered_to() {
    let w = world().await;
    let other = w.s.actor(w.agent.federation, w.agent.unit, Role::Agent).await;
    w.s.sql(format!("INSERT INTO queues (federation_id, code, name, name_en, line, unit_id, duty_seat_id) VALUES ({}, 'two', '2次', 'Second', '2', {}, '{}')", other.federation, other.unit, other.seat)).await;
    w.s.sql(format!("UPDATE consultations SET offered_queue_id = (SELECT id FROM queues WHERE code = 'two'), offered_by = '{}', offered_at = now(), version = version + 1", w.agent.seat)).await;
    let mailer = MemoryMailer::new();
    let event = w.tell(&w.agent, "desk.consultation_offered.v1").await;
    w.send(&mailer, event).await.expect("send");
    assert_eq!(mailer.take()[0].to().as_str(), format!("{}@example.jp", other.person));
}

#[tokio::test]
async fn a_temporary_refusal_is_tried_again_under_the_same_id() {
    let w = world().await;
    let mailer = MemoryMailer::new();
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    mailer.fail_with(Some(MailError::Temporary("greylisted".into())));
    assert!(matches!(w.send(&mailer, event).await, Err(NotifyError::Temporary { open: 1, .. })));
    assert_eq!(w.states().await, ["intended"]);
    assert_eq!(w.s.count("SELECT count(*) FROM outbox WHERE handled_at IS NULL").await, 1);
    mailer.fail_with(None);
    assert_eq!(w.send(&mailer, event).await.expect("send").sent, 1);
    let id: Uuid = sqlx::query_scalar("SELECT id FROM deliveries").fetch_one(&w.s.admin).await.expect("id");
    assert_eq!(mailer.take()[0].message_id(), format!("letter.{id}"));
    assert_eq!(w.s.count("SELECT attempts::bigint FROM deliveries").await, 2);
}

#[tokio::test]
async fn a_refusal_for_good_is_kept_and_not_repeated() {
    let w = world().await;
    let mailer = MemoryMailer::new();
    mailer.fail_with(Some(MailError::Permanent("no such mailbox".into())));
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent { sent: 0, refused: 1 });
    mailer.fail_with(None);
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent::default());
    assert!(mailer.take().is_empty());
    // An address that cannot be written to is the same.
    w.s.sql(format!("UPDATE people_contacts SET email = 'a@b@c' WHERE person_id = '{}'", w.asker.person)).await;
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent { sent: 0, refused: 1 });
    assert_eq!(w.states().await, ["refused", "refused"]);
}

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
    assert_eq!(w.send(&mailer, event).await.expect("after the lease"), Sent { sent: 1, refused: 0 });
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
    assert_eq!(w.send(&refusing, event).await.expect("taken over"), Sent { sent: 0, refused: 1 });
    gate.open.notify_one();
    late.await.expect("ends").expect("no error");
    assert_eq!(w.states().await, ["refused"]);
}

#[tokio::test]
async fn somebody_whose_seat_ended_before_the_letter_left_is_not_written_to() {
    let w = world().await;
    let mailer = MemoryMailer::new();
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    mailer.fail_with(Some(MailError::Temporary("down".into())));
    assert!(w.send(&mailer, event).await.is_err());
    mailer.fail_with(None);
    w.s.sql(format!("UPDATE seats SET ended_at = now() WHERE id = '{}'", w.asker.seat)).await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent { sent: 0, refused: 1 });
    assert!(mailer.take().is_empty());
}

/// Looks from inside `send` whether somebody else can take the rows: no transaction of ours may be open meanwhile.
struct Watching<'a> {
    admin: &'a sqlx::PgPool,
    seen: AtomicUsize,
}

#[async_trait::async_trait]
impl Mailer for Watching<'_> {
    async fn send(&self, _: &Message) -> Result<(), MailError> {
        let open: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = 'portal_worker' AND datname = current_database() AND state LIKE 'idle in transaction%'")
            .fetch_one(self.admin)
            .await
            .map_err(|e| MailError::Temporary(e.to_string()))?;
        self.seen.fetch_add(1, Ordering::Relaxed);
        if open == 0 { Ok(()) } else { Err(MailError::Permanent("a transaction is open".into())) }
    }
    async fn ping(&self) -> Result<(), MailError> {
        Ok(())
    }
}

#[tokio::test]
async fn no_transaction_is_open_while_the_mail_server_is_asked() {
    let w = world().await;
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    let watching = Watching { admin: &w.s.admin, seen: AtomicUsize::new(0) };
    assert_eq!(w.send(&watching, event).await.expect("send"), Sent { sent: 1, refused: 0 });
    assert_eq!(watching.seen.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_web_process_can_neither_read_addresses_nor_settle_letters() {
    let w = world().await;
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    w.send(&MemoryMailer::new(), event).await.expect("send");
    let tx = w.s.app.begin(&w.agent, RequestId::new(&w.s.clock)).await.expect("tx");
    assert!(tx.run("SELECT * FROM mail_recipients($1, now())", [event.0.into()]).await.is_err());
    let tx = w.s.app.begin(&w.agent, RequestId::new(&w.s.clock)).await.expect("tx");
    assert_eq!(tx.run("UPDATE deliveries SET state = 'intended'", []).await.expect("hidden"), 0);
    // Somebody who is not the worker's mail job gets no recipients even as the worker.
    let tx = w.s.worker.begin_system(store::SystemReason::SealAudit).await.expect("tx");
    assert!(tx.one_raw("SELECT person_id FROM mail_recipients($1, now())", [event.0.into()]).await.expect("none").is_none());
}

//! Who is told what, once.

use crate::world::world;
use access::Role;
use kernel::{Locale, RequestId};
use mail::{MailError, Mailer, MemoryMailer, Message};
use notifications::{NotifyError, Sent};
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

const ONE: Sent = Sent { sent: 1, refused: 0, held: 0 };
const REFUSED: Sent = Sent { sent: 0, refused: 1, held: 0 };

#[tokio::test]
async fn a_letter_is_a_number_and_a_link_once_and_in_the_readers_language() {
    let w = world().await;
    w.s.sql(format!("UPDATE people_contacts SET locale = 'en-GB' WHERE person_id = '{}'", w.asker.person)).await;
    let mailer = MemoryMailer::new();
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), ONE);
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
    assert_eq!(w.send(&mailer, event).await.expect("send"), REFUSED);
    mailer.fail_with(None);
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent::default());
    assert!(mailer.take().is_empty());
    // An address that cannot be written to is the same.
    w.s.sql(format!("UPDATE people_contacts SET email = 'a@b@c' WHERE person_id = '{}'", w.asker.person)).await;
    let event = w.tell(&w.agent, "desk.desk_replied.v1").await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), REFUSED);
    assert_eq!(w.states().await, ["refused", "refused"]);
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
    assert_eq!(w.send(&mailer, event).await.expect("send"), REFUSED);
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
    assert_eq!(w.send(&watching, event).await.expect("send"), ONE);
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
    assert!(matches!(tx.run("UPDATE deliveries SET state = 'intended'", []).await, Err(store::StoreError::Denied)));
    // Somebody who is not the worker's mail job gets no recipients even as the worker.
    let tx = w.s.worker.begin_system(store::SystemReason::SealAudit).await.expect("tx");
    assert!(tx.one_raw("SELECT person_id FROM mail_recipients($1, now())", [event.0.into()]).await.expect("none").is_none());
}

//! A worker process that is killed with SIGKILL while the mail server has its letter.

use crate::post_office::PostOffice;
use crate::process::{Place, until};
use crate::support::{Scratch, scratch};
use access::Role;
use kernel::{Clock, Level, RequestId, UnitId};
use store::Event;

/// A case, and an event about it that one person is told of by mail.
pub async fn tell(s: &Scratch) {
    s.clock.set(Clock::wall().now());
    let federation = s.federation("T").await;
    let prefecture = s.unit(federation, Level::Prefectural, "prefectural_association", "県", None, UnitId(federation.0)).await;
    let clinic = s.unit(federation, Level::Institution, "clinic", "医院", None, prefecture).await;
    let asker = s.actor(federation, clinic, Role::Staff).await;
    let agent = s.actor(federation, UnitId(federation.0), Role::Agent).await;
    let case = s.consultation(&asker, &agent).await;
    let tx = s.app.begin(&asker, RequestId::new(&s.clock)).await.expect("tx");
    let event = Event { name: "desk.requester_replied.v1", subject: case, ids: vec![], mail: true };
    tx.tell(federation, event).await.expect("event");
    tx.commit().await.expect("commit");
}

#[tokio::test]
async fn a_killed_worker_leaves_its_letter_to_the_next_under_the_same_message_id() {
    let s = scratch().await;
    tell(&s).await;
    let (office, smtp) = PostOffice::open().await;
    let place = Place::new(&s).with("MAIL_SMTP_URL", smtp);

    office.keep_silent(true);
    let mut first = place.start("work");
    until("the first hand-over", async || office.ids().len() == 1).await;
    first.signal("KILL");
    first.end().await;
    assert_eq!(s.count("SELECT count(*) FROM deliveries WHERE state = 'intended' AND claim IS NOT NULL AND attempts = 1").await, 1);
    assert_eq!(
        s.count("SELECT count(*) FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL").await,
        1,
        "its job is still its own"
    );

    // Its heartbeat and its lease run out: two minutes go by for the rows.
    s.sql("UPDATE graphile_worker._private_workers SET last_heartbeat_at = now() - interval '2 minutes'").await;
    s.sql("UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '2 minutes'").await;
    s.sql("UPDATE deliveries SET claimed_until = now() - interval '1 second'").await;
    office.keep_silent(false);
    let _second = place.start("work");
    until("the letter's note", async || s.count("SELECT count(*) FROM deliveries WHERE state = 'sent'").await == 1).await;
    let ids = office.ids();
    assert_eq!(ids.len(), 2, "once by each");
    assert_eq!(ids[0], ids[1], "the same letter");
    assert!(office.letters().iter().all(|letter| letter.contains("\nAuto-Submitted: auto-generated\n")), "says that a machine wrote it");
    until("the event's end", async || s.count("SELECT count(*) FROM outbox WHERE handled_at IS NOT NULL").await == 1).await;
    until("the job's end", async || s.count("SELECT count(*) FROM graphile_worker._private_jobs").await == 0).await;
}

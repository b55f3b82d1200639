//! The desk cannot be used to fill somebody's mailbox (F6): budgets, the letter that collects, and addresses that nobody
//! proved to read at.

use crate::world::{World, answers, world};
use access::{Actor, Role};
use mail::{MailError, MemoryMailer};
use notifications::{Budget, NotifyError, Sent};
use sqlx::Row;
use std::collections::BTreeMap;
use time::Duration;
use uuid::Uuid;

const REPLIED: &str = "desk.requester_replied.v1";

fn small() -> Budget {
    Budget { per_address: 3, per_case: 100, collect_after: Duration::minutes(15) }
}

/// `state why` of every letter, counted.
async fn tally(w: &World) -> BTreeMap<String, i64> {
    let sql = "SELECT concat_ws(' ', state, why) AS what, count(*) AS n FROM deliveries GROUP BY 1";
    let rows = sqlx::query(sql).fetch_all(&w.s.admin).await.expect("deliveries");
    rows.iter().map(|row| (row.get("what"), row.get("n"))).collect()
}

fn told(what: &[(&str, i64)]) -> BTreeMap<String, i64> {
    what.iter().map(|(what, n)| ((*what).to_owned(), *n)).collect()
}

async fn cases(w: &World, n: usize) -> Vec<Uuid> {
    let mut cases = Vec::new();
    for _ in 0..n {
        cases.push(w.s.consultation(&w.asker, &w.agent).await);
    }
    cases
}

async fn reply(w: &World, mailer: &MemoryMailer, case: Uuid) -> Sent {
    let event = w.tell_of(case, &w.asker, REPLIED).await;
    w.send(mailer, event).await.expect("send")
}

#[tokio::test]
async fn beyond_the_budget_of_an_address_letters_are_collected_into_one_and_none_is_lost() {
    let mut w = world().await;
    w.budget = small();
    let mailer = MemoryMailer::new();
    let cases = cases(&w, 4).await;
    for n in 0..12 {
        let done = reply(&w, &mailer, cases[n % 4]).await;
        assert_eq!((done.sent, done.held), if n < 3 { (1, 0) } else { (0, 1) }, "letter {n}");
    }
    assert_eq!(mailer.take().len(), 3);
    assert_eq!(tally(&w).await, told(&[("sent", 3), ("held address_budget", 9)]));
    assert_eq!(w.s.count("SELECT count(*) FROM outbox WHERE handled_at IS NULL").await, 0, "no job runs on for them");
    let waiting = w.post(&mailer).waiting().await.expect("waiting");
    assert_eq!((waiting.open, waiting.held), (0, 9), "held back visibly");

    // Not yet: others may come to be told of with them.
    assert_eq!(w.post(&mailer).collect().await.expect("round"), Sent::default());
    w.s.clock.advance(Duration::minutes(15));
    assert_eq!(w.post(&mailer).collect().await.expect("round").sent, 1);
    let letters = mailer.take();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to().as_str(), format!("{}@example.jp", w.agent.person));
    assert_eq!(letters[0].subject(), "ja collected 9");
    for case in &cases {
        assert_eq!(letters[0].body_text().matches(&format!("https://portal.example.jp/c/{case}")).count(), 1, "each case once");
    }
    assert_eq!(tally(&w).await, told(&[("sent", 4), ("collected address_budget", 9)]));
    assert_eq!(w.post(&mailer).collect().await.expect("round"), Sent::default(), "once");

    // An hour later the address has room again.
    w.s.clock.advance(Duration::HOUR);
    assert_eq!(reply(&w, &mailer, cases[0]).await.sent, 1);
}

#[tokio::test]
async fn letters_about_one_case_have_a_budget_whoever_reads_them() {
    let mut w = world().await;
    w.budget = Budget { per_address: 100, per_case: 4, ..small() };
    let mailer = MemoryMailer::new();
    let lead = w.s.actor(w.agent.federation, w.agent.unit, Role::Lead).await;
    // Given to one after the other, so that no single address is over its own budget.
    let mut readers: Vec<Actor> = Vec::new();
    for _ in 0..6 {
        let agent = w.s.actor(w.agent.federation, w.agent.unit, Role::Agent).await;
        answers(&w.s, &agent, w.case).await;
        w.s.sql(format!("UPDATE consultations SET responsible_seat_id = '{}', version = version + 1 WHERE id = '{}'", agent.seat, w.case))
            .await;
        let event = w.tell(&lead, "desk.consultation_assigned.v1").await;
        w.send(&mailer, event).await.expect("send");
        readers.push(agent);
    }
    assert_eq!(mailer.take().len(), 4);
    assert_eq!(tally(&w).await, told(&[("sent", 4), ("held case_budget", 2)]));
    let other = cases(&w, 1).await[0];
    assert_eq!(reply(&w, &mailer, other).await.sent, 1, "another case has its own");
    mailer.take();
    // Who meanwhile lost the case is not told of it; the last one is.
    w.s.clock.advance(Duration::minutes(15));
    let done = w.post(&mailer).collect().await.expect("round");
    assert_eq!((done.sent, done.refused), (1, 1));
    assert_eq!(mailer.take()[0].to().as_str(), format!("{}@example.jp", readers[5].person));
    assert_eq!(tally(&w).await, told(&[("sent", 6), ("collected case_budget", 1), ("refused no_right", 2)]));
}

#[tokio::test]
async fn people_who_share_an_address_share_its_budget() {
    let mut w = world().await;
    w.budget = small();
    let mailer = MemoryMailer::new();
    let lead = w.s.actor(w.agent.federation, w.agent.unit, Role::Lead).await;
    w.s.sql(format!("UPDATE people_contacts SET email = 'Desk@Example.jp', verified_at = now() WHERE person_id = '{}'", w.agent.person))
        .await;
    w.s.sql(format!("UPDATE people_contacts SET email = 'desk@example.jp', verified_at = now() WHERE person_id = '{}'", w.asker.person))
        .await;
    for case in cases(&w, 3).await {
        // Tells both, at the same address.
        let event = w.tell_of(case, &lead, "desk.consultation_opened.v1").await;
        w.send(&mailer, event).await.expect("send");
    }
    // Three, and the reserve that new cases have.
    assert_eq!(mailer.take().len(), 5);
    assert_eq!(tally(&w).await, told(&[("sent", 5), ("held address_budget", 1)]));
}

/// Eight at once for the last three places.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_letters_do_not_slip_past_the_budget() {
    let mut w = world().await;
    w.budget = small();
    let mailer = MemoryMailer::new();
    let mut events = Vec::new();
    for case in cases(&w, 8).await {
        events.push(w.tell_of(case, &w.asker, REPLIED).await);
    }
    let runs = events.iter().map(|event| w.send(&mailer, *event));
    let held: usize = futures::future::join_all(runs).await.into_iter().map(|run| run.expect("send").held).sum();
    assert_eq!((mailer.take().len(), held), (3, 5));
}

#[tokio::test]
async fn a_collecting_letter_is_claimed_repeated_and_refused_like_any_other() {
    let mut w = world().await;
    w.budget = Budget { per_address: 0, ..small() };
    let mailer = MemoryMailer::new();
    let two = cases(&w, 2).await;
    reply(&w, &mailer, two[0]).await;
    w.s.clock.advance(Duration::minutes(15));
    mailer.fail_with(Some(MailError::Temporary("greylisted".into())));
    assert!(matches!(w.post(&mailer).collect().await, Err(NotifyError::Temporary { .. })));
    mailer.fail_with(None);
    // What was held in the meantime goes with it: still one letter.
    reply(&w, &mailer, two[1]).await;
    let (a, b) = tokio::join!(async { w.post(&mailer).collect().await }, async { w.post(&mailer).collect().await });
    assert_eq!(a.expect("round").sent + b.expect("round").sent, 1);
    assert_eq!(mailer.take()[0].subject(), "ja collected 2");

    reply(&w, &mailer, two[0]).await;
    w.s.clock.advance(Duration::minutes(15));
    mailer.fail_with(Some(MailError::Permanent("no such mailbox".into())));
    assert_eq!(w.post(&mailer).collect().await.expect("round").refused, 1);
    assert_eq!(tally(&w).await, told(&[("sent", 1), ("collected address_budget", 2), ("refused address", 2)]));
}

#[tokio::test]
async fn no_letter_goes_to_an_address_that_nobody_proved_to_read_at() {
    let w = world().await;
    let mailer = MemoryMailer::new();
    w.s.sql(format!("UPDATE people_contacts SET verified_at = NULL WHERE person_id = '{}'", w.agent.person)).await;
    let event = w.tell(&w.asker, REPLIED).await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent { refused: 1, ..Sent::default() });
    assert!(mailer.take().is_empty());
    assert_eq!(tally(&w).await, told(&[("refused unverified", 1)]), "on record with its reason");
    assert_eq!(w.send(&mailer, event).await.expect("again"), Sent::default());

    // Proved, and then changed by somebody: unproved again.
    w.s.sql(format!("UPDATE people_contacts SET verified_at = now() WHERE person_id = '{}'", w.agent.person)).await;
    let event = w.tell(&w.asker, REPLIED).await;
    mailer.fail_with(Some(MailError::Temporary("down".into())));
    assert!(w.send(&mailer, event).await.is_err());
    mailer.fail_with(None);
    w.s.sql(format!("UPDATE people_contacts SET email = 'other@example.jp' WHERE person_id = '{}'", w.agent.person)).await;
    assert_eq!(w.send(&mailer, event).await.expect("send"), Sent { refused: 1, ..Sent::default() });
    assert!(mailer.take().is_empty());
    assert_eq!(tally(&w).await, told(&[("refused unverified", 2)]));
}

/// Talk about cases does not keep a clinic in trouble waiting, nor does what another federation sends.
#[tokio::test]
async fn a_new_case_draws_on_a_reserve_and_federations_do_not_share_a_budget() {
    let mut w = world().await;
    w.budget = small();
    let mailer = MemoryMailer::new();
    let cases = cases(&w, 4).await;
    for _ in 0..4 {
        reply(&w, &mailer, cases[0]).await;
    }
    assert_eq!(tally(&w).await, told(&[("sent", 3), ("held address_budget", 1)]));
    for (n, case) in cases[1..].iter().enumerate() {
        let event = w.tell_of(*case, &w.asker, "desk.consultation_opened.v1").await;
        let done = w.send(&mailer, event).await.expect("send");
        assert_eq!((done.sent, done.held), if n < 2 { (1, 0) } else { (0, 1) }, "half the budget again, and no more");
    }
    let other = w.s.federation("X").await;
    w.s.sql(format!("UPDATE deliveries SET federation_id = {}", other.0)).await;
    assert_eq!(reply(&w, &mailer, cases[0]).await.sent, 1, "all of these were another federation's");
}

//! A case with somebody who asks and somebody who answers, and words that show what they were given.

use crate::support::{Scratch, scratch};
use access::{Actor, Role};
use kernel::{EventId, Level, Locale, RequestId, UnitId};
use mail::Mailer;
use notifications::{Budget, Collected, Facts, Invitation, LetterKind, LetterWords, NotifyError, Post, Sent, Unsayable};
use store::Event;
use uuid::Uuid;

/// More than any test that is not about budgets writes.
const PLENTY: Budget = Budget { per_address: 1_000, per_case: 1_000, collect_after: time::Duration::minutes(15) };

pub struct Words;

impl LetterWords for Words {
    fn subject(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable> {
        Ok(format!("{locale} {} {}", kind.subject_key(), facts.number))
    }
    fn body(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable> {
        Ok(format!("{locale} {} {} {}", kind.lead_key(), facts.link, facts.federation))
    }
    fn collected_subject(&self, locale: Locale, facts: &Collected<'_>) -> Result<String, Unsayable> {
        Ok(format!("{locale} collected {}", facts.letters))
    }
    fn collected_body(&self, _: Locale, facts: &Collected<'_>) -> Result<String, Unsayable> {
        let cases: Vec<String> = facts.cases.iter().map(|case| case.link.clone()).collect();
        Ok(format!("{} +{} {} {}", cases.join(" "), facts.more, facts.home, facts.federation))
    }
    fn invitation_subject(&self, locale: Locale, facts: &Invitation<'_>) -> Result<String, Unsayable> {
        Ok(format!("{locale} invited {}", facts.federation))
    }
    fn invitation_body(&self, _: Locale, facts: &Invitation<'_>) -> Result<String, Unsayable> {
        Ok(format!("{} {} {}", facts.issuer, facts.link, facts.until))
    }
}

pub struct World {
    pub s: Scratch,
    pub asker: Actor,
    pub agent: Actor,
    pub case: Uuid,
    pub budget: Budget,
    pub links: identity::InvitationLinks,
}

pub async fn world() -> World {
    let s = scratch().await;
    let federation = s.federation("T").await;
    let prefecture = s.unit(federation, Level::Prefectural, "prefectural_association", "県", None, UnitId(federation.0)).await;
    let clinic = s.unit(federation, Level::Institution, "clinic", "医院", None, prefecture).await;
    let asker = s.actor(federation, clinic, Role::Staff).await;
    let agent = s.actor(federation, UnitId(federation.0), Role::Agent).await;
    let case = s.consultation(&asker, &agent).await;
    // Whoever tells of a case has a hand in it: the agent answers from the queue that holds it.
    answers(&s, &agent, case).await;
    s.sql("UPDATE units SET name_en = 'Federation in English' WHERE level = 'federation'").await;
    World { s, asker, agent, case, budget: PLENTY, links: identity::InvitationLinks::new(b"of this test") }
}

impl World {
    pub async fn tell(&self, by: &Actor, name: &'static str) -> EventId {
        self.tell_of(self.case, by, name).await
    }

    pub async fn tell_of(&self, case: Uuid, by: &Actor, name: &'static str) -> EventId {
        let tx = self.s.app.begin(by, RequestId::new(&self.s.clock)).await.expect("tx");
        let event = tx.tell(by.federation, Event { name, subject: case, ids: vec![], mail: true }).await.expect("event");
        tx.commit().await.expect("commit");
        event
    }

    pub async fn send(&self, mailer: &dyn Mailer, event: EventId) -> Result<Sent, NotifyError> {
        self.post(mailer).send(event).await
    }

    pub fn post<'a>(&'a self, mailer: &'a dyn Mailer) -> Post<'a> {
        Post {
            db: &self.s.worker,
            mailer,
            words: &Words,
            public_url: "https://portal.example.jp/",
            budget: self.budget,
            links: &self.links,
        }
    }

    pub async fn states(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT state FROM deliveries ORDER BY id").fetch_all(&self.s.admin).await.expect("states")
    }
}

/// Puts a seat into the queue that holds a case: only who answers from there may be given it.
pub async fn answers(s: &Scratch, agent: &Actor, case: Uuid) {
    let sql = "INSERT INTO seat_queues (federation_id, seat_id, queue_id) SELECT federation_id, '{seat}', queue_id FROM consultations WHERE id = '{case}' ON CONFLICT DO NOTHING";
    s.sql(sql.replace("{seat}", &agent.seat.to_string()).replace("{case}", &case.to_string())).await;
}

//! Facts for other rooms and other systems: written in the transaction of the change, handled at least once, in order
//! per subject, de-duplicated by the handler.

use crate::{Job, Scope, StoreError, Tx};
use kernel::{EventId, FederationId};
use serde_json::{Value, json};
use uuid::Uuid;

/// A fact: `room.noun_verbed.v1`, about one subject, with ids only.
#[derive(Debug)]
pub struct Event {
    /// The versioned name.
    pub name: &'static str,
    /// What it is about.
    pub subject: Uuid,
    /// Ids the handlers need; never words.
    pub ids: Vec<(&'static str, Uuid)>,
    /// Whether people are told by mail.
    pub mail: bool,
}

impl Tx {
    /// Writes an event and, when people are to be told, the job that tells them.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn tell(&self, federation: FederationId, event: Event) -> Result<EventId, StoreError> {
        let id = EventId::new(self.clock());
        let mut payload = json!({});
        for (name, value) in &event.ids {
            payload[*name] = json!(value);
        }
        // Whoever acted is not told of their own act.
        payload["by"] = match self.scope() {
            Scope::Seat { person, .. } => json!(person.0),
            Scope::System(_) => Value::Null,
        };
        self.run(
            "INSERT INTO outbox (id, federation_id, subject, name, payload, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            [id.0.into(), federation.0.into(), event.subject.into(), event.name.into(), payload.into(), self.clock().now().into()],
        )
        .await?;
        if event.mail {
            self.enqueue(&Job::SendMail { event: id }).await?;
        }
        Ok(id)
    }
}

//! Writing the audit record: in the transaction of the change, with a hash of its own content. Linking the rows into the
//! federation's chain is the sealer's work (`services/audit`), so no writer ever waits for another.

use crate::{Scope, StoreError, Tx};
use kernel::{AuditId, FederationId};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// One thing that was done to one subject. Carries ids, closed words and salted hashes, never a person's words or name.
#[derive(Debug)]
pub struct AuditEntry {
    verb: &'static str,
    subject: Uuid,
    words: Map<String, Value>,
    texts: Vec<(&'static str, String)>,
    federation: Option<FederationId>,
}

impl AuditEntry {
    /// `verb` is `room.noun_verbed`.
    pub fn new(verb: &'static str, subject: Uuid) -> Self {
        Self { verb, subject, words: Map::new(), texts: Vec::new(), federation: None }
    }

    /// A field with a closed word or an id as its value.
    pub fn word(mut self, field: &'static str, value: impl std::fmt::Display) -> Self {
        self.words.insert(field.into(), Value::String(value.to_string()));
        self
    }

    /// A field whose text a person typed: only a hash, salted with the entry's id, is kept.
    pub fn hashed(mut self, field: &'static str, text: &str) -> Self {
        self.texts.push((field, text.to_owned()));
        self
    }

    /// The federation, for system work (a seat's entries take the seat's).
    pub fn in_federation(mut self, federation: FederationId) -> Self {
        self.federation = Some(federation);
        self
    }
}

/// The hash an entry carries of itself: SHA-256 over its canonical form. `verify-audit` computes it again.
#[allow(clippy::too_many_arguments, reason = "one argument per column, so that none is forgotten")]
pub fn content_hash(
    id: Uuid,
    federation: i32,
    at: OffsetDateTime,
    person: Option<Uuid>,
    seat: Option<Uuid>,
    system: Option<&str>,
    verb: &str,
    subject: Uuid,
    fields: &Value,
    request: Option<Uuid>,
) -> [u8; 32] {
    // serde_json's map is ordered by key here, so the text is canonical. The trigger audit_entry_is_of_here makes the same text again.
    let canonical = json!([id, federation, at.unix_timestamp_nanos() / 1_000, person, seat, system, verb, subject, fields, request]);
    Sha256::digest(canonical.to_string().as_bytes()).into()
}

impl Tx {
    /// Writes an audit entry for the scope's actor.
    ///
    /// # Errors
    /// As the database reports; `Internal` when system work names no federation.
    pub async fn audit(&self, entry: AuditEntry) -> Result<AuditId, StoreError> {
        let id = AuditId::new(self.clock());
        let at = self.clock().now();
        let mut fields = entry.words;
        for (field, text) in &entry.texts {
            let salted = Sha256::new().chain_update(id.0.as_bytes()).chain_update(text.as_bytes()).finalize();
            fields.insert((*field).into(), Value::String(format!("sha256:{}", hex(&salted))));
        }
        let fields = Value::Object(fields);
        let (person, seat, system, federation) = match self.scope() {
            Scope::Seat { person, seat, federation } => (Some(person.0), Some(seat.0), None, federation),
            Scope::System(reason) => {
                let federation = entry.federation.ok_or_else(|| StoreError::Internal("system audit entry without a federation".into()))?;
                (None, None, Some(reason.word()), federation)
            }
        };
        let request = Some(self.request().0);
        let hash = content_hash(id.0, federation.0, at, person, seat, system, entry.verb, entry.subject, &fields, request);
        self.run(
            "INSERT INTO audit_entries (id, federation_id, at, person_id, seat_id, system, verb, subject, fields, request_id, content_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            [id.0.into(), federation.0.into(), at.into(), person.into(), seat.into(), system.map(str::to_owned).into(), entry.verb.into(), entry.subject.into(), fields.into(), request.into(), hash.to_vec().into()],
        )
        .await?;
        Ok(id)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

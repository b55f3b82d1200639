//! What the record says and what can be wrong with it.

use kernel::{AuditId, FederationId, PersonId, SeatId};
use serde::Serialize;
use store::StoreError;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A failure of sealing, proving or reading; a broken chain is not one, it is a [`Verdict`].
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database said no or did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The transaction was opened for something else; a fault of the caller.
    #[error("audit: needs a transaction of {0}")]
    Scope(&'static str),
    /// A stored hash is not 32 bytes; the table's own check forbids it.
    #[error("audit: a stored hash has the wrong length")]
    Hash,
}

/// The end of a chain: enough to prove later that nothing before it changed or went away. Worth keeping elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// The last place.
    pub seq: i64,
    /// Its link, as 64 hexadecimal characters.
    pub hash: String,
}

/// Broken places that a verdict lists; the others are only counted.
pub const LISTED: usize = 1_000;

/// The outcome of proving one federation's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whose.
    pub federation: FederationId,
    /// Links found sound, counted from the first; all of them when nothing is broken.
    pub sealed: u64,
    /// Entries without a link.
    pub unsealed: u64,
    /// Age of the oldest of those by the clock; more than a minute means that the sealer stands still.
    pub oldest_unsealed_age: Option<Duration>,
    /// The places where the record is not what was sealed, in order, at most [`LISTED`]. The first one is certain; a later one is judged by
    /// the links as they stand.
    pub broken: Vec<Broken>,
    /// How many such places there are.
    pub breaks: u64,
    /// The end of the sound part.
    pub head: Option<Head>,
}

impl Verdict {
    /// Whether every link holds.
    pub fn is_sound(&self) -> bool {
        self.breaks == 0
    }

    /// The first place where the record is not what was sealed.
    pub fn first_broken(&self) -> Option<&Broken> {
        self.broken.first()
    }
}

/// A place where the record is not what was sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("place {seq}{}: {what}", entry.map(|id| format!(", entry {id}")).unwrap_or_default())]
pub struct Broken {
    /// The place in the chain, counted from 1.
    pub seq: i64,
    /// The entry that is (or was) there, if that is still known.
    pub entry: Option<AuditId>,
    /// What is wrong.
    pub what: Fault,
}

/// What can be wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The link itself is gone, and with it any up to the next one found.
    #[error("the link is missing")]
    LinkMissing,
    /// The link stands, its entry is gone.
    #[error("the entry was removed")]
    EntryMissing,
    /// The entry's content does not give the hash it carries.
    #[error("the entry was changed")]
    EntryChanged,
    /// Content and hash agree with each other but not with the chain: exchanged, replaced or linked elsewhere.
    #[error("the entry is not the one that was sealed here")]
    LinkBroken,
    /// The entry belongs to another federation.
    #[error("the entry belongs to another federation")]
    ForeignEntry,
    /// The chain ends before, or differs at, the end that was kept elsewhere.
    #[error("the chain does not reach the end that was kept elsewhere")]
    HeadDiffers,
}

/// What an auditor asks for; every part narrows.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// From this instant on.
    pub from: Option<OffsetDateTime>,
    /// Before this instant.
    pub until: Option<OffsetDateTime>,
    /// One verb, `room.noun_verbed`.
    pub verb: Option<String>,
    /// About one subject.
    pub subject: Option<Uuid>,
    /// Done by one person.
    pub person: Option<PersonId>,
}

/// One entry as an auditor reads it.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: OffsetDateTime,
    /// Who; None for system work.
    pub person: Option<PersonId>,
    /// Their name, if the seat of the reader may know it. Not part of the record.
    pub person_name: Option<String>,
    /// From which seat.
    pub seat: Option<SeatId>,
    /// Why the system acted; None for a person.
    pub system: Option<String>,
    /// What was done.
    pub verb: String,
    /// To what.
    pub subject: Uuid,
    /// Closed words, ids and salted hashes by field name.
    pub fields: serde_json::Value,
    /// In which request.
    pub request: Option<Uuid>,
    /// Its place in the chain; None while unsealed.
    pub seq: Option<i64>,
}

//! What changes a consultation: one verb each, one transaction, with its audit entry and its event. The permit is
//! consumed; the version in the `WHERE` makes a stale submit change nothing.

mod ask;
mod consent;
mod desk;
mod requester;
mod system;
mod writing;

pub use ask::{Asked, discard_draft, keep_answer, save_draft, start_draft, submit};
pub use consent::{allow, revoke, set_consents, set_privacy};
pub use desk::{
    Triaged, accept_offer, assign, decline_offer, note, offer_line, reply, resolve, resume, triage, wait_third, withdraw_offer,
};
pub use requester::{close, reopen, requester_reply};
pub use system::{
    Month, Off, close_resolved, duties_lapsed, fold_counts, hand_over_lapsed, month_to_reconcile, publish_counts, reconcile_counts,
};
pub use writing::{MOST_KEPT, Page, is_left, keep_writing, leave, sent_writing, sweep_writing};

use crate::model::{Consultation, Side, State};
use crate::policy::{DeskPolicy, Facts, Who};
use crate::rows;
use crate::rows::change::HeaderChange;
use crate::rows::thread::Happened;
use crate::workflow::next_state;
use access::{Action, Actor, Permit};
use kernel::{ConsultationId, EventId, FileId, MessageId};
use store::{AuditEntry, Event, StoreError, Tx};

/// Longest body of a message or a note, in characters.
const BODY: usize = 8000;

/// Why a verb did not happen.
#[derive(Debug, thiserror::Error)]
pub enum VerbError {
    /// Absent or hidden; the two are not told apart.
    #[error("not found")]
    NotFound,
    /// Visible, and not this actor's to do.
    #[error("forbidden")]
    Forbidden,
    /// Not in the present state, which is given.
    #[error("not in state {}", .0.state)]
    State(Box<Consultation>),
    /// Somebody changed it since the form was read; the present row is given, nothing was overwritten.
    #[error("changed since version seen")]
    Stale(Box<Consultation>),
    /// A field does not fit; names it and the locale key of the sentence that says what to do.
    #[error("{field}: {key}")]
    Invalid {
        /// Form field.
        field: &'static str,
        /// Locale key.
        key: &'static str,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a verb did.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Which consultation.
    pub id: ConsultationId,
    /// Its version now.
    pub version: i32,
    /// Its state now.
    pub state: State,
}

/// A change under way: checks the version the reader saw, computes the next state from the table.
pub(crate) struct Change<'a> {
    pub tx: &'a Tx,
    pub actor: &'a Actor,
    pub facts: &'a Facts,
    pub next: State,
}

impl<'a> Change<'a> {
    /// Begins a change with a permit for it.
    pub fn begin<A: Action<Policy = DeskPolicy>>(
        tx: &'a Tx,
        actor: &'a Actor,
        facts: &'a Facts,
        permit: Permit<A>,
        seen: i32,
    ) -> Result<Self, VerbError> {
        if permit.subject() != facts.case.id.0 || permit.version() != facts.case.version {
            return Err(VerbError::NotFound);
        }
        if seen != facts.case.version {
            return Err(VerbError::Stale(Box::new(facts.case.clone())));
        }
        let who = facts.who(actor);
        let next = next_state(facts.case.state, A::VERB, who).ok_or_else(|| VerbError::State(Box::new(facts.case.clone())))?;
        Ok(Self { tx, actor, facts, next })
    }

    /// Writes the header with the version checked, and what belongs to any change of state.
    pub async fn write(&self, mut change: HeaderChange) -> Result<Changed, VerbError> {
        let (case, now) = (&self.facts.case, self.tx.clock().now());
        if self.next != case.state {
            change = change.state(self.next);
            change = match (case.state.is_open(), self.next.is_open()) {
                (true, false) => change.resolved(now),
                (false, true) => change.reopened(),
                _ => change,
            };
            if self.next == State::Closed {
                change = change.closed(now);
            }
        }
        if self.next.turn() != case.state.turn() {
            change = change.turn_since(now);
        }
        // Somebody else was faster between our reading and our writing: nothing was overwritten.
        if !change.write(self.tx, case, now).await? {
            return Err(VerbError::Stale(Box::new(case.clone())));
        }
        Ok(Changed { id: case.id, version: case.version + 1, state: self.next })
    }

    /// A line in the thread: what happened, in closed words.
    pub async fn line(&self, verb: &'static str, from: Option<&str>, to: Option<&str>, public: bool) -> Result<(), VerbError> {
        Ok(rows::thread::insert_event(self.tx, self.actor, self.facts.case.id, Happened { verb, from, to, public }).await?)
    }

    /// The audit entry of this change.
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), VerbError> {
        let entry = entry.word("state", self.next).word("version", self.facts.case.version + 1);
        self.tx.audit(entry).await?;
        Ok(())
    }

    /// The event of this change.
    pub async fn tell(&self, name: &'static str, mail: bool) -> Result<EventId, VerbError> {
        let event = Event { name, subject: self.facts.case.id.0, ids: vec![], mail };
        Ok(self.tx.tell(self.facts.case.federation, event).await?)
    }

    /// A public message, with the files that were uploaded for it; returns the words as they were kept.
    pub async fn message(&self, side: Side, id: MessageId, body: &str, files: &[FileId]) -> Result<String, VerbError> {
        write_message(self.tx, self.actor, self.facts.case.id, side, id, body, files).await
    }

    /// Whether the asking side is the actor's.
    pub fn by_requester(&self) -> bool {
        matches!(self.facts.who(self.actor), Who::Requester | Who::Opener)
    }
}

/// Writes a public message with its files, each of which must still be the actor's own and unsent; returns the words as
/// they were kept.
async fn write_message(
    tx: &Tx,
    actor: &Actor,
    case: ConsultationId,
    side: Side,
    id: MessageId,
    body: &str,
    files: &[FileId],
) -> Result<String, VerbError> {
    let body = kept_body(body)?;
    rows::thread::insert_message(tx, actor, case, side, id, &body).await?;
    if !files.is_empty() && rows::attachments::hang(tx, case, id, files, actor.person).await? != files.len() as u64 {
        return Err(VerbError::Invalid { field: "files", key: "desk-error-file-gone" });
    }
    Ok(body)
}

/// A body as it is kept: normalised, neither empty nor too long.
fn kept_body(body: &str) -> Result<String, VerbError> {
    let body = kernel::text::paragraphs(body);
    if body.is_empty() {
        return Err(VerbError::Invalid { field: "body", key: "desk-error-body-empty" });
    }
    if kernel::text::length(&body) > BODY {
        return Err(VerbError::Invalid { field: "body", key: "desk-error-body-long" });
    }
    Ok(body)
}

/// A permit for another case than the one whose facts are given opens nothing.
fn same_case<A: Action<Policy = DeskPolicy>>(facts: &Facts, permit: &Permit<A>) -> Result<(), VerbError> {
    if permit.subject() == facts.case.id.0 { Ok(()) } else { Err(VerbError::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_kept_normalised_and_refused_empty_or_too_long() {
        assert_eq!(kept_body("一行目\r\n二行目  \r\n").expect("kept"), "一行目\n二行目");
        assert!(matches!(kept_body(" \u{200B}\n"), Err(VerbError::Invalid { key: "desk-error-body-empty", .. })));
        assert!(kept_body(&"あ".repeat(BODY)).is_ok());
        assert!(matches!(kept_body(&"あ".repeat(BODY + 1)), Err(VerbError::Invalid { key: "desk-error-body-long", .. })));
    }
}

//! What changes a consultation: one verb each, one transaction, with its audit entry and its event. The permit is
//! consumed; the version in the `WHERE` makes a stale submit change nothing.

mod ask;
mod consent;
mod desk;
mod requester;
mod system;

pub use ask::{Asked, discard_draft, save_draft, start_draft, submit};
pub use consent::{allow, revoke, set_privacy};
pub use desk::{accept_offer, assign, decline_offer, note, offer_line, reply, resolve, resume, triage, wait_third, withdraw_offer, Triaged};
pub use requester::{close, reopen, requester_reply};
pub use system::close_resolved;

use crate::model::{Consultation, Side, State};
use crate::policy::{DeskPolicy, Facts, Who};
use crate::rows::header;
use crate::workflow::next_state;
use access::{Action, Actor, Permit};
use kernel::{ConsultationId, EventId, FileId, MessageId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, UpdateMany};
use store::{AuditEntry, Event, StoreError, Tx};

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

/// Column changes of one verb.
type Sets = Vec<(header::Column, sea_orm::sea_query::SimpleExpr)>;

/// A change under way: checks the version the reader saw, computes the next state from the table.
pub(crate) struct Change<'a> {
    pub tx: &'a Tx,
    pub actor: &'a Actor,
    pub facts: &'a Facts,
    pub next: State,
}

impl<'a> Change<'a> {
    /// Begins a change with a permit for it.
    pub fn begin<A: Action<Policy = DeskPolicy>>(tx: &'a Tx, actor: &'a Actor, facts: &'a Facts, permit: Permit<A>, seen: i32) -> Result<Self, VerbError> {
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
    pub async fn write(&self, mut sets: Sets) -> Result<Changed, VerbError> {
        let (case, now) = (&self.facts.case, self.tx.clock().now());
        if self.next != case.state {
            sets.push((header::Column::State, Expr::value(self.next.word())));
            if !self.next.is_open() && case.state.is_open() {
                sets.push((header::Column::ResolvedAt, Expr::value(now)));
            }
            if self.next == State::Closed {
                sets.push((header::Column::ClosedAt, Expr::value(now)));
            }
            if self.next.is_open() && !case.state.is_open() {
                let none: Option<String> = None;
                let never: Option<time::OffsetDateTime> = None;
                sets.push((header::Column::Outcome, Expr::value(none)));
                sets.push((header::Column::ResolvedAt, Expr::value(never)));
                sets.push((header::Column::ClosedAt, Expr::value(never)));
            }
        }
        if self.next.turn() != case.state.turn() {
            sets.push((header::Column::TurnSince, Expr::value(now)));
        }
        sets.push((header::Column::UpdatedAt, Expr::value(now)));
        sets.push((header::Column::Version, Expr::value(case.version + 1)));
        let mut update: UpdateMany<header::Entity> = header::Entity::update_many();
        for (column, value) in sets {
            update = update.col_expr(column, value);
        }
        let done = update.filter(header::Column::Id.eq(case.id.0)).filter(header::Column::Version.eq(case.version)).exec(self.tx).await.map_err(StoreError::from)?;
        // Somebody else was faster between our reading and our writing: nothing was overwritten.
        if done.rows_affected != 1 {
            return Err(VerbError::Stale(Box::new(case.clone())));
        }
        Ok(Changed { id: case.id, version: case.version + 1, state: self.next })
    }

    /// A line in the thread: what happened, in closed words.
    pub async fn line(&self, verb: &'static str, from: Option<&str>, to: Option<&str>, public: bool) -> Result<(), VerbError> {
        event_line(self.tx, self.actor, self.facts.case.id, verb, from, to, public).await
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

    /// A public message, with the files that were uploaded for it.
    pub async fn message(&self, side: Side, id: MessageId, body: &str, files: &[FileId]) -> Result<(), VerbError> {
        write_message(self.tx, self.actor, self.facts.case.id, side, id, body, files).await
    }

    /// Whether the asking side is the actor's.
    pub fn by_requester(&self) -> bool {
        matches!(self.facts.who(self.actor), Who::Requester | Who::Opener)
    }
}

pub(crate) async fn event_line(tx: &Tx, actor: &Actor, case: ConsultationId, verb: &'static str, from: Option<&str>, to: Option<&str>, public: bool) -> Result<(), VerbError> {
    tx.run(
        "INSERT INTO consultation_events (id, federation_id, consultation_id, verb, from_word, to_word, seat_id, public, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            kernel::ids::new_uuid(tx.clock()).into(),
            actor.federation.0.into(),
            case.0.into(),
            verb.into(),
            from.map(str::to_owned).into(),
            to.map(str::to_owned).into(),
            actor.seat.0.into(),
            public.into(),
            tx.clock().now().into(),
        ],
    )
    .await?;
    Ok(())
}

pub(crate) async fn write_message(tx: &Tx, actor: &Actor, case: ConsultationId, side: Side, id: MessageId, body: &str, files: &[FileId]) -> Result<(), VerbError> {
    let body = kernel::text::paragraphs(body);
    check_length(&body, 8000)?;
    tx.run(
        "INSERT INTO consultation_messages (id, federation_id, consultation_id, side, author_id, author_seat_id, author_name, author_unit, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            id.0.into(),
            actor.federation.0.into(),
            case.0.into(),
            side.word().into(),
            actor.person.0.into(),
            actor.seat.0.into(),
            actor.person_name.clone().into(),
            actor.unit_name.clone().into(),
            body.into(),
            tx.clock().now().into(),
        ],
    )
    .await?;
    if !files.is_empty() {
        let ids: Vec<uuid::Uuid> = files.iter().map(|f| f.0).collect();
        let moved = tx
            .run(
                "UPDATE files SET consultation_id = $1, message_id = $2 WHERE id = ANY ($3) AND uploaded_by = $4 AND message_id IS NULL AND removed_at IS NULL AND coalesce(consultation_id, $1) = $1",
                [case.0.into(), id.0.into(), ids.into(), actor.person.0.into()],
            )
            .await?;
        if moved != files.len() as u64 {
            return Err(VerbError::Invalid { field: "files", key: "desk-error-file-gone" });
        }
    }
    Ok(())
}

pub(crate) fn check_length(body: &str, max: usize) -> Result<(), VerbError> {
    if body.is_empty() {
        return Err(VerbError::Invalid { field: "body", key: "desk-error-body-empty" });
    }
    if kernel::text::length(body) > max {
        return Err(VerbError::Invalid { field: "body", key: "desk-error-body-long" });
    }
    Ok(())
}

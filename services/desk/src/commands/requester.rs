//! Verbs of the asking side, and the two that both sides have.

use super::{Change, Changed, VerbError};
use crate::model::Side;
use crate::policy::{Close, Facts, Reopen, RequesterReply};
use crate::rows::change::HeaderChange;
use access::{Actor, Permit};
use kernel::{FileId, MessageId};
use store::{AuditEntry, Event, Tx};

/// Writes to the desk. When the desk was waiting, the turn goes back to it.
///
/// # Errors
/// `Stale`, or `Invalid` for an empty or too long body.
pub async fn requester_reply(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<RequesterReply>,
    seen: i32,
    body: &str,
    files: &[FileId],
) -> Result<(Changed, MessageId), VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let id = MessageId::new(tx.clock());
    let changed = change.write(HeaderChange::default()).await?;
    let body = change.message(Side::Requester, id, body, files).await?;
    change.audit(AuditEntry::new("desk.requester_replied", facts.case.id.0).word("message", id).hashed("body", &body)).await?;
    let event = Event { name: "desk.requester_replied.v1", subject: facts.case.id.0, ids: vec![("message", id.0)], mail: true };
    tx.tell(facts.case.federation, event).await?;
    Ok((changed, id))
}

/// Closes a resolved consultation: the asking side says it is settled, or the desk does.
///
/// # Errors
/// `Stale`.
pub async fn close(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Close>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let changed = change.write(HeaderChange::default()).await?;
    change.line("closed", None, None, true).await?;
    change.audit(AuditEntry::new("desk.consultation_closed", facts.case.id.0)).await?;
    change.tell("desk.consultation_closed.v1", !change.by_requester()).await?;
    Ok(changed)
}

/// Opens it again with a word on why, within [`crate::REOPEN_DAYS`].
///
/// # Errors
/// `Stale`, or `Invalid` for an empty word.
pub async fn reopen(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Reopen>, seen: i32, body: &str) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let side = if change.by_requester() { Side::Requester } else { Side::Desk };
    let changed = change.write(HeaderChange::default()).await?;
    let body = change.message(side, MessageId::new(tx.clock()), body, &[]).await?;
    change.line("reopened", None, None, true).await?;
    change.audit(AuditEntry::new("desk.consultation_reopened", facts.case.id.0).hashed("body", &body)).await?;
    change.tell("desk.consultation_reopened.v1", true).await?;
    Ok(changed)
}

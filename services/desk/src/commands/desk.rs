//! The desk's verbs.

use super::{Change, Changed, VerbError, kept_body, same_case};
use crate::model::{Class, Line, Outcome, Side, State};
use crate::policy::{
    AcceptOffer, AskBack, Assign, DeclineOffer, Facts, OfferLine, Reply, Resolve, Resume, Triage, WaitThird, WithdrawOffer, WriteNote,
};
use crate::rows::change::HeaderChange;
use crate::rows::{header, routing, thread, vocabulary};
use access::{Actor, Permit};
use kernel::{FileId, MessageId, NoteId, QueueId, SeatId};
use store::{AuditEntry, Event, Tx};

/// What triage decides.
#[derive(Clone, Debug)]
pub struct Triaged {
    /// Category code.
    pub category: String,
    /// Weight.
    pub class: Class,
    /// Line; another line than the present one is an offer to its queue unless the actor holds that queue too.
    pub line: Line,
}

/// Sets category, class and line. Whoever holds both queues moves the case at once; otherwise another line is an offer.
///
/// # Errors
/// `Stale`, or `Invalid` for an unknown category or a line that no queue takes.
pub async fn triage(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<Triage>,
    seen: i32,
    input: &Triaged,
) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let case = &facts.case;
    if !vocabulary::has_category(tx, actor.federation, &input.category).await? {
        return Err(VerbError::Invalid { field: "category", key: "desk-error-category-gone" });
    }
    let mut header = HeaderChange::default().category(&input.category).class(input.class);
    // What the thread says of another line: it is so from now on, or it is offered.
    let (mut line, mut told) = ("line", None);
    if input.line != case.line {
        let (queue, duty) = queue_of_line(tx, actor, facts, input.line).await?;
        if queue == case.queue {
            header = header.line(input.line);
        } else if actor.holds_queue(queue) {
            header = header.moved(queue, duty, input.line);
            told = Some(("desk.consultation_assigned.v1", duty != actor.seat));
        } else if case.offered_queue.is_none() {
            header = header.offered(queue, actor.seat, tx.clock().now());
            line = "offered";
            told = Some(("desk.consultation_offered.v1", true));
        } else {
            return Err(VerbError::Invalid { field: "line", key: "desk-error-offer-open" });
        }
    }
    let changed = change.write(header).await?;
    if input.class != case.class {
        change.line("class", Some(case.class.word()), Some(input.class.word()), true).await?;
    }
    if input.category != case.category {
        change.line("category", Some(&case.category), Some(&input.category), false).await?;
    }
    if input.line != case.line {
        change.line(line, Some(case.line.word()), Some(input.line.word()), false).await?;
    }
    if let Some((name, mail)) = told {
        change.tell(name, mail).await?;
    }
    if case.state == State::New {
        change.line("triaged", None, None, true).await?;
    }
    let entry = AuditEntry::new("desk.consultation_triaged", case.id.0).word("category", &input.category);
    change.audit(entry.word("class", input.class).word("line", input.line)).await?;
    Ok(changed)
}

/// Makes a seat that answers from the holding queue answer for the case. Which seats do, the database says, and also that
/// this one is not just being ended. Whoever answers for it already may so begin the work; the thread then tells of no change.
///
/// # Errors
/// `Stale`, or `Invalid` when nothing would change, or when the seat does not answer from this queue (any more); nothing more can
/// then be done with `tx`.
pub async fn assign(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Assign>, seen: i32, seat: SeatId) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let same = seat == facts.case.responsible;
    if same && change.next == facts.case.state {
        return Err(VerbError::Invalid { field: "seat", key: "desk-error-same-seat" });
    }
    let changed = change.write(HeaderChange::default().responsible(seat)).await.map_err(|error| match error {
        VerbError::Store(error) if error.is_conflict("consultation_is_answered_for") => {
            VerbError::Invalid { field: "seat", key: "desk-error-seat-not-of-queue" }
        }
        error => error,
    })?;
    if !same {
        change.line("assigned", Some(&facts.case.responsible.to_string()), Some(&seat.to_string()), false).await?;
    }
    change.audit(AuditEntry::new("desk.consultation_assigned", facts.case.id.0).word("seat", seat)).await?;
    change.tell("desk.consultation_assigned.v1", !same && seat != actor.seat).await?;
    Ok(changed)
}

/// Answers the asking side. `A` decides whether it is then the asking side's turn (`AskBack`) or the desk's (`Reply`).
///
/// # Errors
/// `Stale`, or `Invalid` for an empty or too long body.
pub async fn reply<A: ReplyKind>(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<A>,
    seen: i32,
    body: &str,
    files: &[FileId],
) -> Result<(Changed, MessageId), VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let id = MessageId::new(tx.clock());
    let changed = change.write(first_answer(tx, facts, HeaderChange::default())).await?;
    let body = change.message(Side::Desk, id, body, files).await?;
    change.audit(AuditEntry::new("desk.desk_replied", facts.case.id.0).word("message", id).hashed("body", &body)).await?;
    let event = Event { name: "desk.desk_replied.v1", subject: facts.case.id.0, ids: vec![("message", id.0)], mail: true };
    tx.tell(facts.case.federation, event).await?;
    Ok((changed, id))
}

/// The two permits that answer.
pub trait ReplyKind: access::Action<Policy = crate::policy::DeskPolicy> {}
impl ReplyKind for Reply {}
impl ReplyKind for AskBack {}

/// Writes an internal note: another type and table than a message; no event carries it and no mail can take it (F17).
///
/// # Errors
/// `Invalid` for an empty or too long body, `NotFound` with a permit for another case. A note overwrites nothing, so it
/// never goes stale.
pub async fn note(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<WriteNote>, body: &str) -> Result<NoteId, VerbError> {
    same_case(facts, &permit)?;
    let body = kept_body(body)?;
    let id = NoteId::new(tx.clock());
    thread::insert_note(tx, actor, facts.case.id, id, &body).await?;
    tx.audit(AuditEntry::new("desk.note_written", facts.case.id.0).word("note", id).hashed("body", &body)).await?;
    Ok(id)
}

/// Waits for somebody outside (vendor, police, insurer).
///
/// # Errors
/// `Stale`.
pub async fn wait_third(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<WaitThird>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    step(change, "waiting_third_party", "desk.consultation_waits").await
}

/// Takes the turn back.
///
/// # Errors
/// `Stale`.
pub async fn resume(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Resume>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    step(change, "resumed", "desk.consultation_resumed").await
}

async fn step(change: Change<'_>, line: &'static str, verb: &'static str) -> Result<Changed, VerbError> {
    let changed = change.write(HeaderChange::default()).await?;
    change.line(line, None, None, true).await?;
    change.audit(AuditEntry::new(verb, change.facts.case.id.0)).await?;
    Ok(changed)
}

/// Offers the case to the queue of another line; it stays with its holder until accepted (F20).
///
/// # Errors
/// `Stale`, or `Invalid` when no other queue takes that line.
pub async fn offer_line(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<OfferLine>,
    seen: i32,
    line: Line,
) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let (queue, _) = queue_of_line(tx, actor, facts, line).await?;
    if queue == facts.case.queue {
        return Err(VerbError::Invalid { field: "line", key: "desk-error-same-queue" });
    }
    let changed = change.write(HeaderChange::default().offered(queue, actor.seat, tx.clock().now())).await?;
    change.line("offered", Some(facts.case.line.word()), Some(line.word()), false).await?;
    change.audit(AuditEntry::new("desk.consultation_offered", facts.case.id.0).word("queue", queue)).await?;
    change.tell("desk.consultation_offered.v1", true).await?;
    Ok(changed)
}

/// Takes an offered case over: queue, line and responsibility change hands in one act.
///
/// # Errors
/// `Stale`.
pub async fn accept_offer(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<AcceptOffer>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let queue = facts.case.offered_queue.ok_or(VerbError::NotFound)?;
    let line = routing::line_of(tx, queue).await?.ok_or(VerbError::NotFound)?;
    let changed = change.write(HeaderChange::default().moved(queue, actor.seat, line)).await?;
    change.line("accepted", Some(facts.case.line.word()), Some(line.word()), true).await?;
    change.audit(AuditEntry::new("desk.offer_accepted", facts.case.id.0).word("queue", queue)).await?;
    change.tell("desk.consultation_assigned.v1", false).await?;
    Ok(changed)
}

/// Gives an offer back.
///
/// # Errors
/// `Stale`.
pub async fn decline_offer(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<DeclineOffer>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    // The line comes first: once the offer is gone this seat no longer sees the case.
    change.line("declined", None, None, false).await?;
    change.audit(AuditEntry::new("desk.offer_declined", facts.case.id.0)).await?;
    change.tell("desk.consultation_assigned.v1", true).await?;
    let version = header::give_offer_back(tx, facts.case.id, facts.case.version).await?;
    let version = version.ok_or_else(|| VerbError::Stale(Box::new(facts.case.clone())))?;
    Ok(Changed { id: facts.case.id, version, state: facts.case.state })
}

/// Takes an own offer back.
///
/// # Errors
/// `Stale`.
pub async fn withdraw_offer(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<WithdrawOffer>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let changed = change.write(HeaderChange::default().no_offer()).await?;
    change.line("withdrawn", None, None, false).await?;
    change.audit(AuditEntry::new("desk.offer_withdrawn", facts.case.id.0)).await?;
    Ok(changed)
}

/// Ends the work with an outcome and a last word to the asking side.
///
/// # Errors
/// `Stale`, or `Invalid` for an empty last word.
pub async fn resolve(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<Resolve>,
    seen: i32,
    outcome: Outcome,
    body: &str,
) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let header = first_answer(tx, facts, HeaderChange::default().no_offer().outcome(outcome));
    let changed = change.write(header).await?;
    let body = change.message(Side::Desk, MessageId::new(tx.clock()), body, &[]).await?;
    change.line("resolved", None, Some(outcome.word()), true).await?;
    change.audit(AuditEntry::new("desk.consultation_resolved", facts.case.id.0).word("outcome", outcome).hashed("body", &body)).await?;
    change.tell("desk.consultation_resolved.v1", true).await?;
    Ok(changed)
}

/// Whatever the desk says first is its first answer, and only that.
fn first_answer(tx: &Tx, facts: &Facts, change: HeaderChange) -> HeaderChange {
    if facts.case.first_answer_at.is_none() { change.first_answer(tx.clock().now()) } else { change }
}

/// The queue that takes a line for this case's prefecture, and the seat on duty there.
async fn queue_of_line(tx: &Tx, actor: &Actor, facts: &Facts, line: Line) -> Result<(QueueId, SeatId), VerbError> {
    let found = routing::of_line(tx, actor.federation, line, facts.case.prefecture).await?;
    found.ok_or(VerbError::Invalid { field: "line", key: "desk-error-no-queue" })
}

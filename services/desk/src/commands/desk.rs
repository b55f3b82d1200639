//! The desk's verbs.

use super::{Change, Changed, VerbError, check_length};
use crate::model::{Class, Line, Outcome, Side, State};
use crate::policy::{AcceptOffer, AskBack, Assign, DeclineOffer, Facts, OfferLine, Reply, Resolve, Resume, Triage, WaitThird, WithdrawOffer, WriteNote};
use crate::rows::header::Column;
use access::{Actor, Permit};
use kernel::{FileId, MessageId, NoteId, QueueId, SeatId};
use sea_orm::sea_query::Expr;
use store::{AuditEntry, Event, StoreError, Tx};

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

/// Sets category, class and line.
///
/// # Errors
/// `Stale`, or `Invalid` for an unknown category or a line that no queue takes.
pub async fn triage(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Triage>, seen: i32, input: &Triaged) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let case = &facts.case;
    let known = tx.one_raw("SELECT 1 AS one FROM desk_categories WHERE federation_id = $1 AND code = $2", [actor.federation.0.into(), input.category.clone().into()]).await?;
    if known.is_none() {
        return Err(VerbError::Invalid { field: "category", key: "desk-error-category-gone" });
    }
    let mut sets = vec![(Column::Category, Expr::value(input.category.clone())), (Column::Class, Expr::value(input.class.word()))];
    if input.line != case.line {
        let (queue, duty) = queue_of_line(tx, actor, facts, input.line).await?;
        if queue == case.queue {
            sets.push((Column::Line, Expr::value(input.line.word())));
        } else if actor.holds_queue(queue) {
            sets.extend(move_to(queue, duty, input.line));
        } else if case.offered_queue.is_none() {
            sets.extend(offer_to(tx, actor, queue));
        } else {
            return Err(VerbError::Invalid { field: "line", key: "desk-error-offer-open" });
        }
    }
    let changed = change.write(sets).await?;
    if input.class != case.class {
        change.line("class", Some(case.class.word()), Some(input.class.word()), true).await?;
    }
    if input.category != case.category {
        change.line("category", Some(&case.category), Some(&input.category), false).await?;
    }
    if input.line != case.line {
        change.line("line", Some(case.line.word()), Some(input.line.word()), false).await?;
        change.tell("desk.consultation_offered.v1", true).await?;
    }
    if case.state == State::New {
        change.line("triaged", None, None, true).await?;
    }
    change.audit(AuditEntry::new("desk.consultation_triaged", case.id.0).word("category", &input.category).word("class", input.class).word("line", input.line)).await?;
    Ok(changed)
}

/// Makes a live desk seat of the holding queue answer for the case.
///
/// # Errors
/// `Stale`, or `Invalid` when the seat does not answer from this queue.
pub async fn assign(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Assign>, seen: i32, seat: SeatId) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let fits = tx
        .one_raw(
            "SELECT 1 AS one FROM seats s WHERE s.id = $1 AND s.ended_at IS NULL AND s.federation_id = $3 AND (s.id = $4 OR EXISTS (SELECT 1 FROM seat_queues q WHERE q.seat_id = s.id AND q.queue_id = $2) OR EXISTS (SELECT 1 FROM queues q WHERE q.id = $2 AND q.duty_seat_id = s.id))",
            [seat.0.into(), facts.case.queue.0.into(), actor.federation.0.into(), actor.seat.0.into()],
        )
        .await?;
    if fits.is_none() {
        return Err(VerbError::Invalid { field: "seat", key: "desk-error-seat-not-of-queue" });
    }
    let changed = change.write(vec![(Column::ResponsibleSeatId, Expr::value(seat.0))]).await?;
    change.line("assigned", Some(&facts.case.responsible.to_string()), Some(&seat.to_string()), false).await?;
    change.audit(AuditEntry::new("desk.consultation_assigned", facts.case.id.0).word("seat", seat)).await?;
    change.tell("desk.consultation_assigned.v1", seat != actor.seat).await?;
    Ok(changed)
}

/// Answers the asking side. `A` decides whether it is then the asking side's turn (`AskBack`) or the desk's (`Reply`).
///
/// # Errors
/// `Stale`, or `Invalid` for an empty or too long body.
pub async fn reply<A: ReplyKind>(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<A>, seen: i32, body: &str, files: &[FileId]) -> Result<(Changed, MessageId), VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let id = MessageId::new(tx.clock());
    let mut sets = Vec::new();
    if facts.case.first_answer_at.is_none() {
        sets.push((Column::FirstAnswerAt, Expr::value(tx.clock().now())));
    }
    let changed = change.write(sets).await?;
    change.message(Side::Desk, id, body, files).await?;
    change.audit(AuditEntry::new("desk.desk_replied", facts.case.id.0).word("message", id).hashed("body", body)).await?;
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
/// `Invalid` for an empty or too long body. A note overwrites nothing, so it never goes stale.
pub async fn note(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<WriteNote>, body: &str) -> Result<NoteId, VerbError> {
    let body = kernel::text::paragraphs(body);
    check_length(&body, 8000)?;
    let id = NoteId::new(tx.clock());
    tx.run(
        "INSERT INTO consultation_notes (id, federation_id, consultation_id, author_id, author_seat_id, author_name, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [id.0.into(), permit.federation().0.into(), permit.subject().into(), permit.person().0.into(), permit.seat().0.into(), actor.person_name.clone().into(), body.clone().into(), tx.clock().now().into()],
    )
    .await?;
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
    let changed = change.write(vec![]).await?;
    change.line(line, None, None, true).await?;
    change.audit(AuditEntry::new(verb, change.facts.case.id.0)).await?;
    Ok(changed)
}

/// Offers the case to the queue of another line; it stays with its holder until accepted (F20).
///
/// # Errors
/// `Stale`, or `Invalid` when no other queue takes that line.
pub async fn offer_line(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<OfferLine>, seen: i32, line: Line) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let (queue, _) = queue_of_line(tx, actor, facts, line).await?;
    if queue == facts.case.queue {
        return Err(VerbError::Invalid { field: "line", key: "desk-error-same-queue" });
    }
    let changed = change.write(offer_to(tx, actor, queue)).await?;
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
    let row = tx.one_raw("SELECT line FROM queues WHERE id = $1", [queue.0.into()]).await?.ok_or(VerbError::NotFound)?;
    let line: Line = crate::rows::word(&row.try_get::<String>("", "line").map_err(StoreError::from)?)?;
    let changed = change.write(move_to(queue, actor.seat, line)).await?;
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
    // The new row is hidden from this seat, which PostgreSQL refuses for an ordinary UPDATE; the door checks the offer.
    let row = tx.one_raw("SELECT desk_decline_offer($1, $2, $3) AS version", [facts.case.id.0.into(), facts.case.version.into(), tx.clock().now().into()]).await?;
    let version: Option<i32> = row.map(|r| r.try_get("", "version")).transpose().map_err(StoreError::from)?.flatten();
    let version = version.ok_or_else(|| VerbError::Stale(Box::new(facts.case.clone())))?;
    Ok(Changed { id: facts.case.id, version, state: facts.case.state })
}

/// Takes an own offer back.
///
/// # Errors
/// `Stale`.
pub async fn withdraw_offer(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<WithdrawOffer>, seen: i32) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let changed = change.write(no_offer()).await?;
    change.line("withdrawn", None, None, false).await?;
    change.audit(AuditEntry::new("desk.offer_withdrawn", facts.case.id.0)).await?;
    Ok(changed)
}

/// Ends the work with an outcome and a last word to the asking side.
///
/// # Errors
/// `Stale`, or `Invalid` for an empty last word.
pub async fn resolve(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<Resolve>, seen: i32, outcome: Outcome, body: &str) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let mut sets = no_offer();
    sets.push((Column::Outcome, Expr::value(outcome.word())));
    if facts.case.first_answer_at.is_none() {
        sets.push((Column::FirstAnswerAt, Expr::value(tx.clock().now())));
    }
    let changed = change.write(sets).await?;
    change.message(Side::Desk, MessageId::new(tx.clock()), body, &[]).await?;
    change.line("resolved", None, Some(outcome.word()), true).await?;
    change.audit(AuditEntry::new("desk.consultation_resolved", facts.case.id.0).word("outcome", outcome).hashed("body", body)).await?;
    change.tell("desk.consultation_resolved.v1", true).await?;
    Ok(changed)
}

fn none<T: Into<sea_orm::Value>>(value: Option<T>) -> sea_orm::sea_query::SimpleExpr
where
    Option<T>: Into<sea_orm::Value>,
{
    Expr::value(value)
}

fn no_offer() -> super::Sets {
    vec![(Column::OfferedQueueId, none(None::<i32>)), (Column::OfferedBy, none(None::<uuid::Uuid>)), (Column::OfferedAt, none(None::<time::OffsetDateTime>))]
}

fn move_to(queue: QueueId, seat: SeatId, line: Line) -> super::Sets {
    let mut sets = no_offer();
    sets.extend([(Column::QueueId, Expr::value(queue.0)), (Column::ResponsibleSeatId, Expr::value(seat.0)), (Column::Line, Expr::value(line.word()))]);
    sets
}

fn offer_to(tx: &Tx, actor: &Actor, queue: QueueId) -> super::Sets {
    vec![(Column::OfferedQueueId, Expr::value(queue.0)), (Column::OfferedBy, Expr::value(actor.seat.0)), (Column::OfferedAt, Expr::value(tx.clock().now()))]
}

/// The queue that takes a line for this case's prefecture, and the seat on duty there.
async fn queue_of_line(tx: &Tx, actor: &Actor, facts: &Facts, line: Line) -> Result<(QueueId, SeatId), VerbError> {
    let row = tx
        .one_raw(
            "SELECT q.id, q.duty_seat_id FROM queue_routes r JOIN queues q ON q.id = r.queue_id AND q.active
             WHERE r.federation_id = $1 AND r.line = $2 AND (r.prefecture_id IS NULL OR r.prefecture_id = $3) ORDER BY r.prefecture_id NULLS LAST LIMIT 1",
            [actor.federation.0.into(), line.word().into(), facts.case.prefecture.map(|u| u.0).into()],
        )
        .await?
        .ok_or(VerbError::Invalid { field: "line", key: "desk-error-no-queue" })?;
    Ok((QueueId(row.try_get("", "id").map_err(StoreError::from)?), SeatId(row.try_get("", "duty_seat_id").map_err(StoreError::from)?)))
}

//! Asking: a draft on the server, and one sending however often the button is pressed.

use super::{MOST_KEPT, Page, VerbError, write_message};
use crate::model::{Answers, Care, Class, Draft, Missing, Privacy, Side, Step};
use crate::policy::Ask;
use crate::rows::case_drafts::Fields;
use crate::rows::{attachments, drafts, header, people, routing, thread};
use access::{Actor, Permit, authorise};
use kernel::{ConsultationId, DraftId, MessageId};
use store::{AuditEntry, Event, Tx};

/// What sending came to.
#[derive(Debug)]
pub enum Asked {
    /// It is stored; `first` is false when an earlier press had already sent it.
    Stored {
        /// The consultation.
        id: ConsultationId,
        /// Its number.
        number: String,
        /// Whether this press made it.
        first: bool,
    },
    /// Not sent: these are missing.
    Missing(Vec<Missing>),
}

/// Begins a draft.
///
/// # Errors
/// `Forbidden` for seats that do not ask.
pub async fn start_draft(tx: &Tx, actor: &Actor, answers: &Answers) -> Result<Draft, VerbError> {
    let id = DraftId::new(tx.clock());
    drop(permit(actor, id)?);
    Ok(drafts::insert(tx, actor, id, answers).await?)
}

/// Saves a draft if it is still at `seen`; a draft saved elsewhere meanwhile is returned as `Err(..)` unchanged.
///
/// # Errors
/// `NotFound` when it is not the actor's, thrown away or already sent.
pub async fn save_draft(tx: &Tx, actor: &Actor, id: DraftId, seen: i32, answers: &Answers) -> Result<Result<Draft, Draft>, VerbError> {
    drop(own(actor, id)?);
    let draft = drafts::lock(tx, id).await?.filter(|draft| draft.consultation.is_none()).ok_or(VerbError::NotFound)?;
    if draft.version != seen {
        return Ok(Err(draft));
    }
    Ok(Ok(drafts::save(tx, &draft, answers).await?))
}

/// Keeps what is being written at a step of a draft, from a page that showed version `seen`; false when that page has answered the step
/// already, so that an older word of it comes too late.
///
/// # Errors
/// `NotFound` when the draft is not the actor's, thrown away or already sent; `Invalid` when there is too much to keep.
pub async fn keep_answer(
    tx: &Tx,
    actor: &Actor,
    id: DraftId,
    step: Step,
    page: Page,
    seen: i32,
    begun: &Fields,
) -> Result<bool, VerbError> {
    drop(own(actor, id)?);
    if begun.values().map(|value| kernel::text::length(value)).sum::<usize>() > MOST_KEPT {
        return Err(VerbError::Invalid { field: "body", key: "desk-error-draft-long" });
    }
    let draft = drafts::lock(tx, id).await?.filter(|draft| draft.consultation.is_none()).ok_or(VerbError::NotFound)?;
    if page.is_some() && draft.answers.trace(step).is_some_and(|trace| trace.page == page) {
        return Ok(false);
    }
    let mut answers = draft.answers.clone();
    answers.begin(step, begun.clone(), seen);
    drafts::save(tx, &draft, &answers).await?;
    Ok(true)
}

/// Throws a draft away, with its files.
///
/// # Errors
/// `NotFound` when it is not the actor's or already sent.
pub async fn discard_draft(tx: &Tx, actor: &Actor, id: DraftId) -> Result<(), VerbError> {
    drop(own(actor, id)?);
    attachments::take_off_draft(tx, id).await?;
    if drafts::discard(tx, id).await? { Ok(()) } else { Err(VerbError::NotFound) }
}

/// Sends a draft. The draft's row is held, so a second press waits and then finds the first one's number.
///
/// # Errors
/// `NotFound` when the draft is not the actor's; `Store` as the database reports.
pub async fn submit(tx: &Tx, actor: &Actor, id: DraftId) -> Result<Asked, VerbError> {
    let permit = own(actor, id)?;
    let draft = drafts::lock(tx, id).await?.ok_or(VerbError::NotFound)?;
    if let Some(sent) = draft.consultation {
        let number = header::number(tx, sent).await?.ok_or(VerbError::NotFound)?;
        return Ok(Asked::Stored { id: sent, number, first: false });
    }
    let missing = draft.answers.missing();
    if !missing.is_empty() {
        return Ok(Asked::Missing(missing));
    }
    store(tx, actor, permit, &draft).await
}

async fn store(tx: &Tx, actor: &Actor, permit: Permit<Ask>, draft: &Draft) -> Result<Asked, VerbError> {
    let answers = &draft.answers;
    let category = answers.category.as_deref().ok_or(VerbError::NotFound)?;
    let privacy = answers.privacy.ok_or(VerbError::NotFound)?;
    let (federation, case) = (permit.federation(), ConsultationId::new(tx.clock()));
    let arrival = routing::arrival(tx, federation, actor.unit, category).await?;
    let arrival = arrival.ok_or(VerbError::Invalid { field: "category", key: "desk-error-category-gone" })?;
    let care = if answers.trouble { answers.care.unwrap_or(Care::Normal) } else { Care::NotApplicable };
    // Care stopped is S1 whatever the category (consultation.md section 3); staff may change it at triage.
    let class = if care == Care::Stopped { Class::S1 } else { arrival.class };
    let row = header::NewHeader {
        id: case,
        federation,
        requester_unit: actor.unit,
        opened_by: permit.person(),
        opened_from: permit.seat(),
        member: answers.member,
        queue: arrival.queue,
        responsible: arrival.duty,
        category,
        class,
        line: arrival.line,
        care,
        privacy,
        now: tx.clock().now(),
    };
    let number = header::insert(tx, row).await?;
    thread::insert_text(tx, federation, case, answers).await?;
    if matches!(privacy, Privacy::Named | Privacy::Confidential) {
        people::name(tx, federation, case, actor.unit, &answers.named).await?;
    }
    let files = attachments::of_draft(tx, draft.id).await?;
    let body = write_message(tx, actor, case, Side::Requester, MessageId::new(tx.clock()), &answers.body, &files).await?;
    let asked = thread::Happened { verb: "asked", from: None, to: Some(class.word()), public: true };
    thread::insert_event(tx, actor, case, asked).await?;
    if !drafts::sent(tx, draft.id, case).await? {
        return Err(VerbError::NotFound);
    }
    let entry = AuditEntry::new("desk.consultation_opened", case.0).word("class", class).word("privacy", privacy);
    tx.audit(entry.hashed("title", &answers.title).hashed("body", &body)).await?;
    tx.tell(federation, Event { name: "desk.consultation_opened.v1", subject: case.0, ids: vec![], mail: true }).await?;
    Ok(Asked::Stored { id: case, number, first: true })
}

fn permit(actor: &Actor, id: DraftId) -> Result<Permit<Ask>, VerbError> {
    authorise::<Ask>(actor, &id.0).map_err(|_| VerbError::Forbidden)
}

/// As [`permit`], for a draft that is there already: seats that do not ask have none, so theirs is the answer for any id.
fn own(actor: &Actor, id: DraftId) -> Result<Permit<Ask>, VerbError> {
    permit(actor, id).map_err(|_| VerbError::NotFound)
}

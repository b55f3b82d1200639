//! Asking: a draft on the server, and one sending however often the button is pressed.

use super::{VerbError, event_line, write_message};
use crate::model::{Answers, Care, Class, Draft, Missing, Side};
use crate::policy::Ask;
use crate::rows::{draft, word};
use access::{Actor, Permit, authorise};
use kernel::{ConsultationId, DraftId, FileId, FiscalYear, MessageId};
use sea_orm::{ActiveModelTrait, EntityTrait, QuerySelect, Set};
use store::{AuditEntry, Event, StoreError, Tx};

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
    let now = tx.clock().now();
    let row = draft::ActiveModel {
        id: Set(id.0),
        federation_id: Set(actor.federation.0),
        person_id: Set(actor.person.0),
        seat_id: Set(actor.seat.0),
        answers: Set(json(answers)?),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        consultation_id: Set(None),
    };
    let row = row.insert(tx).await.map_err(StoreError::from)?;
    Ok(Draft::try_from(row)?)
}

/// Saves a draft if it is still at `seen`; a draft saved elsewhere meanwhile is returned as `Err(Some(..))` unchanged.
///
/// # Errors
/// `NotFound` when it is not the actor's or already sent.
pub async fn save_draft(tx: &Tx, actor: &Actor, id: DraftId, seen: i32, answers: &Answers) -> Result<Result<Draft, Draft>, VerbError> {
    drop(permit(actor, id)?);
    let row = draft::Entity::find_by_id(id.0).lock_exclusive().one(tx).await.map_err(StoreError::from)?.ok_or(VerbError::NotFound)?;
    if row.consultation_id.is_some() {
        return Err(VerbError::NotFound);
    }
    if row.version != seen {
        return Ok(Err(Draft::try_from(row)?));
    }
    let mut change: draft::ActiveModel = row.into();
    change.answers = Set(json(answers)?);
    change.version = Set(seen + 1);
    change.updated_at = Set(tx.clock().now());
    let row = change.update(tx).await.map_err(StoreError::from)?;
    Ok(Ok(Draft::try_from(row)?))
}

/// Throws a draft away.
///
/// # Errors
/// `NotFound` when it is not the actor's or already sent.
pub async fn discard_draft(tx: &Tx, actor: &Actor, id: DraftId) -> Result<(), VerbError> {
    drop(permit(actor, id)?);
    tx.run("UPDATE files SET removed_at = $2 WHERE draft_id = $1 AND message_id IS NULL AND removed_at IS NULL", [id.0.into(), tx.clock().now().into()]).await?;
    // Files keep pointing at it, so it is emptied and hidden rather than deleted.
    let done = tx
        .run("UPDATE ask_drafts SET answers = '{}', updated_at = $2, version = -version WHERE id = $1 AND consultation_id IS NULL AND version > 0", [id.0.into(), tx.clock().now().into()])
        .await?;
    if done == 1 { Ok(()) } else { Err(VerbError::NotFound) }
}

/// Sends a draft. The draft's row is held, so a second press waits and then finds the first one's number.
///
/// # Errors
/// `NotFound` when the draft is not the actor's; `Store` as the database reports.
pub async fn submit(tx: &Tx, actor: &Actor, id: DraftId) -> Result<Asked, VerbError> {
    let permit = permit(actor, id)?;
    let row = draft::Entity::find_by_id(id.0).lock_exclusive().one(tx).await.map_err(StoreError::from)?.ok_or(VerbError::NotFound)?;
    if row.version < 0 {
        return Err(VerbError::NotFound);
    }
    let draft = Draft::try_from(row)?;
    if let Some(sent) = draft.consultation {
        let row = tx.one_raw("SELECT number FROM consultations WHERE id = $1", [sent.0.into()]).await?.ok_or(VerbError::NotFound)?;
        return Ok(Asked::Stored { id: sent, number: row.try_get("", "number").map_err(StoreError::from)?, first: false });
    }
    let missing = draft.answers.missing();
    if !missing.is_empty() {
        return Ok(Asked::Missing(missing));
    }
    store(tx, actor, permit, &draft).await
}

async fn store(tx: &Tx, actor: &Actor, permit: Permit<Ask>, draft: &Draft) -> Result<Asked, VerbError> {
    let answers = &draft.answers;
    let category = answers.category.clone().ok_or(VerbError::NotFound)?;
    let (case, now) = (ConsultationId::new(tx.clock()), tx.clock().now());
    let route = tx
        .one_raw(
            "SELECT c.default_class, c.default_line, q.id AS queue_id, q.duty_seat_id, u.level = 'institution' AS about_one,
                    consultation_number($2, $4) AS number
             FROM desk_categories c JOIN units u ON u.id = $3
             JOIN LATERAL (SELECT r.queue_id FROM queue_routes r WHERE r.federation_id = $2 AND r.line = c.default_line
               AND (r.prefecture_id IS NULL OR r.prefecture_id = coalesce(u.prefecture_id, u.id)) ORDER BY r.prefecture_id NULLS LAST LIMIT 1) r ON true
             JOIN queues q ON q.id = r.queue_id AND q.active
             WHERE c.federation_id = $2 AND c.code = $1 AND c.symptom IS NOT NULL AND c.from_on <= $5 AND (c.until_on IS NULL OR $5 < c.until_on)",
            [category.clone().into(), permit.federation().0.into(), actor.unit.0.into(), FiscalYear::of(tx.clock().today()).0.into(), tx.clock().today().into()],
        )
        .await?
        .ok_or(VerbError::Invalid { field: "category", key: "desk-error-category-gone" })?;
    let text = |name: &str| route.try_get::<String>("", name).map_err(StoreError::from);
    let number = text("number")?;
    let care = if answers.trouble { answers.care.unwrap_or(Care::Normal) } else { Care::NotApplicable };
    // Care stopped is S1 whatever the category (consultation.md section 3); staff may change it at triage.
    let class = if care == Care::Stopped { Class::S1 } else { word::<Class>(&text("default_class")?)? };
    let privacy = answers.privacy.ok_or(VerbError::NotFound)?;
    tx.run(
        "INSERT INTO consultations (id, federation_id, number, requester_unit_id, opened_by, opened_from, member_id, queue_id, responsible_seat_id, category, class, line, care, state, privacy, created_at, updated_at, turn_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'new', $14, $15, $15, $15)",
        [
            case.0.into(),
            permit.federation().0.into(),
            number.clone().into(),
            actor.unit.0.into(),
            permit.person().0.into(),
            permit.seat().0.into(),
            answers.member.map(|m| m.0).into(),
            route.try_get::<i32>("", "queue_id").map_err(StoreError::from)?.into(),
            route.try_get::<uuid::Uuid>("", "duty_seat_id").map_err(StoreError::from)?.into(),
            category.into(),
            class.word().into(),
            text("default_line")?.into(),
            care.word().into(),
            privacy.word().into(),
            now.into(),
        ],
    )
    .await?;
    tx.run(
        "INSERT INTO consultation_texts (consultation_id, federation_id, title, done, noticed, phone, contact) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [case.0.into(), permit.federation().0.into(), answers.title.clone().into(), answers.done.clone().into(), answers.noticed.clone().into(), answers.phone.clone().into(), answers.contact.clone().into()],
    )
    .await?;
    for person in &answers.named {
        tx.run("INSERT INTO consultation_people (federation_id, consultation_id, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", [permit.federation().0.into(), case.0.into(), person.0.into()]).await?;
    }
    let files: Vec<FileId> = draft_files(tx, draft.id).await?;
    write_message(tx, actor, case, Side::Requester, MessageId::new(tx.clock()), &answers.body, &files).await?;
    event_line(tx, actor, case, "asked", None, Some(class.word()), true).await?;
    let sent = tx.run("UPDATE ask_drafts SET consultation_id = $2, updated_at = $3, version = version + 1 WHERE id = $1 AND consultation_id IS NULL", [draft.id.0.into(), case.0.into(), now.into()]).await?;
    if sent != 1 {
        return Err(VerbError::NotFound);
    }
    tx.audit(AuditEntry::new("desk.consultation_opened", case.0).word("class", class).word("privacy", privacy).hashed("title", &answers.title).hashed("body", &answers.body)).await?;
    tx.tell(permit.federation(), Event { name: "desk.consultation_opened.v1", subject: case.0, ids: vec![], mail: true }).await?;
    Ok(Asked::Stored { id: case, number, first: true })
}

async fn draft_files(tx: &Tx, id: DraftId) -> Result<Vec<FileId>, VerbError> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        id: uuid::Uuid,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT f.id FROM files f JOIN file_versions v ON v.file_id = f.id WHERE f.draft_id = $1 AND f.removed_at IS NULL AND f.message_id IS NULL AND v.state NOT IN ('expected', 'abandoned') ORDER BY f.created_at, f.id",
            [id.0.into()],
        )
        .await?;
    Ok(rows.into_iter().map(|row| FileId(row.id)).collect())
}

fn permit(actor: &Actor, id: DraftId) -> Result<Permit<Ask>, VerbError> {
    authorise::<Ask>(actor, &id.0).map_err(|_| VerbError::Forbidden)
}

fn json(answers: &Answers) -> Result<serde_json::Value, VerbError> {
    serde_json::to_value(answers).map_err(|error| StoreError::Internal(error.to_string()).into())
}

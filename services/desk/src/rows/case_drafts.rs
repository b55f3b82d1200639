//! What somebody is writing about a case: `case_drafts`, one row per person, case and form.

use access::Actor;
use kernel::ConsultationId;
use sea_orm::FromQueryResult;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use store::{StoreError, Tx};
use time::OffsetDateTime;

/// Field names with what stands in them.
pub type Fields = BTreeMap<String, String>;

/// Something begun and not sent.
#[derive(Clone, Debug)]
pub struct Writing {
    /// What stood in the fields.
    pub fields: Fields,
    /// The version of the case that the writer had in front of them.
    pub seen: i32,
    /// When it was kept last.
    pub updated_at: OffsetDateTime,
}

#[derive(FromQueryResult)]
struct Row {
    fields: Json,
    seen: i32,
    updated_at: OffsetDateTime,
}

/// Waits for whoever is sending something about the case just now (all hold its header), so that a text which is being sent and being
/// kept at the same instant ends as sent.
pub(crate) async fn wait_for_senders(tx: &Tx, case: ConsultationId) -> Result<(), StoreError> {
    tx.run("SELECT 1 FROM consultations WHERE id = $1 FOR KEY SHARE", [case.0.into()]).await.map(drop)
}

/// Whether the actor has sent a message since a version of the case: one that came with the event `with` (`resolved`, `reopened`), or one
/// that came with neither.
pub(crate) async fn has_said_since(
    tx: &Tx,
    actor: &Actor,
    case: ConsultationId,
    seen: i32,
    with: Option<&'static str>,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM consultation_messages m WHERE m.consultation_id = $1 AND m.author_id = $2 AND m.version > $3
        AND $4 IS NOT DISTINCT FROM (SELECT e.verb FROM consultation_events e WHERE e.consultation_id = $1 AND e.version = m.version AND e.verb IN ('resolved', 'reopened')) LIMIT 1";
    Ok(tx.one_raw(sql, [case.0.into(), actor.person.0.into(), seen.into(), with.into()]).await?.is_some())
}

/// Whether the actor has written a note since an instant that begins with these words.
pub(crate) async fn has_noted_since(
    tx: &Tx,
    actor: &Actor,
    case: ConsultationId,
    words: &str,
    at: OffsetDateTime,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM consultation_notes WHERE consultation_id = $1 AND author_id = $2 AND created_at >= $3 AND starts_with(body, $4) LIMIT 1";
    Ok(tx.one_raw(sql, [case.0.into(), actor.person.0.into(), at.into(), words.into()]).await?.is_some())
}

/// Keeps it in the place of what was kept before.
pub(crate) async fn keep(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str, fields: &Fields, seen: i32) -> Result<(), StoreError> {
    let sql = "INSERT INTO case_drafts (person_id, consultation_id, form, federation_id, fields, seen, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (person_id, consultation_id, form) DO UPDATE SET fields = excluded.fields, seen = excluded.seen, updated_at = excluded.updated_at";
    let fields = serde_json::to_value(fields).map_err(|error| StoreError::Internal(error.to_string()))?;
    let values =
        [actor.person.0.into(), case.0.into(), form.into(), actor.federation.0.into(), fields.into(), seen.into(), tx.clock().now().into()];
    tx.run(sql, values).await.map(drop)
}

/// What the actor has begun in a form about a case.
pub(crate) async fn begun(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str) -> Result<Option<Writing>, StoreError> {
    let sql = "SELECT fields, seen, updated_at FROM case_drafts WHERE person_id = $1 AND consultation_id = $2 AND form = $3";
    let row: Option<Row> = tx.one(sql, [actor.person.0.into(), case.0.into(), form.into()]).await?;
    row.map(|row| {
        let fields = serde_json::from_value(row.fields).map_err(|error| StoreError::Internal(format!("draft about {case}: {error}")))?;
        Ok(Writing { fields, seen: row.seen, updated_at: row.updated_at })
    })
    .transpose()
}

/// Forgets it: it was sent, or thrown away.
pub(crate) async fn forget(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM case_drafts WHERE person_id = $1 AND consultation_id = $2 AND form = $3";
    tx.run(sql, [actor.person.0.into(), case.0.into(), form.into()]).await.map(drop)
}

/// Forgets what nobody has gone on with since an instant; the worker's.
pub(crate) async fn sweep(tx: &Tx, before: OffsetDateTime) -> Result<(), StoreError> {
    tx.run("SELECT sweep_case_drafts($1)", [before.into()]).await.map(drop)
}

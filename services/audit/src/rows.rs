//! The statements. Private: nothing outside this crate names a column.

use crate::{AuditError, Filters};
use kernel::{Cursor, FederationId};
use sea_orm::{FromQueryResult, Value};
use store::Tx;
use time::OffsetDateTime;
use uuid::Uuid;

/// First key of the advisory locks that keep one sealer per federation; any number that nothing else uses.
const SEALER: i32 = 0x5ea1;

#[derive(FromQueryResult)]
struct Flag {
    is: bool,
}

/// Becomes the federation's one sealer until the transaction ends; false when somebody else is.
pub(crate) async fn take_sealer(tx: &Tx, federation: FederationId) -> Result<bool, AuditError> {
    let flag: Option<Flag> = tx.one("SELECT pg_try_advisory_xact_lock($1, $2) AS \"is\"", [SEALER.into(), federation.0.into()]).await?;
    Ok(flag.is_some_and(|f| f.is))
}

#[derive(FromQueryResult)]
struct FederationRow {
    federation_id: i32,
}

pub(crate) async fn federations(tx: &Tx) -> Result<Vec<FederationId>, AuditError> {
    // A jump from federation to federation over the indexes, not a walk over every entry.
    let sql = "WITH RECURSIVE f AS (
        SELECT least((SELECT min(federation_id) FROM audit_seals), (SELECT min(federation_id) FROM audit_entries)) AS federation_id
        UNION ALL
        SELECT least((SELECT min(s.federation_id) FROM audit_seals s WHERE s.federation_id > f.federation_id),
                     (SELECT min(e.federation_id) FROM audit_entries e WHERE e.federation_id > f.federation_id)) FROM f WHERE f.federation_id IS NOT NULL)
        SELECT federation_id FROM f WHERE federation_id IS NOT NULL ORDER BY 1";
    Ok(tx.all::<FederationRow>(sql, []).await?.into_iter().map(|row| FederationId(row.federation_id)).collect())
}

#[derive(FromQueryResult)]
pub(crate) struct HeadRow {
    pub seq: i64,
    pub hash: Vec<u8>,
}

pub(crate) async fn head(tx: &Tx, federation: FederationId) -> Result<Option<HeadRow>, AuditError> {
    Ok(tx.one("SELECT seq, hash FROM audit_seals WHERE federation_id = $1 ORDER BY seq DESC LIMIT 1", [federation.0.into()]).await?)
}

#[derive(FromQueryResult)]
pub(crate) struct PendingRow {
    pub entry_id: Uuid,
    pub content_hash: Vec<u8>,
}

pub(crate) async fn pending(tx: &Tx, federation: FederationId, limit: u32) -> Result<Vec<PendingRow>, AuditError> {
    // The step first, then its entries: else each step of a long list would look up all that wait.
    let sql = "SELECT u.entry_id, e.content_hash
        FROM (SELECT w.entry_id, w.at FROM audit_unsealed w WHERE w.federation_id = $1 ORDER BY w.at, w.entry_id LIMIT $2) u JOIN audit_entries e ON e.id = u.entry_id
        ORDER BY u.at, u.entry_id";
    Ok(tx.all(sql, [federation.0.into(), i64::from(limit).into()]).await?)
}

/// Writes links at `places` and takes their entries off the work list; returns how many of each.
pub(crate) async fn add_links(
    tx: &Tx,
    federation: FederationId,
    links: Vec<(i64, Uuid, [u8; 32])>,
    now: OffsetDateTime,
) -> Result<(u64, u64), AuditError> {
    let entries: Vec<Uuid> = links.iter().map(|l| l.1).collect();
    let places: Vec<i64> = links.iter().map(|l| l.0).collect();
    let hashes: Vec<Vec<u8>> = links.iter().map(|l| l.2.to_vec()).collect();
    let sql = "INSERT INTO audit_seals (federation_id, seq, entry_id, hash, sealed_at)
        SELECT $1, l.seq, l.entry, l.hash, $5 FROM unnest($2::bigint[], $3::uuid[], $4::bytea[]) AS l (seq, entry, hash)";
    let added = tx.run(sql, [federation.0.into(), places.into(), entries.clone().into(), hashes.into(), now.into()]).await?;
    let taken = tx
        .run("DELETE FROM audit_unsealed WHERE federation_id = $1 AND entry_id = ANY ($2)", [federation.0.into(), entries.into()])
        .await?;
    Ok((added, taken))
}

/// A link and whatever stands behind it now.
#[derive(FromQueryResult)]
pub(crate) struct LinkRow {
    pub seq: i64,
    pub entry_id: Uuid,
    pub hash: Vec<u8>,
    pub present: Option<Uuid>,
    pub federation_id: Option<i32>,
    pub at: Option<OffsetDateTime>,
    pub person_id: Option<Uuid>,
    pub seat_id: Option<Uuid>,
    pub system: Option<String>,
    pub verb: Option<String>,
    pub subject: Option<Uuid>,
    pub fields: Option<serde_json::Value>,
    pub request_id: Option<Uuid>,
    pub content_hash: Option<Vec<u8>>,
}

pub(crate) async fn links(tx: &Tx, federation: FederationId, after: i64, size: u32) -> Result<Vec<LinkRow>, AuditError> {
    let sql = "SELECT s.seq, s.entry_id, s.hash, e.id AS present, e.federation_id, e.at, e.person_id, e.seat_id, e.system, e.verb, e.subject, e.fields, e.request_id, e.content_hash
        FROM audit_seals s LEFT JOIN audit_entries e ON e.id = s.entry_id
        WHERE s.federation_id = $1 AND s.seq > $2 ORDER BY s.seq LIMIT $3";
    Ok(tx.all(sql, [federation.0.into(), after.into(), i64::from(size).into()]).await?)
}

#[derive(FromQueryResult)]
pub(crate) struct UnsealedRow {
    pub unsealed: i64,
    pub oldest: Option<OffsetDateTime>,
}

/// Counted from the record itself: the work list could have been emptied by whoever wants an entry forgotten.
pub(crate) async fn without_link(tx: &Tx, federation: FederationId) -> Result<UnsealedRow, AuditError> {
    let sql = "SELECT count(*) AS unsealed, min(at) AS oldest FROM audit_entries e
        WHERE e.federation_id = $1 AND NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.entry_id = e.id)";
    Ok(tx.one(sql, [federation.0.into()]).await?.unwrap_or(UnsealedRow { unsealed: 0, oldest: None }))
}

/// The work list's length and oldest instant over all federations; cheap enough for a metric.
pub(crate) async fn waiting(tx: &Tx) -> Result<UnsealedRow, AuditError> {
    Ok(tx
        .one("SELECT count(*) AS unsealed, min(at) AS oldest FROM audit_unsealed", [])
        .await?
        .unwrap_or(UnsealedRow { unsealed: 0, oldest: None }))
}

#[derive(FromQueryResult)]
pub(crate) struct EntryRow {
    pub id: Uuid,
    pub at: OffsetDateTime,
    pub person_id: Option<Uuid>,
    pub person_name: Option<String>,
    pub seat_id: Option<Uuid>,
    pub system: Option<String>,
    pub verb: String,
    pub subject: Uuid,
    pub fields: serde_json::Value,
    pub request_id: Option<Uuid>,
    pub seq: Option<i64>,
}

/// Newest first. Conditions that were not asked for are left out, so that each question gets its own plan.
pub(crate) async fn entries(
    tx: &Tx,
    federation: FederationId,
    filters: &Filters,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<Vec<EntryRow>, AuditError> {
    let mut values: Vec<Value> = vec![federation.0.into()];
    let mut sql = String::from(
        "SELECT e.id, e.at, e.person_id, p.name AS person_name, e.seat_id, e.system, e.verb, e.subject, e.fields, e.request_id, s.seq
         FROM audit_entries e LEFT JOIN audit_seals s ON s.entry_id = e.id LEFT JOIN people p ON p.id = e.person_id WHERE e.federation_id = $1",
    );
    let mut ask = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    if let Some(from) = filters.from {
        ask("e.at >=", from.into());
    }
    if let Some(until) = filters.until {
        ask("e.at <", until.into());
    }
    if let Some(verb) = &filters.verb {
        ask("e.verb =", verb.clone().into());
    }
    if let Some(subject) = filters.subject {
        ask("e.subject =", subject.into());
    }
    if let Some(person) = filters.person {
        ask("e.person_id =", person.0.into());
    }
    if let Some(place) = cursor {
        values.extend([place.at.into(), place.id.into()]);
        sql.push_str(&format!(" AND (e.at, e.id) < (${}, ${})", values.len() - 1, values.len()));
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    sql.push_str(&format!(" ORDER BY e.at DESC, e.id DESC LIMIT ${}", values.len()));
    Ok(tx.all(&sql, values).await?)
}

//! The scanner's side of a file, in the worker's scope.

use crate::ScanState;
use kernel::FileVersionId;
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// Bytes that may have to be looked at.
#[derive(FromQueryResult)]
pub(crate) struct PendingRow {
    pub object_key: String,
    pub declared_kind: String,
    pub state: String,
}

/// Some bytes; None also when their file was taken off.
pub(crate) async fn pending(tx: &Tx, version: FileVersionId) -> Result<Option<PendingRow>, StoreError> {
    let sql = "SELECT v.object_key, v.declared_kind, v.state FROM file_versions v JOIN files f ON f.id = v.file_id
               WHERE v.id = $1 AND f.removed_at IS NULL";
    tx.one(sql, [version.0.into()]).await
}

/// What was seen of some bytes.
pub(crate) struct Verdict<'a> {
    pub state: ScanState,
    /// Where exactly these bytes lie.
    pub object_key: &'a str,
    pub size: u64,
    pub sha256: [u8; 32],
    pub content_type: &'a str,
    pub finding: Option<String>,
}

/// Writes a verdict on bytes that still wait for one; false when they do not.
pub(crate) async fn conclude(tx: &Tx, version: FileVersionId, verdict: Verdict<'_>) -> Result<bool, StoreError> {
    let sql =
        "UPDATE file_versions SET state = $2, size = $3, sha256 = $4, content_type = $5, finding = $6, scanned_at = $7, object_key = $8,
                 attempts = attempts + 1
               WHERE id = $1 AND state = 'waiting'";
    let values: [Value; 8] = [
        version.0.into(),
        verdict.state.word().into(),
        i64::try_from(verdict.size).unwrap_or(i64::MAX).into(),
        verdict.sha256.to_vec().into(),
        verdict.content_type.into(),
        verdict.finding.into(),
        tx.clock().now().into(),
        verdict.object_key.into(),
    ];
    Ok(tx.run(sql, values).await? == 1)
}

/// Gives up on bytes that were said to be there and are not.
pub(crate) async fn abandon(tx: &Tx, version: FileVersionId) -> Result<(), StoreError> {
    let sql = "UPDATE file_versions SET state = 'abandoned', attempts = attempts + 1 WHERE id = $1 AND state = 'waiting'";
    tx.run(sql, [version.0.into()]).await.map(drop)
}

/// Gives up on bytes that were announced before an instant and never came.
pub(crate) async fn abandon_before(tx: &Tx, before: OffsetDateTime) -> Result<(), StoreError> {
    tx.run("UPDATE file_versions SET state = 'abandoned' WHERE state = 'expected' AND created_at < $1", [before.into()]).await.map(drop)
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// Bytes that arrived before an instant and still wait, oldest announcement first.
pub(crate) async fn waiting_since(tx: &Tx, before: OffsetDateTime) -> Result<Vec<FileVersionId>, StoreError> {
    let sql = "SELECT v.id FROM file_versions v JOIN files f ON f.id = v.file_id
               WHERE v.state = 'waiting' AND f.removed_at IS NULL AND coalesce(v.arrived_at, v.created_at) < $1 ORDER BY v.created_at LIMIT 200";
    let rows: Vec<Id> = tx.all(sql, [before.into()]).await?;
    Ok(rows.into_iter().map(|row| FileVersionId(row.id)).collect())
}

#[derive(FromQueryResult)]
struct Key {
    object_key: String,
}

/// Which of these objects a file needs that was not taken off: to come, waiting for the verdict, or with one.
pub(crate) async fn needed(tx: &Tx, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT v.object_key FROM file_versions v JOIN files f ON f.id = v.file_id
               WHERE v.object_key = ANY ($1) AND f.removed_at IS NULL AND v.state <> 'abandoned'";
    let rows: Vec<Key> = tx.all(sql, [keys.into()]).await?;
    Ok(rows.into_iter().map(|row| row.object_key).collect())
}

//! A file on its way in: kept a place, arrived, taken off again.

use crate::Kind;
use kernel::{FederationId, FileId, FileVersionId, PersonId, SeatId};
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// One upload of the caller's own that is under way.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Upload {
    /// The file.
    pub file_id: Uuid,
    /// Where it will hang.
    pub draft_id: Option<Uuid>,
    /// Where it will hang.
    pub consultation_id: Option<Uuid>,
    /// Display name.
    pub name: String,
    /// Object key.
    pub object_key: String,
    /// Kind word.
    pub declared_kind: String,
    /// State word.
    pub state: String,
}

const OWN_UNSENT: &str = "SELECT f.id AS file_id, f.draft_id, f.consultation_id, f.name, v.object_key, v.declared_kind, v.state
  FROM files f JOIN file_versions v ON v.file_id = f.id
  WHERE f.uploaded_by = scope_uuid('person') AND f.message_id IS NULL AND f.removed_at IS NULL";

/// The scope's own unsent file behind some bytes.
pub(crate) async fn own_by_version(tx: &Tx, version: FileVersionId) -> Result<Option<Upload>, StoreError> {
    tx.one(&format!("{OWN_UNSENT} AND v.id = $1"), [version.0.into()]).await
}

/// The scope's own unsent file.
pub(crate) async fn own_by_file(tx: &Tx, file: FileId) -> Result<Option<Upload>, StoreError> {
    tx.one(&format!("{OWN_UNSENT} AND f.id = $1 AND v.kind = 'original'"), [file.0.into()]).await
}

/// The draft and the consultation a file is for; one of the two.
pub(crate) type Place = (Option<Uuid>, Option<Uuid>);

/// A file, as it is written.
pub(crate) struct NewFile<'a> {
    pub id: FileId,
    pub federation: FederationId,
    pub by: PersonId,
    pub from: SeatId,
    pub name: &'a str,
    pub place: Place,
}

/// Writes a file: a name and a place.
pub(crate) async fn insert_file(tx: &Tx, row: NewFile<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO files (id, federation_id, uploaded_by, uploaded_from, name, draft_id, consultation_id, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        row.id.0.into(),
        row.federation.0.into(),
        row.by.0.into(),
        row.from.0.into(),
        row.name.into(),
        row.place.0.into(),
        row.place.1.into(),
        tx.clock().now().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// The bytes of a file that are still to come, as they are written.
pub(crate) struct NewVersion<'a> {
    pub id: FileVersionId,
    pub federation: FederationId,
    pub file: FileId,
    pub object_key: &'a str,
    pub kind: Kind,
}

/// Writes bytes that are expected.
pub(crate) async fn insert_expected(tx: &Tx, row: NewVersion<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO file_versions (id, federation_id, file_id, kind, object_key, declared_size, declared_kind, state, created_at)
               VALUES ($1, $2, $3, 'original', $4, 0, $5, 'expected', $6)";
    let values: [Value; 6] = [
        row.id.0.into(),
        row.federation.0.into(),
        row.file.0.into(),
        row.object_key.into(),
        row.kind.word().into(),
        tx.clock().now().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Notes that expected bytes are there; false when they were not expected (any more) or are not the scope's.
pub(crate) async fn arrived(tx: &Tx, version: FileVersionId, size: u64) -> Result<bool, StoreError> {
    let sql = "UPDATE file_versions SET state = 'waiting', declared_size = $2, arrived_at = $3 WHERE id = $1 AND state = 'expected'";
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let values: [Value; 3] = [version.0.into(), size.into(), tx.clock().now().into()];
    Ok(tx.run(sql, values).await? == 1)
}

/// Whether the scope sees these bytes at all.
pub(crate) async fn is_known(tx: &Tx, version: FileVersionId) -> Result<bool, StoreError> {
    Ok(tx.one_raw("SELECT 1 AS one FROM file_versions WHERE id = $1", [version.0.into()]).await?.is_some())
}

/// When the scope may announce again; None while it may.
pub(crate) async fn open_again(tx: &Tx) -> Result<Option<OffsetDateTime>, StoreError> {
    let row = tx.one_raw("SELECT files_open_again() AS at", []).await?;
    Ok(row.map(|row| row.try_get("", "at")).transpose()?.flatten())
}

/// Takes the scope's own unsent file off; false when there is none.
pub(crate) async fn take_off(tx: &Tx, file: FileId) -> Result<bool, StoreError> {
    let sql = "UPDATE files SET removed_at = $2 WHERE id = $1 AND message_id IS NULL AND removed_at IS NULL";
    Ok(tx.run(sql, [file.0.into(), tx.clock().now().into()]).await? == 1)
}

//! Private rows: every statement of this room, in small functions named by what they read or write. Nothing else in the
//! room names sea-orm, a table or a column. Row security is the floor; each statement still names whose rows it means.

pub(crate) mod scans;
pub(crate) mod uploads;

use kernel::{ConsultationId, DraftId, FileId};
use sea_orm::{DbErr, FromQueryResult, QueryResult};
use serde::Serialize;
use store::{Asking, InTurn, StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// A stored word that the closed list does not know is a defect of ours, never a silent default.
pub(crate) fn word<T: std::str::FromStr<Err = kernel::units::UnknownWord>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: kernel::units::UnknownWord| StoreError::Internal(error.to_string()))
}

/// A file as a list shows it.
#[derive(Clone, Debug, Serialize)]
pub struct FileRow {
    /// The file.
    pub id: Uuid,
    /// Its bytes.
    pub version_id: Uuid,
    /// The message it hangs on; None while it is not sent.
    pub message_id: Option<Uuid>,
    /// Display name; text, never markup.
    pub name: String,
    /// State word.
    pub state: String,
    /// Bytes: counted, or as the store said on arrival.
    pub size: i64,
    /// What the scanner found.
    pub finding: Option<String>,
    /// When it was announced.
    pub created_at: OffsetDateTime,
}

/// By place, as [`LIST`] has them.
impl FromQueryResult for FileRow {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let mut row = InTurn::of(row)?;
        Ok(Self {
            id: row.next()?,
            version_id: row.next()?,
            message_id: row.next()?,
            name: row.next()?,
            state: row.next()?,
            size: row.next()?,
            finding: row.next()?,
            created_at: row.next()?,
        })
    }
}

const LIST: &str =
    "SELECT f.id, v.id AS version_id, f.message_id, f.name, v.state, coalesce(v.size, v.declared_size) AS size, v.finding, f.created_at
  FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original'";
/// Taken by nobody yet, not taken off and not given up; the bytes of some may still be to come.
const PENDING: &str = "f.message_id IS NULL AND f.removed_at IS NULL AND v.state <> 'abandoned'";

/// The scope's own of these on a consultation.
fn own_pending() -> String {
    format!(
        "{LIST} WHERE f.consultation_id = $1 AND f.uploaded_by = scope_uuid('person') AND {PENDING} ORDER BY f.created_at, f.id LIMIT 50"
    )
}

/// The files on the messages of a consultation, and the scope's own that wait for the next message; these first, each in the order of
/// announcement.
pub(crate) fn of_consultation(id: ConsultationId) -> Asking {
    // One reading of each table: a second one costs its policy again, rows or none.
    let sql = format!(
        "{LIST} WHERE f.consultation_id = $1 AND (f.message_id IS NOT NULL OR (f.uploaded_by = scope_uuid('person') AND {PENDING}))
         ORDER BY f.message_id IS NOT NULL, f.created_at, f.id LIMIT 550"
    );
    Asking::new(sql, [id.0.into()])
}

/// The files waiting on a draft.
pub(crate) async fn pending_of_draft(tx: &Tx, id: DraftId) -> Result<Vec<FileRow>, StoreError> {
    let sql = format!("{LIST} WHERE f.draft_id = $1 AND {PENDING} ORDER BY f.created_at, f.id LIMIT 50");
    tx.all(&sql, [id.0.into()]).await
}

/// The scope's own files waiting for the next message of a consultation.
pub(crate) async fn own_pending_of_consultation(tx: &Tx, id: ConsultationId) -> Result<Vec<FileRow>, StoreError> {
    tx.all(&own_pending(), [id.0.into()]).await
}

/// What opening a file needs.
#[derive(FromQueryResult)]
pub(crate) struct BytesRow {
    pub object_key: String,
    pub name: String,
    pub state: String,
    pub content_type: Option<String>,
}

/// Where the bytes of a file lie and what they are; None when the file is hidden or was taken off.
pub(crate) async fn bytes(tx: &Tx, file: FileId) -> Result<Option<BytesRow>, StoreError> {
    let sql =
        "SELECT v.object_key, f.name, v.state, v.content_type FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original'
               WHERE f.id = $1 AND f.removed_at IS NULL";
    tx.one(sql, [file.0.into()]).await
}

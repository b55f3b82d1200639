//! Reading attachments.

use crate::{FileError, Kind, ScanState};
use blobs::{Blobs, Disposition, SignedGet};
use kernel::{ConsultationId, DraftId, FileId, FileVersionId};
use sea_orm::FromQueryResult;
use serde::Serialize;
use store::{AuditEntry, StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// A file as a list shows it.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
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

const COLUMNS: &str = "f.id, v.id AS version_id, f.message_id, f.name, v.state, coalesce(v.size, v.declared_size) AS size, v.finding, f.created_at";

/// The files of a consultation's messages.
///
/// # Errors
/// As the database reports.
pub async fn of_consultation(tx: &Tx, id: ConsultationId) -> Result<Vec<FileRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original' WHERE f.consultation_id = $1 AND f.message_id IS NOT NULL ORDER BY f.created_at, f.id LIMIT 500");
    tx.all(&sql, [id.0.into()]).await
}

/// The files on a draft.
///
/// # Errors
/// As the database reports.
pub async fn of_draft(tx: &Tx, id: DraftId) -> Result<Vec<FileRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original' WHERE f.draft_id = $1 AND f.removed_at IS NULL AND f.message_id IS NULL AND v.state NOT IN ('expected', 'abandoned') ORDER BY f.created_at, f.id LIMIT 50");
    tx.all(&sql, [id.0.into()]).await
}

/// The caller's own files that wait for the next message of a consultation.
///
/// # Errors
/// As the database reports.
pub async fn own_pending(tx: &Tx, id: ConsultationId) -> Result<Vec<FileRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original' WHERE f.consultation_id = $1 AND f.message_id IS NULL AND f.removed_at IS NULL AND f.uploaded_by = scope_uuid('person') AND v.state NOT IN ('expected', 'abandoned') ORDER BY f.created_at, f.id LIMIT 50"
    );
    tx.all(&sql, [id.0.into()]).await
}

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

/// One upload of the caller's own.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub async fn of_upload(tx: &Tx, version: FileVersionId) -> Result<(Upload, Kind), FileError> {
    let upload: Upload = tx
        .one(
            "SELECT f.id AS file_id, f.draft_id, f.consultation_id, f.name, v.object_key, v.declared_kind, v.state FROM file_versions v JOIN files f ON f.id = v.file_id WHERE v.id = $1 AND f.uploaded_by = scope_uuid('person') AND f.message_id IS NULL AND f.removed_at IS NULL",
            [version.0.into()],
        )
        .await?
        .ok_or(FileError::NotFound)?;
    let kind = upload.declared_kind.parse().map_err(|error: kernel::units::UnknownWord| StoreError::Internal(error.to_string()))?;
    Ok((upload, kind))
}

/// Where a file of the caller's own hangs, while it is not sent.
///
/// # Errors
/// `NotFound` when it is not theirs, or already sent.
pub async fn place_of_own(tx: &Tx, file: FileId) -> Result<Upload, FileError> {
    tx.one(
        "SELECT f.id AS file_id, f.draft_id, f.consultation_id, f.name, v.object_key, v.declared_kind, v.state FROM files f JOIN file_versions v ON v.file_id = f.id WHERE f.id = $1 AND f.uploaded_by = scope_uuid('person') AND f.message_id IS NULL AND f.removed_at IS NULL",
        [file.0.into()],
    )
    .await?
    .ok_or(FileError::NotFound)
}

/// A file that may be opened now.
#[derive(Clone, Debug)]
pub struct Opened {
    object_key: String,
    name: String,
    content_type: String,
}

/// Finds a file that the caller may read and that was found clean, and records the opening.
///
/// # Errors
/// `NotFound` when absent or hidden, `NotOpen` unless clean.
pub async fn open(tx: &Tx, file: FileId) -> Result<Opened, FileError> {
    #[derive(FromQueryResult)]
    struct Row {
        object_key: String,
        name: String,
        state: String,
        content_type: Option<String>,
    }
    let row: Row = tx
        .one("SELECT v.object_key, f.name, v.state, v.content_type FROM files f JOIN file_versions v ON v.file_id = f.id AND v.kind = 'original' WHERE f.id = $1 AND f.removed_at IS NULL", [file.0.into()])
        .await?
        .ok_or(FileError::NotFound)?;
    let content_type = match (row.state.parse::<ScanState>(), row.content_type) {
        (Ok(ScanState::Clean), Some(content_type)) => content_type,
        _ => return Err(FileError::NotOpen),
    };
    tx.audit(AuditEntry::new("files.file_opened", file.0)).await?;
    Ok(Opened { object_key: row.object_key, name: row.name, content_type })
}

impl Opened {
    /// An address good for one minute, which always saves and never shows: bytes never run in a page of ours (F7).
    ///
    /// # Errors
    /// As the object store's signer reports.
    pub async fn address(&self, blobs: &Blobs) -> Result<String, FileError> {
        let get = SignedGet {
            expires: std::time::Duration::from_secs(60),
            file_name: self.name.clone(),
            content_type: self.content_type.clone(),
            disposition: Disposition::Attachment,
        };
        Ok(blobs.sign_get(&self.object_key, &get).await?.to_string())
    }
}

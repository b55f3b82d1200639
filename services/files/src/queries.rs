//! Reading attachments.

use crate::rows::{self, uploads};
use crate::{FileError, KEPT, Kind, ScanState};
use blobs::{Blobs, Disposition, SignedGet};
use kernel::{ConsultationId, DraftId, FileId, FileVersionId};
use store::{Asking, AuditEntry, StoreError, Tx};
use time::OffsetDateTime;

pub use crate::rows::FileRow;
pub use crate::rows::uploads::Upload;

/// The files of a consultation as one reader has them.
#[derive(Debug)]
pub struct CaseFiles {
    /// On its messages.
    pub sent: Vec<FileRow>,
    /// The reader's own that wait for the next message.
    pub pending: Vec<FileRow>,
}

/// The files of a consultation: on its messages, and the caller's own that wait for the next one. One statement.
///
/// # Errors
/// As the database reports.
pub async fn of_consultation(tx: &Tx, id: ConsultationId) -> Result<CaseFiles, StoreError> {
    let rows: Vec<FileRow> = tx.answer(rows::of_consultation(id)).await?;
    let (sent, pending) = rows.into_iter().partition(|row| row.message_id.is_some());
    Ok(CaseFiles { sent, pending })
}

/// What [`of_consultation`] asks.
pub fn asks_of_consultation(id: ConsultationId) -> Asking {
    rows::of_consultation(id)
}

/// The files on a draft.
///
/// # Errors
/// As the database reports.
pub async fn of_draft(tx: &Tx, id: DraftId) -> Result<Vec<FileRow>, StoreError> {
    rows::pending_of_draft(tx, id).await
}

/// The caller's own files that wait for the next message of a consultation.
///
/// # Errors
/// As the database reports.
pub async fn own_pending(tx: &Tx, id: ConsultationId) -> Result<Vec<FileRow>, StoreError> {
    rows::own_pending_of_consultation(tx, id).await
}

/// One upload of the caller's own.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub async fn of_upload(tx: &Tx, version: FileVersionId) -> Result<(Upload, Kind), FileError> {
    let upload = uploads::own_by_version(tx, version).await?.ok_or(FileError::NotFound)?;
    let kind = rows::word(&upload.declared_kind)?;
    Ok((upload, kind))
}

/// Where a file of the caller's own hangs, while it is not sent.
///
/// # Errors
/// `NotFound` when it is not theirs, or already sent.
pub async fn place_of_own(tx: &Tx, file: FileId) -> Result<Upload, FileError> {
    uploads::own_by_file(tx, file).await?.ok_or(FileError::NotFound)
}

/// When the caller may announce files again; None while they may.
///
/// # Errors
/// As the database reports.
pub async fn open_again(tx: &Tx) -> Result<Option<OffsetDateTime>, StoreError> {
    uploads::open_again(tx).await
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
/// `NotFound` when absent or hidden, `NotOpen` unless clean and where no form writes.
pub async fn open(tx: &Tx, file: FileId) -> Result<Opened, FileError> {
    let row = rows::bytes(tx, file).await?.ok_or(FileError::NotFound)?;
    let content_type = match (row.state.parse::<ScanState>(), row.content_type) {
        (Ok(ScanState::Clean), Some(content_type)) if row.object_key.starts_with(KEPT) => content_type,
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

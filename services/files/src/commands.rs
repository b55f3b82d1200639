//! Announcing, uploading, attaching and taking off. No object-store call happens while a transaction is open.

use crate::{Attach, Kind, MAX_FILES, Target, kind};
use access::Permit;
use blobs::{Blobs, PostUpload, SignedPost};
use kernel::{FileId, FileVersionId};
use store::{AuditEntry, Job, StoreError, Tx};
use time::OffsetDateTime;

/// Why a file could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Absent or hidden.
    #[error("not found")]
    NotFound,
    /// Not allowed here.
    #[error("forbidden")]
    Forbidden,
    /// No name after cleaning.
    #[error("no name")]
    NoName,
    /// Already as many as one message takes.
    #[error("too many files")]
    TooMany,
    /// Not clean (yet): waiting, infected or otherwise not to be opened.
    #[error("not open to anybody")]
    NotOpen,
    /// The bytes have not arrived.
    #[error("nothing arrived")]
    NothingArrived,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The object store.
    #[error(transparent)]
    Blobs(#[from] blobs::BlobError),
}

/// A place kept for a file.
#[derive(Clone, Debug)]
pub struct Announced {
    /// The file.
    pub file: FileId,
    /// Its bytes to come.
    pub version: FileVersionId,
}

/// Keeps a place for a file. The object key is random and says nothing about name, clinic or case (F8, F9).
///
/// # Errors
/// `NoName`, `TooMany`, or as the database reports.
pub async fn announce(tx: &Tx, permit: Permit<Attach>, target: Target, name: &str, kind: Kind) -> Result<Announced, FileError> {
    let name = kernel::text::file_name(name);
    if name.is_empty() {
        return Err(FileError::NoName);
    }
    let (draft, consultation) = match target {
        Target::Draft(id) => (Some(id.0), None),
        Target::Consultation(id) => (None, Some(id.0)),
    };
    let count = tx
        .one_raw(
            "SELECT count(*) AS n FROM files f JOIN file_versions v ON v.file_id = f.id WHERE f.uploaded_by = $1 AND f.message_id IS NULL AND f.removed_at IS NULL AND v.state <> 'abandoned' AND f.created_at > $4
             AND (f.draft_id = $2 OR (f.consultation_id = $3 AND f.draft_id IS NULL)) AND v.state <> 'expected'",
            [permit.person().0.into(), draft.into(), consultation.into(), (tx.clock().now() - time::Duration::days(7)).into()],
        )
        .await?;
    let count: i64 = count.map(|row| row.try_get("", "n")).transpose().map_err(StoreError::from)?.unwrap_or_default();
    if count >= MAX_FILES as i64 {
        return Err(FileError::TooMany);
    }
    let (file, version, now) = (FileId::new(tx.clock()), FileVersionId::new(tx.clock()), tx.clock().now());
    tx.run(
        "INSERT INTO files (id, federation_id, uploaded_by, uploaded_from, name, draft_id, consultation_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [file.0.into(), permit.federation().0.into(), permit.person().0.into(), permit.seat().0.into(), name.clone().into(), draft.into(), consultation.into(), now.into()],
    )
    .await?;
    let key = format!("incoming/{}", kernel::secret::new_key());
    tx.run(
        "INSERT INTO file_versions (id, federation_id, file_id, kind, object_key, declared_size, declared_kind, state, created_at) VALUES ($1, $2, $3, 'original', $4, 0, $5, 'expected', $6)",
        [version.0.into(), permit.federation().0.into(), file.0.into(), key.into(), kind.word().into(), now.into()],
    )
    .await?;
    tx.audit(AuditEntry::new("files.file_announced", file.0).word("kind", kind).word("on", permit.subject()).hashed("name", &name)).await?;
    Ok(Announced { file, version })
}

/// The signed form that takes the bytes: this key, this many bytes at most, for half an hour. `redirect` brings a browser
/// without script back.
///
/// # Errors
/// As the object store's signer reports.
pub fn upload_form(blobs: &Blobs, object_key: &str, kind: Kind, redirect: Option<String>, now: OffsetDateTime) -> Result<SignedPost, FileError> {
    let upload = PostUpload {
        key: object_key.to_owned(),
        // One neutral type for all: what it is, the scanner reads from the bytes; what it is served as follows from that.
        content_type: "application/octet-stream".into(),
        max_bytes: kind.max_bytes(),
        min_bytes: 1,
        expires: std::time::Duration::from_secs(1800),
        success_redirect: redirect,
        now,
    };
    Ok(blobs.sign_post(&upload)?)
}

/// Notes that the bytes are there (`size` from a HEAD made before the transaction) and asks for the scan. Said twice is
/// said once.
///
/// # Errors
/// `NotFound` when it is not the caller's file.
pub async fn arrived(tx: &Tx, version: FileVersionId, size: u64) -> Result<(), FileError> {
    let done = tx
        .run(
            "UPDATE file_versions SET state = 'waiting', declared_size = $2, arrived_at = $3 WHERE id = $1 AND state = 'expected'",
            [version.0.into(), i64::try_from(size).unwrap_or(i64::MAX).into(), tx.clock().now().into()],
        )
        .await?;
    if done == 1 {
        tx.enqueue(&Job::ScanFile { version }).await?;
        return Ok(());
    }
    let known = tx.one_raw("SELECT 1 AS one FROM file_versions WHERE id = $1", [version.0.into()]).await?;
    known.map(drop).ok_or(FileError::NotFound)
}

/// Takes a file off before it is sent. What was sent stays: it is part of the record.
///
/// # Errors
/// `NotFound` when it is not the caller's, or already sent.
pub async fn remove(tx: &Tx, file: FileId) -> Result<(), FileError> {
    let done = tx
        .run("UPDATE files SET removed_at = $2 WHERE id = $1 AND message_id IS NULL AND removed_at IS NULL", [file.0.into(), tx.clock().now().into()])
        .await?;
    if done != 1 {
        return Err(FileError::NotFound);
    }
    tx.audit(AuditEntry::new("files.file_removed", file.0)).await?;
    Ok(())
}

/// Whether the bytes fit what was announced.
pub(crate) fn fits(kind: Kind, size: u64, content_type: &str) -> Result<(), &'static str> {
    if size > kind.max_bytes() {
        return Err("size");
    }
    if !kind.types().is_empty() && !kind.types().contains(&content_type) {
        return Err("type");
    }
    Ok(())
}

/// Re-export for the scanner.
pub(crate) use kind::sniff;

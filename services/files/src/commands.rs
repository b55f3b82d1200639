//! Announcing, uploading, attaching and taking off. No object-store call happens while a transaction is open.

use crate::rows::uploads::{self, NewFile, NewVersion};
use crate::{Attach, INCOMING, Kind, Target, kind};
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
    /// Already as many of one's own as one message takes, announced ones included.
    #[error("too many files")]
    TooMany,
    /// Already as many announced as an hour takes, whatever became of them; until when, `open_again` says.
    #[error("too many files within the hour")]
    TooOften,
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
/// `NoName`, or as the database reports; `TooMany` and `TooOften`, after which nothing more can be done with `tx`.
pub async fn announce(tx: &Tx, permit: Permit<Attach>, target: Target, name: &str, kind: Kind) -> Result<Announced, FileError> {
    let name = kernel::text::file_name(name);
    if name.is_empty() {
        return Err(FileError::NoName);
    }
    let place = match target {
        Target::Draft(id) => (Some(id.0), None),
        Target::Consultation(id) => (None, Some(id.0)),
    };
    let (federation, file, version) = (permit.federation(), FileId::new(tx.clock()), FileVersionId::new(tx.clock()));
    let row = NewFile { id: file, federation, by: permit.person(), from: permit.seat(), name: &name, place };
    // The database counts, so that announcements at the same instant cannot pass the limit together.
    uploads::insert_file(tx, row).await.map_err(|error| match error {
        error if error.is_conflict("files_are_few") => FileError::TooMany,
        error if error.is_conflict("files_per_hour") => FileError::TooOften,
        error => error.into(),
    })?;
    let key = format!("{INCOMING}{}", kernel::secret::new_key());
    uploads::insert_expected(tx, NewVersion { id: version, federation, file, object_key: &key, kind }).await?;
    tx.audit(AuditEntry::new("files.file_announced", file.0).word("kind", kind).word("on", permit.subject()).hashed("name", &name)).await?;
    Ok(Announced { file, version })
}

/// The signed form that takes the bytes: this key, this many bytes at most, for half an hour. `redirect` brings a browser
/// without script back.
///
/// # Errors
/// As the object store's signer reports.
pub fn upload_form(
    blobs: &Blobs,
    object_key: &str,
    kind: Kind,
    redirect: Option<String>,
    now: OffsetDateTime,
) -> Result<SignedPost, FileError> {
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
    if uploads::arrived(tx, version, size).await? {
        tx.enqueue(&Job::ScanFile { version }).await?;
        return Ok(());
    }
    if uploads::is_known(tx, version).await? { Ok(()) } else { Err(FileError::NotFound) }
}

/// Takes a file off before it is sent. What was sent stays: it is part of the record.
///
/// # Errors
/// `NotFound` when it is not the caller's, or already sent.
pub async fn remove(tx: &Tx, file: FileId) -> Result<(), FileError> {
    if !uploads::take_off(tx, file).await? {
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

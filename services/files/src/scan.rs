//! Looking at the bytes before anybody else does. A scanner that cannot be reached means waiting: never lost, never
//! silently clean.

use crate::commands::{fits, sniff};
use crate::rows::scans::{self, Verdict};
use crate::{INCOMING, KEPT, Kind, ScanState};
use blobs::{BlobError, Blobs};
use bytes::Bytes;
use futures::StreamExt;
use kernel::FileVersionId;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Db, StoreError, SystemReason, Tx};
use time::{Duration, OffsetDateTime};

/// Objects looked at in one listing.
const SWEPT_AT_ONCE: u16 = 500;

/// What a scanner says of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing known.
    Clean,
    /// A signature matched.
    Infected(String),
    /// It could not look inside (encrypted, beyond its limits), or it found a program in a document (macros), which it cannot judge.
    Unscannable(String),
}

/// Why looking did not work; the job tries again.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The scanner does not answer.
    #[error("scanner: {0}")]
    Scanner(String),
    /// The object store does not answer.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A virus scanner.
#[async_trait::async_trait]
pub trait Scanner: Send + Sync {
    /// Looks at a stream of bytes.
    async fn scan(&self, bytes: futures::stream::BoxStream<'static, std::io::Result<Bytes>>) -> Result<Finding, ScanError>;
    /// Whether it answers.
    async fn ping(&self) -> Result<(), ScanError>;
    /// Its version line, with the date of its signatures.
    async fn version(&self) -> Result<String, ScanError>;
}

/// ClamAV's daemon.
pub struct Clamd {
    /// `host:port`.
    pub address: String,
}

impl Clamd {
    fn connection(&self) -> clamav_client::tokio::Tcp<&str> {
        clamav_client::tokio::Tcp { host_address: self.address.as_str() }
    }
}

#[async_trait::async_trait]
impl Scanner for Clamd {
    async fn scan(&self, bytes: futures::stream::BoxStream<'static, std::io::Result<Bytes>>) -> Result<Finding, ScanError> {
        let patience = std::time::Duration::from_secs(120);
        let answer = tokio::time::timeout(patience, clamav_client::tokio::scan_stream(bytes, self.connection(), None)).await;
        let answer =
            answer.map_err(|_| ScanError::Scanner("no answer in time".into()))?.map_err(|error| ScanError::Scanner(error.to_string()))?;
        Ok(read_answer(&String::from_utf8_lossy(&answer)))
    }

    async fn ping(&self) -> Result<(), ScanError> {
        clamav_client::tokio::ping(self.connection()).await.map(drop).map_err(|error| ScanError::Scanner(error.to_string()))
    }

    async fn version(&self) -> Result<String, ScanError> {
        let answer = clamav_client::tokio::get_version(self.connection()).await.map_err(|error| ScanError::Scanner(error.to_string()))?;
        Ok(String::from_utf8_lossy(&answer).trim_matches(['\0', '\n', ' ']).to_owned())
    }
}

/// What clamd says of bytes that it did not look at whole, and of documents with macros: no virus is known, and none is excluded.
const UNJUDGED: [&str; 3] = ["Heuristics.Encrypted", "Heuristics.Limits", "Heuristics.OLE2.ContainsMacros"];

/// `stream: OK`, `stream: <name> FOUND`, or an error line. Only the first means clean.
fn read_answer(answer: &str) -> Finding {
    let line = answer.trim_matches(['\0', '\n', '\r', ' ']);
    let said = line.strip_prefix("stream: ").unwrap_or(line);
    match said.strip_suffix(" FOUND") {
        Some(name) if UNJUDGED.iter().any(|begins| name.starts_with(begins)) => Finding::Unscannable(name.to_owned()),
        Some(name) => Finding::Infected(name.to_owned()),
        None if said == "OK" => Finding::Clean,
        None => Finding::Unscannable(said.chars().take(200).collect()),
    }
}

/// Looks at one upload; looking twice changes nothing. No transaction is open while bytes travel.
///
/// The signed form can be sent again after the verdict and writes the same object each time. Therefore a copy is looked at, under a key
/// that no form writes and that is another for each look: of two looks at once, neither changes what the other has seen. The row
/// names the copy as soon as there is a verdict on it. Cut off in between, the copy belongs to nobody and the job begins anew.
///
/// # Errors
/// When scanner, store or database do not answer; the state then stays `waiting` and the job comes again.
pub async fn scan(db: &Db, blobs: &Blobs, scanner: &dyn Scanner, version: FileVersionId) -> Result<(), ScanError> {
    let tx = db.begin_system(SystemReason::ScanFiles).await?;
    let pending = scans::pending(&tx, version).await?;
    tx.commit().await?;
    let Some(pending) = pending.filter(|p| p.state == ScanState::Waiting.word()) else {
        return Ok(());
    };
    let kind: Kind = crate::rows::word(&pending.declared_kind)?;
    let kept = format!("{KEPT}{}", kernel::ids::new_uuid(db.clock()).simple());
    match blobs.copy(&pending.object_key, &kept).await {
        Ok(()) => {}
        Err(BlobError::NotFound) => return abandon(db, version).await,
        Err(error) => return Err(error.into()),
    }
    let seen = match blobs.get_stream(&kept).await {
        Ok(stream) => look(stream, scanner).await,
        Err(error) => Err(error.into()),
    };
    let left = match seen {
        // An error in here leaves open whether the row names the copy: it stays, and the sweep finds out.
        Ok(seen) => match conclude(db, version, kind, &kept, seen).await? {
            true => pending.object_key,
            false => kept,
        },
        Err(error) => {
            tidy(blobs, version, &kept).await;
            return Err(error);
        }
    };
    tidy(blobs, version, &left).await;
    Ok(())
}

/// Removes what this look leaves behind; what it cannot, the sweep does.
async fn tidy(blobs: &Blobs, version: FileVersionId, key: &str) {
    if let Err(error) = blobs.delete(key).await {
        tracing::warn!(%version, %error, "an object stays until the next sweep");
    }
}

/// Writes the verdict; false when another look's holds already.
async fn conclude(db: &Db, version: FileVersionId, kind: Kind, kept: &str, seen: Seen) -> Result<bool, ScanError> {
    let (state, finding) = match (seen.finding, fits(kind, seen.size, seen.content_type)) {
        (Finding::Infected(name), _) => (ScanState::Infected, Some(name)),
        (_, Err(why)) => (ScanState::Refused, Some(why.to_owned())),
        (Finding::Unscannable(name), Ok(())) => (ScanState::Unscannable, Some(name)),
        (Finding::Clean, Ok(())) => (ScanState::Clean, None),
    };
    let tx = db.begin_system(SystemReason::ScanFiles).await?;
    let verdict = Verdict { state, object_key: kept, size: seen.size, sha256: seen.sha256, content_type: seen.content_type, finding };
    let first = scans::conclude(&tx, version, verdict).await?;
    tx.commit().await?;
    if first {
        tracing::info!(%version, state = state.word(), bytes = seen.size, "file looked at");
    }
    Ok(first)
}

async fn abandon(db: &Db, version: FileVersionId) -> Result<(), ScanError> {
    let tx = db.begin_system(SystemReason::ScanFiles).await?;
    scans::abandon(&tx, version).await?;
    tx.commit().await?;
    tracing::info!(%version, "no bytes where they were said to be");
    Ok(())
}

struct Seen {
    size: u64,
    sha256: [u8; 32],
    content_type: &'static str,
    finding: Finding,
}

/// Counts, hashes and sniffs the bytes on their way to the scanner.
async fn look(stream: blobs::BlobStream, scanner: &dyn Scanner) -> Result<Seen, ScanError> {
    struct Tally {
        hash: Sha256,
        size: u64,
        head: Vec<u8>,
    }
    let tally = Arc::new(Mutex::new(Tally { hash: Sha256::new(), size: 0, head: Vec::new() }));
    let counted = tally.clone();
    let bytes = stream.into_stream().inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            let mut tally = counted.lock().unwrap_or_else(PoisonError::into_inner);
            tally.hash.update(chunk);
            tally.size += chunk.len() as u64;
            let room = 512_usize.saturating_sub(tally.head.len()).min(chunk.len());
            tally.head.extend_from_slice(&chunk[..room]);
        }
    });
    let finding = scanner.scan(bytes.boxed()).await?;
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Seen { size: tally.size, sha256: tally.hash.clone().finalize().into(), content_type: sniff(&tally.head), finding })
}

/// Housekeeping: announced and never uploaded for a day is abandoned; waiting for longer than a minute is asked again.
///
/// # Errors
/// As the database reports.
pub async fn sweep(tx: &Tx) -> Result<Vec<FileVersionId>, StoreError> {
    let now = tx.clock().now();
    scans::abandon_before(tx, now - Duration::days(1)).await?;
    scans::waiting_since(tx, now - Duration::minutes(1)).await
}

/// Removes the objects that no file needs: of forms that were sent again, of uploads that were taken off or given up, and copies of looks
/// that were cut off. Gives how many. A form's row is there before the form is, so an object without a row is nobody's; hence one
/// bucket serves one database.
///
/// # Errors
/// When store or database do not answer; the next round goes on.
pub async fn sweep_objects(db: &Db, blobs: &Blobs) -> Result<usize, ScanError> {
    let now = db.clock().now();
    // A look is over within the hour. The keys of copies begin with their instant, so that nobody walks through the files of years.
    let (from, until) = (kept_at(now - Duration::days(1)), kept_at(now - Duration::hours(1)));
    Ok(sweep_prefix(db, blobs, INCOMING, None, None).await? + sweep_prefix(db, blobs, KEPT, Some(from), Some(until)).await?)
}

/// The first key that a copy made at an instant or later can have.
fn kept_at(at: OffsetDateTime) -> String {
    format!("{KEPT}{:032x}", u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default() << 80)
}

async fn sweep_prefix(db: &Db, blobs: &Blobs, prefix: &str, mut after: Option<String>, until: Option<String>) -> Result<usize, ScanError> {
    let mut removed = 0;
    loop {
        let page = blobs.list(prefix, after.as_deref(), SWEPT_AT_ONCE).await?;
        let full = page.len() == usize::from(SWEPT_AT_ONCE);
        let keys: Vec<String> =
            page.into_iter().map(|item| item.key).filter(|key| until.as_ref().is_none_or(|until| key < until)).collect();
        let Some(last) = keys.last().cloned() else { return Ok(removed) };
        let tx = db.begin_system(SystemReason::SweepFiles).await?;
        let needed = scans::needed(&tx, keys.clone()).await?;
        tx.commit().await?;
        for key in keys.iter().filter(|key| !needed.contains(key)) {
            blobs.delete(key).await?;
            removed += 1;
        }
        if !full {
            return Ok(removed);
        }
        after = Some(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_is_clean() {
        assert_eq!(read_answer("stream: OK\0"), Finding::Clean);
        assert_eq!(
            read_answer("stream: Eicar-Test-Signature.UNOFFICIAL FOUND\0"),
            Finding::Infected("Eicar-Test-Signature.UNOFFICIAL".into())
        );
        assert_eq!(read_answer("stream: Heuristics.Encrypted.Zip FOUND"), Finding::Unscannable("Heuristics.Encrypted.Zip".into()));
        let macros = "Heuristics.OLE2.ContainsMacros.VBA";
        assert_eq!(read_answer(&format!("stream: {macros} FOUND")), Finding::Unscannable(macros.into()));
        assert!(matches!(read_answer("INSTREAM size limit exceeded. ERROR"), Finding::Unscannable(_)));
        assert!(matches!(read_answer(""), Finding::Unscannable(_)));
    }
}

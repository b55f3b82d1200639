//! Looking at the bytes before anybody else does. A scanner that cannot be reached means waiting: never lost, never
//! silently clean.

use crate::commands::{fits, sniff};
use crate::rows::scans::{self, Verdict};
use crate::{Kind, ScanState};
use blobs::{BlobError, Blobs};
use bytes::Bytes;
use futures::StreamExt;
use kernel::FileVersionId;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Db, StoreError, SystemReason, Tx};
use time::Duration;

/// What a scanner says of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing known.
    Clean,
    /// A signature matched.
    Infected(String),
    /// It could not look inside (encrypted, beyond its limits).
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

/// `stream: OK`, `stream: <name> FOUND`, or an error line. Only the first means clean.
fn read_answer(answer: &str) -> Finding {
    let line = answer.trim_matches(['\0', '\n', '\r', ' ']);
    let said = line.strip_prefix("stream: ").unwrap_or(line);
    match said.strip_suffix(" FOUND") {
        Some(name) if name.starts_with("Heuristics.Encrypted") || name.starts_with("Heuristics.Limits") => {
            Finding::Unscannable(name.to_owned())
        }
        Some(name) => Finding::Infected(name.to_owned()),
        None if said == "OK" => Finding::Clean,
        None => Finding::Unscannable(said.chars().take(200).collect()),
    }
}

/// Looks at one upload; looking twice changes nothing. No transaction is open while bytes travel.
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
    let seen = match blobs.get_stream(&pending.object_key).await {
        Ok(stream) => look(stream, scanner).await?,
        Err(BlobError::NotFound) => return conclude(db, version, ScanState::Abandoned, &Seen::default(), None).await,
        Err(error) => return Err(error.into()),
    };
    let (state, finding) = match (&seen.finding, fits(kind, seen.size, seen.content_type)) {
        (Finding::Infected(name), _) => (ScanState::Infected, Some(name.clone())),
        (_, Err(why)) => (ScanState::Refused, Some(why.to_owned())),
        (Finding::Unscannable(name), Ok(())) => (ScanState::Unscannable, Some(name.clone())),
        (Finding::Clean, Ok(())) => (ScanState::Clean, None),
    };
    conclude(db, version, state, &seen, finding).await
}

struct Seen {
    size: u64,
    sha256: [u8; 32],
    content_type: &'static str,
    finding: Finding,
}

impl Default for Seen {
    fn default() -> Self {
        Self { size: 0, sha256: Sha256::digest([]).into(), content_type: "application/octet-stream", finding: Finding::Clean }
    }
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

async fn conclude(db: &Db, version: FileVersionId, state: ScanState, seen: &Seen, finding: Option<String>) -> Result<(), ScanError> {
    let tx = db.begin_system(SystemReason::ScanFiles).await?;
    let verdict = Verdict { state, size: seen.size, sha256: seen.sha256, content_type: seen.content_type, finding };
    scans::conclude(&tx, version, verdict).await?;
    tx.commit().await?;
    tracing::info!(%version, state = state.word(), bytes = seen.size, "file looked at");
    Ok(())
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
        assert!(matches!(read_answer("INSTREAM size limit exceeded. ERROR"), Finding::Unscannable(_)));
        assert!(matches!(read_answer(""), Finding::Unscannable(_)));
    }
}

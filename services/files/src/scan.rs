//! Looking at the bytes before anybody else does. A scanner that cannot be reached means waiting: never lost, never
//! silently clean.

use crate::commands::{fits, sniff};
use crate::{Kind, ScanState};
use blobs::{BlobError, Blobs};
use bytes::Bytes;
use futures::StreamExt;
use kernel::FileVersionId;
use sea_orm::FromQueryResult;
use sha2::{Digest, Sha256};
use store::{Db, StoreError, SystemReason, Tx};
use std::sync::{Arc, Mutex, PoisonError};
use time::Duration;
use uuid::Uuid;

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
        let answer = answer.map_err(|_| ScanError::Scanner("no answer in time".into()))?.map_err(|error| ScanError::Scanner(error.to_string()))?;
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
        Some(name) if name.starts_with("Heuristics.Encrypted") || name.starts_with("Heuristics.Limits") => Finding::Unscannable(name.to_owned()),
        Some(name) => Finding::Infected(name.to_owned()),
        None if said == "OK" => Finding::Clean,
        None => Finding::Unscannable(said.chars().take(200).collect()),
    }
}

#[derive(FromQueryResult)]
struct Pending {
    object_key: String,
    declared_kind: String,
    state: String,
}

/// Looks at one upload; looking twice changes nothing. No transaction is open while bytes travel.
///
/// # Errors
/// When scanner, store or database do not answer; the state then stays `waiting` and the job comes again.
pub async fn scan(db: &Db, blobs: &Blobs, scanner: &dyn Scanner, version: FileVersionId) -> Result<(), ScanError> {
    let tx = db.begin_system(SystemReason::ScanFiles).await?;
    let pending: Option<Pending> = tx.one("SELECT object_key, declared_kind, state FROM file_versions WHERE id = $1", [version.0.into()]).await?;
    tx.commit().await?;
    let Some(pending) = pending.filter(|p| p.state == ScanState::Waiting.word()) else {
        return Ok(());
    };
    let kind: Kind = pending.declared_kind.parse().map_err(|error: kernel::units::UnknownWord| StoreError::Internal(error.to_string()))?;
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
    let now = tx.clock().now();
    tx.run(
        "UPDATE file_versions SET state = $2, size = $3, sha256 = $4, content_type = $5, finding = $6, scanned_at = $7, attempts = attempts + 1 WHERE id = $1 AND state = 'waiting'",
        [
            version.0.into(),
            state.word().into(),
            i64::try_from(seen.size).unwrap_or(i64::MAX).into(),
            seen.sha256.to_vec().into(),
            seen.content_type.into(),
            finding.into(),
            now.into(),
        ],
    )
    .await?;
    tx.commit().await?;
    tracing::info!(%version, state = state.word(), bytes = seen.size, "file looked at");
    Ok(())
}

/// Housekeeping: announced and never uploaded for a day is abandoned; waiting for longer than a minute is asked again.
///
/// # Errors
/// As the database reports.
pub async fn sweep(tx: &Tx) -> Result<Vec<FileVersionId>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let now = tx.clock().now();
    tx.run("UPDATE file_versions SET state = 'abandoned' WHERE state = 'expected' AND created_at < $1", [(now - Duration::days(1)).into()]).await?;
    let rows: Vec<Row> = tx.all("SELECT id FROM file_versions WHERE state = 'waiting' AND coalesce(arrived_at, created_at) < $1 ORDER BY created_at LIMIT 200", [(now - Duration::minutes(1)).into()]).await?;
    Ok(rows.into_iter().map(|row| FileVersionId(row.id)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_is_clean() {
        assert_eq!(read_answer("stream: OK\0"), Finding::Clean);
        assert_eq!(read_answer("stream: Eicar-Test-Signature.UNOFFICIAL FOUND\0"), Finding::Infected("Eicar-Test-Signature.UNOFFICIAL".into()));
        assert_eq!(read_answer("stream: Heuristics.Encrypted.Zip FOUND"), Finding::Unscannable("Heuristics.Encrypted.Zip".into()));
        assert!(matches!(read_answer("INSTREAM size limit exceeded. ERROR"), Finding::Unscannable(_)));
        assert!(matches!(read_answer(""), Finding::Unscannable(_)));
    }
}

//! Work for later, enqueued by SQL in the transaction that makes it necessary: a rollback takes it back, a commit wakes
//! the worker.

use crate::{StoreError, Tx};
use kernel::{EventId, FileVersionId};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The schema of the job queue.
pub const JOB_QUEUE_SCHEMA: &str = "graphile_worker";

/// A closed list of jobs; the database function `enqueue` knows the same names. Each is idempotent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Look at an uploaded file.
    ScanFile {
        /// Which bytes.
        version: FileVersionId,
    },
    /// Tell the people concerned that something happened.
    SendMail {
        /// What happened.
        event: EventId,
    },
}

impl Job {
    /// The task's name in the queue.
    pub const fn task(&self) -> &'static str {
        match self {
            Self::ScanFile { .. } => "scan_file",
            Self::SendMail { .. } => "send_mail",
        }
    }

    fn parts(&self) -> (Value, String, i16) {
        match self {
            // Somebody is looking at "being checked": files come before letters.
            Self::ScanFile { version } => (json!({ "version": version }), format!("scan_file:{version}"), -1),
            Self::SendMail { event } => (json!({ "event": event }), format!("send_mail:{event}"), 0),
        }
    }
}

impl Tx {
    /// Enqueues a job for as soon as this transaction commits.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn enqueue(&self, job: &Job) -> Result<(), StoreError> {
        self.enqueue_at(job, self.clock().now()).await
    }

    /// Enqueues a job for a later instant; the same job enqueued again before it ran replaces it.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn enqueue_at(&self, job: &Job, at: OffsetDateTime) -> Result<(), StoreError> {
        let (payload, key, priority) = job.parts();
        self.run(
            "SELECT enqueue($1, $2::json, $3, $4, $5)",
            [job.task().into(), payload.to_string().into(), key.into(), at.into(), i32::from(priority).into()],
        )
        .await?;
        Ok(())
    }

    /// Removes jobs that were enqueued anew while a worker had them, if that worker died: the queue had taken away their key and
    /// used up their attempts, so nobody ever takes or ends them. What failed for good keeps its key, and stays for people to see.
    /// Returns how many there were.
    ///
    /// # Errors
    /// As the database reports; any role but the worker's is denied.
    pub async fn drop_replaced_jobs(&self) -> Result<u64, StoreError> {
        let sql = "DELETE FROM graphile_worker._private_jobs WHERE key IS NULL AND attempts >= max_attempts AND locked_at IS NULL";
        self.run(sql, []).await
    }
}

/// Brings the job queue's own schema up to date. `url` signs in as `portal_migrator`; runs before the migrations, whose
/// last step grants its tables to the worker.
///
/// # Errors
/// `Unreachable` or `Internal` as the library reports.
pub async fn prepare_job_queue(url: &str) -> Result<(), StoreError> {
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).connect(url).await?;
    let result = graphile_worker::WorkerOptions::default()
        .pg_pool(pool.clone())
        .schema(JOB_QUEUE_SCHEMA)
        .init()
        .await
        .map(drop)
        .map_err(|error| StoreError::Internal(format!("job queue: {error}")));
    pool.close().await;
    result
}

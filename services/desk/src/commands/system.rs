//! What the system does by itself.

use super::VerbError;
use crate::rows::{answerers, counts, header};
use kernel::FederationId;
use store::{AuditEntry, Event, StoreError, Tx};
use time::{Duration, OffsetDateTime};

/// Closes what has been resolved for longer than it can be reopened; at most `batch` at a time.
///
/// # Errors
/// As the database reports.
pub async fn close_resolved(tx: &Tx, batch: i32) -> Result<usize, VerbError> {
    let rows = header::close_resolved(tx, tx.clock().now() - Duration::days(crate::REOPEN_DAYS), batch).await?;
    for row in &rows {
        let entry = AuditEntry::new("desk.consultation_closed", row.id).in_federation(FederationId(row.federation_id));
        tx.audit(entry.word("version", row.version)).await?;
    }
    Ok(rows.len())
}

/// Hands over what is answered for by a seat that does not answer from its queue any more: run out by date, its contract or
/// organisation ended, the queue taken away. At most `batch` cases at a time; the new ones responsible are told.
///
/// # Errors
/// As the database reports.
pub async fn hand_over_lapsed(tx: &Tx, batch: i32) -> Result<usize, VerbError> {
    let rows = answerers::hand_over_lapsed(tx, batch).await?;
    for row in &rows {
        let federation = FederationId(row.federation_id);
        let entry = AuditEntry::new("desk.consultation_handed_over", row.id).in_federation(federation);
        tx.audit(entry.word("from", row.old_seat).word("to", row.seat).word("version", row.version)).await?;
        tx.tell(federation, Event { name: "desk.consultation_assigned.v1", subject: row.id, ids: vec![], mail: true }).await?;
    }
    Ok(rows.len())
}

/// The codes of queues that take cases although their seat on duty does not answer; somebody must take the duty.
///
/// # Errors
/// As the database reports.
pub async fn duties_lapsed(tx: &Tx) -> Result<Vec<String>, StoreError> {
    answerers::duties_lapsed(tx).await
}

pub use crate::rows::counts::{Month, Off};

/// Folds at most `batch` of the deltas that changes of consultations left into the counts by area; how many there were. Safe to run
/// from several processes and to be killed at any moment: each fold is one statement.
///
/// # Errors
/// As the database reports.
pub async fn fold_counts(tx: &Tx, batch: i32) -> Result<i32, StoreError> {
    counts::fold(tx, batch).await
}

/// The first month whose counts were not compared with the consultations since `due`; None when all were.
///
/// # Errors
/// As the database reports.
pub async fn month_to_reconcile(tx: &Tx, due: OffsetDateTime) -> Result<Option<Month>, StoreError> {
    counts::month(tx, due).await
}

/// Recounts one month, puts right what was off and says what that was. The month counts as compared once the transaction is committed.
///
/// # Errors
/// As the database reports; a fold that runs just now is waited for.
pub async fn reconcile_counts(tx: &Tx, month: &Month) -> Result<Vec<Off>, StoreError> {
    counts::reconcile(tx, month).await
}

/// Publishes the counts of the federations that were not published since `due`, as they were last folded; of how many federations. What
/// officers read changes here alone. Safe to run from several processes and to be killed at any moment.
///
/// # Errors
/// As the database reports.
pub async fn publish_counts(tx: &Tx, due: OffsetDateTime) -> Result<i32, StoreError> {
    counts::publish(tx, due).await
}

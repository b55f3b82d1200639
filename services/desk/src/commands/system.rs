//! What the system does by itself.

use super::VerbError;
use crate::rows::header;
use kernel::FederationId;
use store::{AuditEntry, Tx};
use time::Duration;

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

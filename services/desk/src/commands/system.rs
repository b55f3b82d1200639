//! What the system does by itself.

use super::VerbError;
use kernel::FederationId;
use sea_orm::FromQueryResult;
use store::{AuditEntry, Tx};
use time::Duration;
use uuid::Uuid;

/// Closes what has been resolved for longer than it can be reopened; at most `batch` at a time.
///
/// # Errors
/// As the database reports.
pub async fn close_resolved(tx: &Tx, batch: i32) -> Result<usize, VerbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        federation_id: i32,
        version: i32,
    }
    let now = tx.clock().now();
    let rows: Vec<Row> = tx.all("SELECT * FROM desk_close_resolved($1, $2, $3)", [(now - Duration::days(crate::REOPEN_DAYS)).into(), now.into(), batch.into()]).await?;
    for row in &rows {
        tx.audit(AuditEntry::new("desk.consultation_closed", row.id).in_federation(FederationId(row.federation_id)).word("version", row.version)).await?;
    }
    Ok(rows.len())
}

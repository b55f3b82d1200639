//! Reading the record.

use crate::rows::{self, EntryRow};
use crate::{AuditError, Entry, Filters};
use kernel::{AuditId, Cursor, PersonId, SeatId, Slice};
use store::{Scope, Tx};
use time::OffsetDateTime;

/// A page of the reader's federation, newest first, at most `size` entries. Row security shows it to an auditor's seat
/// only; anybody else gets an empty page.
///
/// # Errors
/// `Scope` for a system transaction; else as the database reports.
pub async fn read(tx: &Tx, filters: &Filters, cursor: Option<Cursor>, size: usize) -> Result<Slice<Entry>, AuditError> {
    let Scope::Seat { federation, .. } = tx.scope() else { return Err(AuditError::Scope("an auditor")) };
    let rows = rows::entries(tx, federation, filters, cursor, size as u64 + 1).await?;
    Ok(Slice::cut(rows.into_iter().map(Entry::from).collect(), size, |entry: &Entry| Cursor { at: entry.at, id: entry.id.0 }))
}

/// How many entries wait for the sealer and since when the oldest does; for the alarm. Needs `begin_system(SealAudit)`.
///
/// # Errors
/// As the database reports.
pub async fn unsealed(tx: &Tx) -> Result<(u64, Option<OffsetDateTime>), AuditError> {
    let row = rows::waiting(tx).await?;
    Ok((row.unsealed.unsigned_abs(), row.oldest))
}

impl From<EntryRow> for Entry {
    fn from(row: EntryRow) -> Self {
        Self {
            id: AuditId(row.id),
            at: row.at,
            person: row.person_id.map(PersonId),
            person_name: row.person_name,
            seat: row.seat_id.map(SeatId),
            system: row.system,
            verb: row.verb,
            subject: row.subject,
            fields: row.fields,
            request: row.request_id,
            seq: row.seq,
        }
    }
}

//! Who answers from a queue, and for what nobody answers any more. The database decides both, so that the list, what is
//! accepted and what is handed over are one rule.

use kernel::QueueId;
use sea_orm::FromQueryResult;
use serde::Serialize;
use store::{StoreError, Tx};
use uuid::Uuid;

/// Somebody who answers from a queue and can be made responsible.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct AnswererRow {
    /// Seat.
    pub seat_id: Uuid,
    /// Name.
    pub name: String,
    /// Role word: `agent`, `lead` or `officer`.
    pub role: String,
    /// Organisation.
    pub unit_name: String,
    /// Organisation, in English.
    pub unit_name_en: Option<String>,
    /// Has the queue's duty.
    pub on_duty: bool,
}

/// The seats that answer from a queue, for a scope that holds it: the one on duty first, then by name. A door, because not
/// everybody who works a queue is shown every seat and organisation behind it.
pub(crate) async fn of_queue(tx: &Tx, queue: QueueId) -> Result<Vec<AnswererRow>, StoreError> {
    let sql = "SELECT seat_id, name, role, unit_name, unit_name_en, on_duty FROM desk_seats($1, $2)";
    tx.all(sql, [queue.0.into(), tx.clock().now().into()]).await
}

/// A case that was handed over.
#[derive(FromQueryResult)]
pub(crate) struct HandedRow {
    pub id: Uuid,
    pub federation_id: i32,
    pub version: i32,
    pub old_seat: Uuid,
    pub seat: Uuid,
}

/// Hands at most `batch` cases over whose responsible seat does not answer any more; for the worker's scope.
pub(crate) async fn hand_over_lapsed(tx: &Tx, batch: i32) -> Result<Vec<HandedRow>, StoreError> {
    let sql = "SELECT id, federation_id, version, old_seat, seat FROM desk_hand_over_lapsed($1, $2)";
    tx.all(sql, [tx.clock().now().into(), batch.into()]).await
}

#[derive(FromQueryResult)]
struct Code {
    code: String,
}

/// The codes of active queues whose seat on duty does not answer; for the worker's scope.
pub(crate) async fn duties_lapsed(tx: &Tx) -> Result<Vec<String>, StoreError> {
    let rows: Vec<Code> = tx.all("SELECT code FROM desk_duties_lapsed($1)", [tx.clock().now().into()]).await?;
    Ok(rows.into_iter().map(|row| row.code).collect())
}

//! What hangs on a seat that ends: the duties it has, the cases it answers for.

use kernel::{ConsultationId, FederationId, SeatId};
use sea_orm::FromQueryResult;
use store::{StoreError, Tx};
use uuid::Uuid;

#[derive(FromQueryResult)]
pub(crate) struct DutyRow {
    pub name: String,
    pub name_en: String,
}

/// The queues whose duty a seat has, by their order.
pub(crate) async fn duties(tx: &Tx, federation: FederationId, seat: SeatId) -> Result<Vec<DutyRow>, StoreError> {
    let sql = "SELECT name, name_en FROM queues WHERE federation_id = $1 AND duty_seat_id = $2 ORDER BY id";
    tx.all(sql, [federation.0.into(), seat.0.into()]).await
}

#[derive(FromQueryResult)]
struct HandedRow {
    id: Uuid,
    version: i32,
    seat: Uuid,
}

/// A case, its version now and who answers for it now.
pub(crate) type Handed = (ConsultationId, i32, SeatId);

/// Hands every open case of a seat over, and holds the seat until the transaction ends. A door: an administrator sees no case.
pub(crate) async fn hand_over(tx: &Tx, seat: SeatId) -> Result<Vec<Handed>, StoreError> {
    let sql = "SELECT id, version, seat FROM desk_hand_over_seat($1, $2)";
    let rows: Vec<HandedRow> = tx.all(sql, [seat.0.into(), tx.clock().now().into()]).await?;
    Ok(rows.into_iter().map(|row| (ConsultationId(row.id), row.version, SeatId(row.seat))).collect())
}

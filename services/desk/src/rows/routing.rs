//! Which queue takes what: a route with a prefecture comes before the federation's own, and only active queues count.

use super::word;
use crate::model::{Class, Line};
use kernel::{FederationId, QueueId, SeatId, UnitId};
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use uuid::Uuid;

/// Where a new consultation goes.
pub(crate) struct Arrival {
    pub class: Class,
    pub line: Line,
    pub queue: QueueId,
    pub duty: SeatId,
}

#[derive(FromQueryResult)]
struct ArrivalRow {
    default_class: String,
    default_line: String,
    queue_id: i32,
    duty_seat_id: Uuid,
}

/// Routes a new consultation of `unit` by its category; None when the category is not offered to the asking side today, or
/// nobody takes its line.
pub(crate) async fn arrival(tx: &Tx, federation: FederationId, unit: UnitId, category: &str) -> Result<Option<Arrival>, StoreError> {
    let sql = "SELECT c.default_class, c.default_line, r.queue_id, r.duty_seat_id
               FROM desk_categories c JOIN units u ON u.id = $3
               JOIN LATERAL (SELECT q.id AS queue_id, q.duty_seat_id FROM queue_routes t JOIN queues q ON q.id = t.queue_id AND q.active
                 WHERE t.federation_id = $2 AND t.line = c.default_line AND (t.prefecture_id IS NULL OR t.prefecture_id = coalesce(u.prefecture_id, u.id))
                 ORDER BY t.prefecture_id NULLS LAST LIMIT 1) r ON true
               WHERE c.federation_id = $2 AND c.code = $1 AND c.symptom IS NOT NULL AND c.from_on <= $4 AND (c.until_on IS NULL OR $4 < c.until_on)";
    let values: [Value; 4] = [category.into(), federation.0.into(), unit.0.into(), tx.clock().today().into()];
    let Some(row): Option<ArrivalRow> = tx.one(sql, values).await? else { return Ok(None) };
    Ok(Some(Arrival {
        class: word(&row.default_class)?,
        line: word(&row.default_line)?,
        queue: QueueId(row.queue_id),
        duty: SeatId(row.duty_seat_id),
    }))
}

#[derive(FromQueryResult)]
struct RouteRow {
    id: i32,
    duty_seat_id: Uuid,
}

/// The queue that takes a line for a prefecture, and the seat on duty there.
pub(crate) async fn of_line(
    tx: &Tx,
    federation: FederationId,
    line: Line,
    prefecture: Option<UnitId>,
) -> Result<Option<(QueueId, SeatId)>, StoreError> {
    let sql = "SELECT q.id, q.duty_seat_id FROM queue_routes r JOIN queues q ON q.id = r.queue_id AND q.active
               WHERE r.federation_id = $1 AND r.line = $2 AND (r.prefecture_id IS NULL OR r.prefecture_id = $3) ORDER BY r.prefecture_id NULLS LAST LIMIT 1";
    let row: Option<RouteRow> = tx.one(sql, [federation.0.into(), line.word().into(), prefecture.map(|unit| unit.0).into()]).await?;
    Ok(row.map(|row| (QueueId(row.id), SeatId(row.duty_seat_id))))
}

/// The line of a queue.
pub(crate) async fn line_of(tx: &Tx, queue: QueueId) -> Result<Option<Line>, StoreError> {
    let row = tx.one_raw("SELECT line FROM queues WHERE id = $1", [queue.0.into()]).await?;
    row.map(|row| word(&row.try_get::<String>("", "line")?)).transpose()
}

//! The rollup of consultations by area and month, as the worker keeps it: folding what changes left, and comparing by night. The
//! database does both, with rights that no role of the application has.

use sea_orm::FromQueryResult;
use store::{StoreError, Tx};
use time::{Date, OffsetDateTime};

/// A month of a federation.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Month {
    /// Federation.
    pub federation_id: i32,
    /// Its first day, in Tokyo.
    pub month: Date,
}

/// A count that was not what the consultations say: ids and closed words only.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Off {
    /// Prefecture; None for the whole federation.
    pub prefecture_id: Option<i32>,
    /// Municipality; None for a prefecture or the whole federation.
    pub municipal_id: Option<i32>,
    /// Category; None for all.
    pub category: Option<String>,
    /// State; None for all.
    pub state: Option<String>,
    /// What was kept.
    pub was: i32,
    /// What it is now.
    pub is_now: i32,
}

#[derive(FromQueryResult)]
struct Published {
    published: i32,
}

#[derive(FromQueryResult)]
struct Folded {
    folded: i32,
}

/// Folds at most `batch` deltas; how many there were.
pub(crate) async fn fold(tx: &Tx, batch: i32) -> Result<i32, StoreError> {
    let row: Option<Folded> = tx.one("SELECT desk_fold_counts($1, $2) AS folded", [tx.clock().now().into(), batch.into()]).await?;
    Ok(row.map_or(0, |row| row.folded))
}

/// The first month that was not compared since `due`.
pub(crate) async fn month(tx: &Tx, due: OffsetDateTime) -> Result<Option<Month>, StoreError> {
    tx.one("SELECT federation_id, month FROM desk_count_months($1) LIMIT 1", [due.into()]).await
}

/// Compares, mends and stamps one month.
pub(crate) async fn reconcile(tx: &Tx, month: &Month) -> Result<Vec<Off>, StoreError> {
    let sql = "SELECT prefecture_id, municipal_id, category, state, was, is_now FROM desk_reconcile_counts($1, $2, $3)";
    tx.all(sql, [month.federation_id.into(), month.month.into(), tx.clock().now().into()]).await
}

/// Publishes what is due; of how many federations.
pub(crate) async fn publish(tx: &Tx, due: OffsetDateTime) -> Result<i32, StoreError> {
    let row: Option<Published> = tx.one("SELECT desk_publish_counts($1) AS published", [due.into()]).await?;
    Ok(row.map_or(0, |row| row.published))
}

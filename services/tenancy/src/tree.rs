//! Reading the tree. Everything is in the reader's scope: a hidden unit is absent.

use crate::model::{Area, CodeHint, Contract, Home, Name, Unit};
use crate::rows;
use kernel::{FederationId, Level, Slice, UnitId};
use std::collections::BTreeMap;
use store::{StoreError, Tx};
use time::Date;

/// One unit.
///
/// # Errors
/// As the database reports; this holds for every function here.
pub async fn unit(tx: &Tx, id: UnitId) -> Result<Option<Unit>, StoreError> {
    Ok(rows::units(tx, &[id]).await?.pop())
}

/// Several units in one statement, by id.
pub async fn units(tx: &Tx, ids: &[UnitId]) -> Result<BTreeMap<UnitId, Unit>, StoreError> {
    Ok(rows::units(tx, ids).await?.into_iter().map(|unit| (unit.id, unit)).collect())
}

/// The names of several units, for a list that holds ids.
pub async fn names(tx: &Tx, ids: &[UnitId]) -> Result<BTreeMap<UnitId, Name>, StoreError> {
    Ok(rows::units(tx, ids).await?.into_iter().map(|unit| (unit.id, unit.name)).collect())
}

/// The federation itself.
pub async fn federation(tx: &Tx, id: FederationId) -> Result<Option<Unit>, StoreError> {
    unit(tx, UnitId(id.0)).await
}

/// The prefectural associations that exist on a date (at most 47), by code.
pub async fn prefectures(tx: &Tx, federation: FederationId, date: Date) -> Result<Vec<Unit>, StoreError> {
    rows::prefectures(tx, federation, date).await
}

/// A page of the municipal associations of a prefecture (university associations too), in the order of their reading.
/// `after` is the last unit of the page before.
pub async fn municipals(tx: &Tx, prefecture: UnitId, date: Date, after: Option<UnitId>, size: usize) -> Result<Slice<Unit>, StoreError> {
    let rows = rows::of_area(tx, Area::Prefecture(prefecture), Level::Municipal.word(), date, after, size as u64 + 1).await?;
    Ok(cut(rows, size))
}

/// A page of the institutions of an area that exist on a date, in the order of their reading.
pub async fn institutions(tx: &Tx, area: Area, date: Date, after: Option<UnitId>, size: usize) -> Result<Slice<Unit>, StoreError> {
    let rows = rows::of_area(tx, area, Level::Institution.word(), date, after, size as u64 + 1).await?;
    Ok(cut(rows, size))
}

/// Where a unit stood, newest first.
pub async fn homes(tx: &Tx, unit: UnitId) -> Result<Vec<Home>, StoreError> {
    rows::homes(tx, unit).await
}

/// Where a unit stood on a Tokyo date; for whatever counts by the incident's date.
pub async fn home_on(tx: &Tx, unit: UnitId, date: Date) -> Result<Option<Home>, StoreError> {
    Ok(rows::homes(tx, unit).await?.into_iter().find(|home| home.from_on <= date && home.until_on.is_none_or(|until| date < until)))
}

/// The federation's contracts with providers, newest first. Only its own office and the provider itself see them.
pub async fn contracts(tx: &Tx, federation: FederationId) -> Result<Vec<Contract>, StoreError> {
    rows::contracts(tx, federation).await
}

/// How `code` looks beside the shape that the federation holds for a level on a date.
pub async fn code_hint(tx: &Tx, level: Level, code: &str, date: Date) -> Result<CodeHint, StoreError> {
    Ok(match rows::code_shape(tx, level.word(), code, date).await? {
        None => CodeHint::Unknown,
        Some((true, _)) => CodeHint::Usual,
        Some((false, example)) => CodeHint::Unusual { example },
    })
}

fn cut(mut units: Vec<Unit>, size: usize) -> Slice<Unit> {
    let more = units.len() > size;
    units.truncate(size);
    let next = if more { units.last().map(|unit| unit.id.to_string()) } else { None };
    Slice { rows: units, next }
}

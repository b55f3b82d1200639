//! Names that pages choose from: categories, queues, prefectures.

use access::Actor;
use kernel::{FederationId, Level};
use sea_orm::FromQueryResult;
use serde::Serialize;
use store::{StoreError, Tx};

/// A category as the pages of asking and triage show it.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct Category {
    /// Code.
    pub code: String,
    /// Name for staff.
    pub name: String,
    /// Name for staff, in English.
    pub name_en: String,
    /// Symptom for the asking side; None when staff alone choose it.
    pub symptom: Option<String>,
    /// The same in English.
    pub symptom_en: Option<String>,
    /// A helping line.
    pub hint: Option<String>,
    /// The same in English.
    pub hint_en: Option<String>,
    /// `trouble` or `question`.
    pub kind: String,
}

/// The categories in force today, in order.
pub(crate) async fn categories(tx: &Tx, federation: FederationId) -> Result<Vec<Category>, StoreError> {
    let sql = "SELECT code, name, name_en, symptom, symptom_en, hint, hint_en, kind FROM desk_categories
               WHERE federation_id = $1 AND from_on <= $2 AND (until_on IS NULL OR $2 < until_on) ORDER BY sort, code";
    tx.all(sql, [federation.0.into(), tx.clock().today().into()]).await
}

/// Whether a federation has a category, in force or not: a case may keep one that has ended.
pub(crate) async fn has_category(tx: &Tx, federation: FederationId, code: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM desk_categories WHERE federation_id = $1 AND code = $2";
    Ok(tx.one_raw(sql, [federation.0.into(), code.into()]).await?.is_some())
}

/// Something that a filter of the staff list offers.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ChoiceRow {
    /// `category`, `queue` or `prefecture`; `former_category` and `other_prefecture` are not offered, but cases may name them.
    pub of: String,
    /// A category's code, else an id.
    pub value: String,
    /// Name; a prefecture's in short where it has a short name.
    pub name: String,
    /// Name in English.
    pub name_en: Option<String>,
}

/// What the filters of the staff list offer: categories in force, active queues, prefectural associations, each in its order; and
/// the names of what its rows may hold besides: categories of other days, other organisations of that level.
/// One statement, because a page is made of few.
pub(crate) async fn choices(tx: &Tx, federation: FederationId) -> Result<Vec<ChoiceRow>, StoreError> {
    let sql = "(SELECT CASE WHEN from_on <= $2 AND (until_on IS NULL OR $2 < until_on) THEN 'category' ELSE 'former_category' END AS of,
                  code AS value, name, name_en FROM desk_categories WHERE federation_id = $1 ORDER BY sort, code)
               UNION ALL (SELECT 'queue', id::text, name, name_en FROM queues WHERE federation_id = $1 AND active ORDER BY id)
               UNION ALL (SELECT CASE kind WHEN 'prefectural_association' THEN 'prefecture' ELSE 'other_prefecture' END, id::text,
                  coalesce(short_name, name), coalesce(short_name_en, name_en) FROM units
                WHERE federation_id = $1 AND level = 'prefectural' ORDER BY code, id LIMIT 500)";
    tx.all(sql, [federation.0.into(), tx.clock().today().into()]).await
}

/// An area below another.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct AreaName {
    /// Its association.
    pub id: i32,
    /// Name, in short where it has a short name.
    pub name: String,
    /// Name in English.
    pub name_en: Option<String>,
}

impl AreaName {
    /// The level of an area directly below a seat's own.
    pub(crate) fn below(&self, actor: &Actor) -> Level {
        if actor.level == Level::Prefectural { Level::Municipal } else { Level::Prefectural }
    }
}

/// An area of a prefecture (a municipality) or of a federation (a prefecture).
pub(crate) async fn area_below(tx: &Tx, level: Level, above: i32, unit: i32) -> Result<Option<AreaName>, StoreError> {
    let condition = match level {
        Level::Prefectural => "prefecture_id = $2 AND level = 'municipal'",
        _ => "federation_id = $2 AND level = 'prefectural'",
    };
    let sql = format!(
        "SELECT id, coalesce(short_name, name) AS name, coalesce(short_name_en, name_en) AS name_en FROM units WHERE id = $1 AND {condition}"
    );
    tx.one(&sql, [unit.into(), above.into()]).await
}

//! The statements.

use crate::{ContentError, Text};
use sea_orm::FromQueryResult;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Tx;
use time::Date;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct TextRow {
    id: Uuid,
    key: String,
    version: i32,
    own: bool,
    body: Value,
    from_on: Date,
    reviewed_on: Option<Date>,
}

const COLUMNS: &str = "id, key, version, federation_id IS NOT NULL AS own, body, from_on, reviewed_on";

/// The wording of `key` in force on a Tokyo date: the federation's own before the installation's, the later before the
/// earlier. None when there is none.
///
/// # Errors
/// As the database reports.
pub async fn current(tx: &Tx, key: &str, date: Date) -> Result<Option<Text>, ContentError> {
    Ok(current_many(tx, &[key], date).await?.remove(key))
}

/// The same for several keys in one statement; keys without a text in force are absent.
///
/// # Errors
/// As the database reports.
pub async fn current_many(tx: &Tx, keys: &[&str], date: Date) -> Result<BTreeMap<String, Text>, ContentError> {
    let keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
    let sql = format!(
        "SELECT DISTINCT ON (key) {COLUMNS} FROM content_texts
         WHERE key = ANY ($1) AND from_on <= $2 AND (until_on IS NULL OR $2 < until_on)
         ORDER BY key, federation_id NULLS LAST, version DESC"
    );
    let rows = tx.all::<TextRow>(&sql, [keys.into(), date.into()]).await?;
    rows.into_iter().map(|row| Ok((row.key.clone(), text(row)?))).collect()
}

/// The very wording that something points at, in force or not.
///
/// # Errors
/// As the database reports.
pub async fn by_id(tx: &Tx, id: Uuid) -> Result<Option<Text>, ContentError> {
    let sql = format!("SELECT {COLUMNS} FROM content_texts WHERE id = $1");
    tx.one::<TextRow>(&sql, [id.into()]).await?.map(text).transpose()
}

fn text(row: TextRow) -> Result<Text, ContentError> {
    let said = |locale: &str| row.body.get(locale).and_then(Value::as_str).map(str::to_owned);
    Ok(Text {
        id: row.id,
        ja: said("ja").ok_or(ContentError::Body(row.id))?,
        en: said("en"),
        key: row.key,
        version: row.version,
        own: row.own,
        from_on: row.from_on,
        reviewed_on: row.reviewed_on,
    })
}

/// The newest installation version of a key.
pub(crate) struct Newest {
    pub version: i32,
    pub body: Value,
    /// Whether a release may follow it: it came with one, and nobody here has ended it or had it read by specialists.
    pub follows: bool,
}

pub(crate) async fn newest(connection: &mut sqlx::PgConnection, key: &str) -> Result<Option<Newest>, ContentError> {
    let sql = "SELECT version, body, origin = 'release' AND until_on IS NULL AND reviewed_on IS NULL AS follows
        FROM content_texts WHERE federation_id IS NULL AND key = $1 ORDER BY version DESC LIMIT 1 FOR UPDATE";
    let row: Option<(i32, Value, bool)> = sqlx::query_as(sql).bind(key).fetch_optional(connection).await?;
    Ok(row.map(|(version, body, follows)| Newest { version, body, follows }))
}

/// Ends what is in force and adds the release's version from `today` on.
pub(crate) async fn add_version(
    connection: &mut sqlx::PgConnection,
    id: Uuid,
    key: &str,
    version: i32,
    body: &Value,
    today: Date,
) -> Result<(), ContentError> {
    sqlx::query("UPDATE content_texts SET until_on = $2 WHERE federation_id IS NULL AND key = $1 AND until_on IS NULL")
        .bind(key)
        .bind(today)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO content_texts (id, federation_id, key, version, body, from_on, origin) VALUES ($1, NULL, $2, $3, $4, $5, 'release')",
    )
    .bind(id)
    .bind(key)
    .bind(version)
    .bind(body)
    .bind(today)
    .execute(connection)
    .await?;
    Ok(())
}

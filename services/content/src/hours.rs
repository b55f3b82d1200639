//! When the desk's telephone is answered. Every page says it, so it is read once a minute for everybody and not once a page.

use crate::ContentError;
use kernel::{FederationId, Locale};
use serde_json::Value;
use store::{Db, Door, StoreError};
use time::Date;

/// All wordings of [`crate::keys::DESK_HOURS`] that are in force or still to come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeskHours(Vec<Wording>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wording {
    federation: Option<FederationId>,
    ja: String,
    en: Option<String>,
    from_on: Date,
    until_on: Option<Date>,
}

impl DeskHours {
    /// Reads them, in one statement.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn read(db: &Db) -> Result<Self, ContentError> {
        let rows = db.door(Door::DeskHours, [db.clock().today().into()]).await?;
        rows.iter()
            .map(|row| wording(row).map_err(|error| ContentError::Store(StoreError::from(error))))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What is true on a Tokyo date: the federation's own words, else the installation's. None when there are none; then a
    /// page must not pretend to know.
    pub fn say(&self, federation: Option<FederationId>, locale: Locale, date: Date) -> Option<&str> {
        let in_force = |w: &&Wording| w.from_on <= date && w.until_on.is_none_or(|until| date < until);
        let of = |federation: Option<FederationId>| self.0.iter().filter(in_force).find(|w| w.federation == federation);
        let wording = federation.and_then(|own| of(Some(own))).or_else(|| of(None))?;
        Some(match locale {
            Locale::Ja => &wording.ja,
            Locale::En => wording.en.as_deref().unwrap_or(&wording.ja),
        })
    }
}

fn wording(row: &sea_orm::QueryResult) -> Result<Wording, sea_orm::DbErr> {
    let body: Value = row.try_get("", "body")?;
    // A few words within a sentence: line ends would fall into the middle of it.
    let said = |locale: &str| body.get(locale).and_then(Value::as_str).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    Ok(Wording {
        federation: row.try_get::<Option<i32>>("", "federation_id")?.map(FederationId),
        ja: said("ja").unwrap_or_default(),
        en: said("en"),
        from_on: row.try_get("", "from_on")?,
        until_on: row.try_get("", "until_on")?,
    })
}

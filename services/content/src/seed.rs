//! The installation's own texts, for every federation that has none of its own. They come with the release, because without
//! them nobody can ask or agree to anything. A release with another wording adds a version; it never changes one, and it
//! never takes the place of words that were written, ended or read by specialists here.

use crate::{ContentError, rows};
use kernel::{Clock, ids::new_uuid};
use serde::Deserialize;
use serde_json::json;
use sqlx::Connection;

const TEXTS: &str = include_str!("installation.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Embedded {
    text: Vec<EmbeddedText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EmbeddedText {
    key: String,
    ja: String,
    en: String,
}

/// What a seed did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeedReport {
    /// Texts that got a first or another version.
    pub written: usize,
    /// Texts that stood there already, word for word.
    pub kept: usize,
    /// Keys of texts that this release says otherwise and that were left alone: somebody here has had a hand in them.
    pub left: Vec<String>,
}

fn embedded() -> Result<Vec<EmbeddedText>, ContentError> {
    let all: Embedded = toml::from_str(TEXTS).map_err(|error| ContentError::Embedded(error.to_string()))?;
    Ok(all.text)
}

/// The keys of the installation's texts.
///
/// # Errors
/// `Embedded` for a fault of this build.
pub fn installation_keys() -> Result<Vec<String>, ContentError> {
    Ok(embedded()?.into_iter().map(|text| text.key).collect())
}

/// Writes the installation's texts over a bulk connection (role portal_loader), in one transaction. Twice changes nothing.
///
/// # Errors
/// `Embedded` for a fault of this build, `Loader` as the database reports; then nothing was written.
pub async fn seed(connection: &mut sqlx::PgConnection, clock: &Clock) -> Result<SeedReport, ContentError> {
    let mut report = SeedReport::default();
    let mut tx = connection.begin().await?;
    // Two processes may start at once: the second waits and then finds everything in place.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('content seed'))").execute(&mut *tx).await?;
    for text in embedded()? {
        let body = json!({ "ja": text.ja.trim(), "en": text.en.trim() });
        let version = match rows::newest(&mut tx, &text.key).await? {
            Some(newest) if newest.body == body => {
                report.kept += 1;
                continue;
            }
            Some(newest) if !newest.follows => {
                report.left.push(text.key);
                continue;
            }
            newest => newest.map_or(1, |newest| newest.version + 1),
        };
        rows::add_version(&mut tx, new_uuid(clock), &text.key, version, &body, clock.today()).await?;
        report.written += 1;
    }
    tx.commit().await?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use std::collections::BTreeSet;

    #[test]
    fn every_embedded_text_is_whole_and_named_once() {
        let texts = embedded().expect("embedded texts");
        let names: BTreeSet<&str> = texts.iter().map(|t| t.key.as_str()).collect();
        assert_eq!(names.len(), texts.len());
        for text in &texts {
            assert!(text.key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b)), "{}", text.key);
            assert!(!text.ja.trim().is_empty() && !text.en.trim().is_empty(), "{}", text.key);
            let lines = |t: &str| t.trim().lines().count();
            assert_eq!(lines(&text.ja), lines(&text.en), "{}: ja and en have the same steps", text.key);
        }
    }

    #[test]
    fn the_keys_that_rooms_ask_for_are_there() {
        let names = installation_keys().expect("keys");
        let wanted = [keys::SHARING, keys::PATIENT_DATA].map(str::to_owned);
        let receivers = ["programme_office", "prefecture", "municipality", "police"].map(|r| keys::consent(r).expect("key"));
        let categories = [
            "INC-RAN",
            "INC-MAL",
            "INC-EMO",
            "INC-ACC",
            "INC-WEB",
            "INC-LEAK",
            "INC-LOST",
            "INC-CARRY",
            "INC-SCAM",
            "INC-PHI",
            "INC-DOS",
            "INC-ODD",
            "VUL-VPN",
            "VUL-OTH",
            "AFT",
            "CHK",
            "GDL",
            "INSP",
            "BCP",
            "VEN",
            "LAW",
            "GRA",
            "OTH",
        ];
        for key in wanted.into_iter().chain(receivers).chain(categories.map(|c| keys::advice(c).expect("key"))) {
            assert!(names.contains(&key), "{key}");
        }
    }
}

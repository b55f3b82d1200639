//! The words of the issuer's pages, read from `issuer_texts.toml`.

use crate::DemoError;
use kernel::Locale;
use serde::Deserialize;

/// Both languages' words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    ja: Words,
    en: Words,
}

/// One language's words, named after their place on the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    pub title: String,
    pub intro: String,
    pub factor: String,
    pub factor_pwd: String,
    pub factor_otp: String,
    pub factor_passkey: String,
    pub factor_hint: String,
    pub people: String,
    pub suggested: String,
    pub error_title: String,
    pub error_client: String,
    pub error_redirect: String,
    pub error_request: String,
    pub error_person: String,
    pub logout_title: String,
    pub error_logout: String,
    pub signed_out_title: String,
    pub signed_out: String,
}

impl Texts {
    pub(crate) fn load() -> Result<Self, DemoError> {
        toml::from_str(include_str!("../../issuer_texts.toml")).map_err(|error| DemoError::Setting(error.to_string()))
    }

    /// The words of one language.
    pub(crate) fn of(&self, locale: Locale) -> &Words {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => &self.en,
        }
    }
}

/// The page's language from `ui_locales` (space-separated, best first); Japanese when none is spoken here.
pub(crate) fn locale_of(ui_locales: &str) -> Locale {
    ui_locales
        .split_whitespace()
        .find_map(|tag| match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "ja" => Some(Locale::Ja),
            "en" => Some(Locale::En),
            _ => None,
        })
        .unwrap_or_default()
}

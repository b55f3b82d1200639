//! A text and what can go wrong.

use kernel::Locale;
use serde::Serialize;
use store::StoreError;
use time::Date;
use uuid::Uuid;

/// One version of one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Identifies this very wording; what a consent keeps.
    pub id: Uuid,
    /// Its name, for example `advice.inc-ran`.
    pub key: String,
    /// Counted from 1 within the key.
    pub version: i32,
    /// Whether the federation wrote it itself.
    pub own: bool,
    /// Japanese; always there. Lines are paragraphs or steps.
    pub ja: String,
    /// English, when there is one.
    pub en: Option<String>,
    /// First day (Tokyo) of its use.
    pub from_on: Date,
    /// When specialists read it; None while they have not.
    pub reviewed_on: Option<Date>,
}

impl Text {
    /// The wording for a reader, Japanese when there is none in their language.
    pub fn say(&self, locale: Locale) -> &str {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => self.en.as_deref().unwrap_or(&self.ja),
        }
    }

    /// The language that [`Text::say`] answers in; for the `lang` attribute.
    pub fn said_in(&self, locale: Locale) -> Locale {
        if locale == Locale::En && self.en.is_some() { Locale::En } else { Locale::Ja }
    }

    /// The wording line by line: the steps of an advice, the paragraphs of a consent.
    pub fn lines(&self, locale: Locale) -> impl Iterator<Item = &str> {
        self.say(locale).lines().filter(|line| !line.trim().is_empty())
    }

    /// Whether the page must say that specialists have still to read it.
    pub fn awaiting_review(&self) -> bool {
        self.reviewed_on.is_none()
    }
}

/// Why a text cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The database said no or did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bulk connection said no or did not answer.
    #[error("content seed: {0}")]
    Loader(#[from] sqlx::Error),
    /// No key can be made of what was given.
    #[error("not the name of a text")]
    Key,
    /// A stored body is not a map of texts; the table's check asks for `ja`.
    #[error("text {0} has no readable body")]
    Body(Uuid),
    /// The embedded installation texts cannot be read; a fault of this build.
    #[error("installation texts: {0}")]
    Embedded(String),
}

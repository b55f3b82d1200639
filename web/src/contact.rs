//! How to reach the desk by telephone, for the foot of every page.

use crate::page::Contact;
use crate::phrase;
use crate::words::Label;
use content::{ContentError, DeskHours};
use kernel::{FederationId, Locale};
use std::sync::{Arc, PoisonError, RwLock};
use store::Db;
use time::Date;

/// The desk's hours as they were read last. Pages read them from here, so they cost no statement.
#[derive(Default)]
pub struct Hours(RwLock<Arc<DeskHours>>);

impl Hours {
    /// Reads them anew; what was read before stays when that fails.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn refresh(&self, db: &Db) -> Result<(), ContentError> {
        let read = Arc::new(DeskHours::read(db).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// The telephone with its hours, as a reader of `federation` (or somebody who is not signed in) is told on `date`.
    pub fn contact(&self, phone: &str, federation: Option<FederationId>, locale: Locale, date: Date) -> Contact {
        let hours = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        Contact {
            phone: phone.to_owned(),
            digits: phone.chars().filter(char::is_ascii_digit).collect(),
            hours: match hours.say(federation, locale, date) {
                Some(hours) => Label::text(hours),
                None => phrase!("shared-desk-hours-unknown").into(),
            },
        }
    }
}

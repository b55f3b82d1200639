//! Dated texts per locale: consents, first advice, notices. A text is never edited: a new wording is a new version from a
//! date on, so that a consent given last year still points at the words that were agreed to.
//!
//! A federation's own text comes before the installation's. Texts that specialists have not read yet say so
//! ([`Text::awaiting_review`]).

mod hours;
pub mod keys;
mod model;
mod rows;
mod seed;

pub use hours::DeskHours;
pub use model::{ContentError, Text};
pub use rows::{by_id, current, current_many};
pub use seed::{SeedReport, installation_keys, seed};

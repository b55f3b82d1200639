//! The desk's refusals as answers.

use crate::pages::{Kept, Stale};
use crate::phrase;
use crate::request::Problem;
use crate::words::{Label, Phrase};
use ::desk::{Consultation, VerbError};

/// A refusal with the text that was typed; `NotFound` and hidden are one.
pub fn problem(error: VerbError, kept: Vec<Kept>) -> Problem {
    match error {
        VerbError::NotFound => Problem::NotFound,
        VerbError::Forbidden => Problem::Forbidden(phrase!("desk-rule-not-yours")),
        VerbError::State(case) => Problem::Stale(Box::new(stale(&case, kept, false))),
        VerbError::Stale(case) => Problem::Stale(Box::new(stale(&case, kept, true))),
        VerbError::Invalid { key, .. } => Problem::Forbidden(Phrase::new(key)),
        VerbError::Store(error) => error.into(),
    }
}

impl From<VerbError> for Problem {
    fn from(error: VerbError) -> Self {
        problem(error, vec![])
    }
}

/// What the consultation is now, and what the reader wrote.
fn stale(case: &Consultation, kept: Vec<Kept>, possible: bool) -> Stale {
    let changed: Vec<Label> = vec![
        phrase!("desk-stale-number", number = case.number.as_str()).into(),
        Phrase::word("desk-state", case.state.word()).into(),
        Phrase::word("desk-class", case.class.word()).into(),
    ];
    Stale { changed, kept, open: format!("/c/{}", case.id), case: Some((case.id, possible)) }
}

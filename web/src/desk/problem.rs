//! The desk's refusals as answers.

use super::case::entries;
use super::pages::Overtaken;
use crate::pages::{Kept, Stale};
use crate::phrase;
use crate::request::{Problem, Visit};
use crate::words::{Label, Phrase};
use ::desk::{Consultation, VerbError, queries};
use axum::http::StatusCode;
use axum::response::Response;

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

/// Entries at most that are shown as having come meanwhile.
const MEANWHILE: i64 = 50;

/// The page of a submit that came too late: what came meanwhile, and what was sent, which one press applies to what is there now.
/// None where its sender may not read the case, or it cannot be read now: then the plain page says what there is to say.
pub async fn overtaken(visit: &Visit, page: &Stale) -> Option<Response> {
    let ((id, possible), actor, form) = (page.case?, visit.actor.as_ref()?, visit.form.get()?);
    let tx = visit.app.db.read(actor, visit.id).await.ok()?;
    let opened = desk::open(&tx, actor, id).await.ok()?;
    let (text, permit) = opened.words?;
    let case = opened.facts.case;
    let thread = queries::since(&tx, &permit, form.version?, MEANWHILE, visit.locale).await.ok()?;
    let shown = Overtaken {
        number: case.number,
        title: Some(text.title),
        class: case.class.word(),
        state: case.state.word(),
        responsible: opened.around.responsible_name,
        entries: entries(thread, vec![]),
        again: form.once_more(&visit.path, Some(case.version)),
        possible,
        open: page.open.clone(),
    };
    Some(visit.render(&visit.shell(), StatusCode::CONFLICT, &shown))
}

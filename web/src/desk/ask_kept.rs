//! What is being written at a step of asking stays on the server beside the answers, and an answer that came too late shows the one that
//! is there now.

use super::ask::{answers, colleagues, draft, members, symptoms};
use super::forms::{ContactForm, DoneForm, NoticedForm, WordsForm};
use super::pages::AskOvertaken;
use super::writing::text_of;
use crate::forms::{Form, FormView};
use crate::moment::Moment;
use crate::request::{Answer, Cx, Ids, Offer, Posted, Problem};
use ::desk::commands;
use ::desk::{Draft, Step, VerbError};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use kernel::DraftId;
use store::Tx;

/// A step at which somebody types.
pub trait Typing: Form {
    /// Which.
    const STEP: Step;
}
impl Typing for NoticedForm {
    const STEP: Step = Step::Noticed;
}
impl Typing for WordsForm {
    const STEP: Step = Step::Words;
}
impl Typing for DoneForm {
    const STEP: Step = Step::Done;
}
impl Typing for ContactForm {
    const STEP: Step = Step::Contact;
}

/// `POST /ask/{draft}/<step>/draft`: a script asks, while somebody writes. "Go on another day" does the same without script.
pub async fn keep<F: Typing>(cx: Cx, Ids(id): Ids<DraftId>, posted: Posted<F>) -> Answer {
    let (seen, begun) = (posted.seen()?, text_of(&posted));
    let tx = cx.begin().await?;
    match commands::keep_answer(&tx, cx.actor(), id, F::STEP, posted.page(), seen, &begun).await {
        Ok(true) => tx.commit().await?,
        Ok(false) => return Ok(StatusCode::CONFLICT.into_response()),
        Err(VerbError::Invalid { .. }) => return Ok(StatusCode::UNPROCESSABLE_ENTITY.into_response()),
        Err(error) => return Err(error.into()),
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Where a step's text is kept while it is written; None where nobody types.
pub(super) fn address(id: DraftId, step: Step) -> Option<String> {
    let typing = [NoticedForm::STEP, WordsForm::STEP, DoneForm::STEP, ContactForm::STEP].contains(&step);
    typing.then(|| format!("{}/draft", super::ask::address(id, step)))
}

/// When what was begun at a step was kept.
pub(super) fn kept_at(draft: &Draft, step: Step) -> Option<Moment> {
    draft.answers.trace(step).filter(|trace| !trace.begun.is_empty()).map(|_| Moment(draft.updated_at))
}

/// The version that a step's form is made for: the draft's, or the one that whoever began a text here, or gives a form back to be put
/// right, had in front of them. An answer that was given elsewhere since is then shown before it is replaced.
pub(super) fn shown_version(cx: &Cx, draft: &Draft, step: Step) -> i32 {
    let begun = draft.answers.trace(step).filter(|trace| !trace.begun.is_empty()).map(|trace| trace.seen);
    cx.form.get().and_then(|form| form.version).or(begun).unwrap_or(draft.version)
}

/// A step's form with its answer, and in its place what was begun there.
pub(super) fn prefilled<F: Form>(draft: &Draft, step: Step, answer: impl IntoIterator<Item = (&'static str, String)>) -> FormView {
    let mut values: Vec<(&'static str, String)> = answer.into_iter().collect();
    for (name, value) in draft.answers.trace(step).into_iter().flat_map(|trace| &trace.begun) {
        if let Some(field) = F::fields().iter().find(|field| field.name == name) {
            values.retain(|(name, _)| *name != field.name);
            values.push((field.name, value.clone()));
        }
    }
    FormView::prefilled::<F>(values)
}

/// 409: the step was answered elsewhere since its page was made. What is there now, and what was sent, which one press puts in its place.
pub(super) async fn overtaken(cx: &Cx, id: DraftId, step: Step) -> Answer {
    let form = cx.form.get().ok_or(Problem::BadRequest)?;
    let tx = cx.app.db.read(cx.actor(), cx.id).await?;
    let draft = draft(cx, &tx, id).await?;
    let open = super::ask::address(id, step);
    let there = answers(cx, &tx, &draft).await?.into_iter().filter(|line| line.href == open).collect();
    let mut offers: Vec<Offer> = Vec::new();
    for field in form.chosen_from_given() {
        offers.push((field, list(cx, &tx, field).await?));
    }
    let again = form.once_more(&cx.path, Some(draft.version), &offers);
    let page = AskOvertaken { step: step.word(), there, again, open };
    Ok(cx.render(&cx.shell(), StatusCode::CONFLICT, &page))
}

/// A list of a step's form as it is now.
pub(super) async fn list(cx: &Cx, tx: &Tx, field: &str) -> Result<Vec<crate::forms::Opt>, Problem> {
    match field {
        "category" => symptoms(cx, tx).await,
        "member" => members(cx, tx).await,
        "named" => colleagues(cx, tx).await,
        other => Err(Problem::Broken(format!("no list for the field {other}"))),
    }
}

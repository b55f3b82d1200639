//! What somebody is writing about a case stays on the server until it is sent: kept by script while they write, by a button
//! without script, and before they go to add a file. It is there again after a reload, on another device, and whatever
//! others do to the case meanwhile.

use super::act_pages::act_again;
use super::case::{again, may_write};
use super::forms::{AnswerForm, NoteForm, ReopenForm, ReplyForm, ResolveForm};
use super::pages::{ActForm, Begun};
use crate::forms::{Filled, Form, FormView, Kind, clean};
use crate::moment::Moment;
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Problem, see, word};
use ::desk::queries::{self, Fields, Writing};
use ::desk::{Consultation, VerbError, commands};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use kernel::ConsultationId;
use store::Tx;

kernel::words! {
    /// What follows keeping.
    Then {
        /// Nothing: a script asked.
        Quiet = "quiet",
        /// Adding a file.
        Attach = "attach",
        /// It is thrown away instead.
        Discard = "discard",
    }
}

/// A form about a case whose text is kept.
pub trait Written: Form {
    /// Last part of its address.
    const ACT: &'static str;
    /// Where its page is, after the address of the case.
    const PAGE: &'static str;
    /// Its page with what has to be put right.
    async fn again(cx: &Cx, id: ConsultationId, view: FormView) -> Answer;
}

macro_rules! written {
    ($form:ty, $act:literal, $page:literal, |$cx:ident, $id:ident, $view:ident| $again:expr) => {
        impl Written for $form {
            const ACT: &'static str = $act;
            const PAGE: &'static str = $page;
            async fn again($cx: &Cx, $id: ConsultationId, $view: FormView) -> Answer {
                $again
            }
        }
    };
}
written!(ReplyForm, "reply", "", |cx, id, view| again(cx, id, view).await);
written!(AnswerForm, "answer", "", |cx, id, view| again(cx, id, view).await);
written!(NoteForm, "note", "/note", |cx, id, view| act_again::<desk::WriteNote>(cx, id, "note", view).await);
written!(ResolveForm, "resolve", "/resolve", |cx, id, view| act_again::<desk::Resolve>(cx, id, "resolve", view).await);
written!(ReopenForm, "reopen", "/reopen", |cx, id, view| act_again::<desk::Reopen>(cx, id, "reopen", view).await);

/// `POST /c/{case}/<act>/draft`
pub async fn keep<F: Written>(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<F>) -> Answer {
    let then = word::<Then>(&cx.query(&["then"])?, "then")?;
    let (seen, fields) = (posted.seen()?, if then == Some(Then::Discard) { Fields::new() } else { text_of(&posted) });
    let tx = cx.begin().await?;
    // A script's last word may come after the text was sent or thrown away: it must not bring it back. Whoever presses a button means it.
    let is_left = commands::is_left(&tx, cx.actor(), id, posted.page()).await?;
    if is_left && then == Some(Then::Quiet) {
        return Ok(StatusCode::CONFLICT.into_response());
    }
    match commands::keep_writing(&tx, cx.actor(), id, F::ACT, &fields, seen).await {
        Err(VerbError::Invalid { field, .. }) => {
            drop(tx);
            let mut filled = Filled::take::<F>(posted.pairs(), cx.app.clock.now(), &[])?;
            filled.refuse(field, phrase!("desk-error-draft-long", max = commands::MOST_KEPT));
            return F::again(&cx, id, filled.view()).await;
        }
        kept => kept?,
    }
    if then != Some(Then::Quiet) {
        commands::leave(&tx, cx.actor(), id, posted.page()).await?;
    }
    tx.commit().await?;
    match then {
        Some(Then::Quiet) => Ok(StatusCode::NO_CONTENT.into_response()),
        Some(Then::Attach) => see(&format!("/c/{id}/attach")),
        Some(Then::Discard) => see(&format!("/c/{id}{}?done=draft_discarded", F::PAGE)),
        None => see(&format!("/c/{id}{}?done=draft_kept", F::PAGE)),
    }
}

/// What was typed and chosen; files are chosen anew, for they come and go. Choices alone are nothing begun: a form comes with some.
pub(super) fn text_of<F: Form>(posted: &Posted<F>) -> Fields {
    let (fields, pairs) = (F::fields(), posted.pairs());
    let field = |name: &str| fields.iter().find(|f| f.name == name);
    let is_typed = |kind: &Kind| matches!(kind, Kind::Text { .. } | Kind::Line { .. } | Kind::Phone);
    if !pairs.iter().any(|(name, value)| field(name).is_some_and(|f| is_typed(&f.kind)) && !value.trim().is_empty()) {
        return Fields::new();
    }
    let kept = |name: &str| field(name).filter(|f| is_typed(&f.kind) || matches!(f.kind, Kind::Choice(_)));
    pairs.into_iter().filter_map(|(name, value)| kept(&name).map(|field| (name, clean(&field.kind, &value)))).collect()
}

/// What was begun in a form, as its page shows it, beside the case as it is now.
pub async fn begun<F: Written>(cx: &Cx, tx: &Tx, case: &Consultation) -> Result<(Begun, Vec<(&'static str, String)>), Problem> {
    Ok(shown_begun::<F>(case, queries::begun(tx, cx.actor(), case.id, F::ACT).await?))
}

/// The same of what was read already.
pub fn shown_begun<F: Written>(case: &Consultation, found: Option<Writing>) -> (Begun, Vec<(&'static str, String)>) {
    let kept_at = found.as_ref().map(|writing| Moment(writing.updated_at));
    let moved_since = found.as_ref().map(|writing| writing.seen).filter(|seen| *seen < case.version);
    let known = |(name, value): (String, String)| F::fields().iter().find(|f| f.name == name).map(|f| (f.name, value));
    let values = found.map(|writing| writing.fields.into_iter().filter_map(known).collect()).unwrap_or_default();
    let keep = format!("/c/{}/{}/draft", case.id, F::ACT);
    (Begun { keep, kept_at, moved_since, meanwhile: vec![], most: None }, values)
}

/// `GET /c/{case}/attach`: a file for the next message.
pub async fn attach_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let page = attach(&cx, id, super::pages::blank_announce()).await?;
    cx.page(&page)
}

/// The page that announces a file, with its form.
pub async fn attach(cx: &Cx, id: ConsultationId, form: FormView) -> Result<ActForm, Problem> {
    let tx = cx.read().await?;
    may_write(&tx, cx, id).await?;
    let opened = desk::open(&tx, cx.actor(), id).await?;
    Ok(ActForm {
        act: "attach",
        number: opened.facts.case.number.clone(),
        title: opened.words.map(|(text, _)| text.title),
        form,
        action: format!("/c/{id}/announce"),
        version: opened.facts.case.version,
        back: format!("/c/{id}"),
        consents: vec![],
        begun: None,
    })
}

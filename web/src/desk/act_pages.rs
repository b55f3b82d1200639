//! The pages of a case's acts: each has one form.

use super::ask::{colleagues, consent_texts};
use super::case::{STAFF_REOPENS, heard_since, said, shown_version};
use super::forms::*;
use super::offers::{categories, seats};
use super::overtaken::{MEANWHILE, meanwhile};
use super::pages::ActForm;
use super::writing::{Written, begun};
use crate::forms::FormView;
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Problem};
use crate::words::Phrase;
use ::desk::queries;
use ::desk::{Facts, Opened, ReadHeader, ReadText};
use kernel::ConsultationId;
use store::Tx;

/// The page of one act, when the reader may do it now.
pub(super) async fn act_page<A: access::Action<Policy = desk::policy::DeskPolicy>>(
    cx: &Cx,
    tx: &Tx,
    id: ConsultationId,
    act: &'static str,
    form: impl AsyncFnOnce(&Facts) -> Result<FormView, Problem>,
) -> Result<ActForm, Problem> {
    let opened = desk::open(tx, cx.actor(), id).await?;
    drop(opened.permit::<A>(cx.actor())?);
    let Opened { facts, words, .. } = opened;
    let said = if act == "reopen" && facts.who(cx.actor()).holds() { STAFF_REOPENS } else { act };
    let title = words.map(|(text, _)| text.title);
    let consents = if act == "consent" { consent_texts(cx, tx).await? } else { vec![] };
    Ok(ActForm {
        act: said,
        number: facts.case.number.clone(),
        title,
        form: form(&facts).await?,
        action: format!("/c/{id}/{act}"),
        version: shown_version(cx, &facts),
        back: format!("/c/{id}"),
        consents,
        begun: None,
    })
}

/// The page of an act with what has to be put right: as open as the page it stands for. Whatever transaction the handler had is over by
/// now: a request holds one connection.
pub(super) async fn act_again<A: access::Action<Policy = desk::policy::DeskPolicy>>(
    cx: &Cx,
    id: ConsultationId,
    act: &'static str,
    form: FormView,
) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let mut live = String::new();
    let page = act_page::<A>(cx, &tx, id, act, async |facts| {
        live = heard_since(cx, id, facts, &since);
        Ok(form)
    })
    .await?;
    let latest = page.action.clone();
    cx.open_again(&page, live, latest)
}

/// An act's page hears what moves on the case while it is open, and colleagues see who is there. `since` is taken before the case is
/// read.
fn open_act(cx: &Cx, id: ConsultationId, since: &str, page: &ActForm, said: Option<Phrase>) -> Answer {
    cx.open_page(page, super::live::of_case(id, since), said)
}

/// `GET /c/{case}/note`
pub async fn note_page(cx: Cx, ids: Ids<ConsultationId>) -> Answer {
    writing_page::<desk::WriteNote, NoteForm>(cx, ids).await
}

/// The page of an act in which somebody writes, with what they had begun.
async fn writing_page<A: access::Action<Policy = desk::policy::DeskPolicy>, F: Written>(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let done = cx.query(&["done"])?.get("done").map(|word| said(word)).transpose()?;
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let mut found = None;
    let page = act_page::<A>(&cx, &tx, id, F::ACT, async |facts| {
        let (begun, values) = begun::<F>(&cx, &tx, &facts.case).await?;
        found = Some(begun);
        Ok(FormView::prefilled::<F>(values))
    })
    .await?;
    if let Some(begun) = found.as_mut()
        && let Some(seen) = begun.moved_since
    {
        // The thread is not on this page: whoever goes on with an older text sees here what has come since.
        let (_, permit) = desk::find::<ReadText>(&tx, cx.actor(), id).await?;
        let (entries, more) = meanwhile(&cx, &tx, &permit, seen).await?;
        (begun.meanwhile, begun.most) = (entries, more.then_some(MEANWHILE));
    }
    open_act(&cx, id, &since, &ActForm { begun: found, ..page }, done)
}

/// `GET /c/{case}/triage`
pub async fn triage_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let options = categories(&cx, &tx).await?;
    let page = act_page::<desk::Triage>(&cx, &tx, id, "triage", async |facts| {
        let c = &facts.case;
        let values = [("category", c.category.clone()), ("class", c.class.word().to_owned()), ("line", c.line.word().to_owned())];
        Ok(FormView::prefilled::<TriageForm>(values).offer("category", options))
    })
    .await?;
    open_act(&cx, id, &since, &page, None)
}

/// `GET /c/{case}/assign`
pub async fn assign_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let page = act_page::<desk::Assign>(&cx, &tx, id, "assign", async |facts| {
        Ok(FormView::prefilled::<AssignForm>([("seat", facts.case.responsible.to_string())]).offer("seat", seats(&cx, &tx, facts).await?))
    })
    .await?;
    open_act(&cx, id, &since, &page, None)
}

/// `GET /c/{case}/offer`
pub async fn offer_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let page = act_page::<desk::OfferLine>(&cx, &tx, id, "offer", async |_| Ok(FormView::blank::<OfferForm>())).await?;
    open_act(&cx, id, &since, &page, None)
}

/// `GET /c/{case}/resolve`
pub async fn resolve_page(cx: Cx, ids: Ids<ConsultationId>) -> Answer {
    writing_page::<desk::Resolve, ResolveForm>(cx, ids).await
}

/// `GET /c/{case}/reopen`
pub async fn reopen_page(cx: Cx, ids: Ids<ConsultationId>) -> Answer {
    writing_page::<desk::Reopen, ReopenForm>(cx, ids).await
}

/// `GET /c/{case}/privacy`
pub async fn privacy_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let options = colleagues(&cx, &tx).await?;
    let named = queries::named(&tx, id.0).await?;
    let page = act_page::<desk::SetPrivacy>(&cx, &tx, id, "privacy", async |facts| {
        let values =
            std::iter::once(("privacy", facts.case.privacy.word().to_owned())).chain(named.into_iter().map(|p| ("named", p.to_string())));
        Ok(FormView::prefilled::<ReadersForm>(values).offer("named", options))
    })
    .await?;
    open_act(&cx, id, &since, &page, None)
}

/// `GET /c/{case}/consent`
pub async fn consent_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let page = act_page::<desk::Consent>(&cx, &tx, id, "consent", async |_| {
        let (_, permit) = desk::find::<ReadText>(&tx, cx.actor(), id).await?;
        let live = queries::consents(&tx, &permit).await?;
        Ok(FormView::prefilled::<ConsentForm>(live.into_iter().map(|c| ("consent", c.receiver))))
    })
    .await?;
    open_act(&cx, id, &since, &page, None)
}

/// `GET /c/{case}/witness`
pub async fn witness_page(cx: Cx, Ids(id): Ids<ConsultationId>) -> Answer {
    if cx.actor().role != access::Role::Auditor {
        return Err(Problem::NotFound);
    }
    let tx = cx.read().await?;
    cx.page(&act_page::<ReadHeader>(&cx, &tx, id, "witness", async |_| Ok(FormView::blank::<WitnessForm>())).await?)
}

/// A sentence for a rule that a verb names.
pub(super) fn refusal(key: &'static str) -> Phrase {
    match key {
        "desk-error-category-gone" => phrase!("desk-error-category-gone"),
        "desk-error-offer-open" => phrase!("desk-error-offer-open"),
        "desk-error-seat-not-of-queue" => phrase!("desk-error-seat-not-of-queue"),
        "desk-error-same-queue" => phrase!("desk-error-same-queue"),
        "desk-error-same-seat" => phrase!("desk-error-same-seat"),
        "desk-error-no-queue" => phrase!("desk-error-no-queue"),
        "desk-error-no-receiver" => phrase!("desk-error-no-receiver"),
        "desk-error-file-gone" => phrase!("desk-error-file-gone"),
        "desk-error-body-empty" => phrase!("desk-error-body-empty"),
        "desk-error-body-long" => phrase!("desk-error-body-long"),
        "desk-error-named-empty" => phrase!("desk-error-named-empty"),
        _ => phrase!("shared-error-again"),
    }
}

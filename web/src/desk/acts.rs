//! What a person does with a consultation: one verb, one transaction, one commit, then the page again.

use super::act_pages::{act_again, act_page, refusal};
use super::ask::colleagues;
use super::case;
use super::forms::*;
use super::offers::{categories, file_options, pending, seats};
use super::problem::problem;
use crate::forms::Opt;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem, see};
use ::desk::commands::{self, Triaged};
use ::desk::{VerbError, find_for_update};
use kernel::ConsultationId;

fn done(id: ConsultationId, word: &str) -> Answer {
    see(&format!("/c/{id}?done={word}"))
}

/// `POST /c/{case}/reply`
pub async fn reply(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<ReplyForm>) -> Answer {
    let waiting = pending(&cx.read().await?, id).await?;
    let form = match posted.read(&cx, &[("files", file_options(&waiting).into_iter().map(|option| option.value).collect())])? {
        Ok(form) => form,
        Err(filled) => return case::again(&cx, id, filled.view().offer("files", file_options(&waiting))).await,
    };
    let (seen, kept) = (posted.seen()?, posted.kept());
    let tx = cx.begin().await?;
    let outcome = if form.ask_back {
        match find_for_update::<desk::AskBack>(&tx, cx.actor(), id).await {
            Ok((facts, permit)) => commands::reply(&tx, cx.actor(), &facts, permit, seen, &form.body, &form.files).await,
            Err(error) => Err(error),
        }
    } else {
        match find_for_update::<desk::Reply>(&tx, cx.actor(), id).await {
            Ok((facts, permit)) => commands::reply(&tx, cx.actor(), &facts, permit, seen, &form.body, &form.files).await,
            Err(error) => Err(error),
        }
    };
    outcome.map_err(|error| problem(error, kept))?;
    commands::sent_writing(&tx, cx.actor(), id, "reply", posted.page()).await?;
    tx.commit().await?;
    done(id, if form.ask_back { "replied_requester" } else { "replied_desk" })
}

/// `POST /c/{case}/answer`
pub async fn answer(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<AnswerForm>) -> Answer {
    let waiting = pending(&cx.read().await?, id).await?;
    let form = match posted.read(&cx, &[("files", file_options(&waiting).into_iter().map(|option| option.value).collect())])? {
        Ok(form) => form,
        Err(filled) => return case::again(&cx, id, filled.view().offer("files", file_options(&waiting))).await,
    };
    let kept = |error| problem(error, posted.kept());
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::RequesterReply>(&tx, cx.actor(), id).await.map_err(kept)?;
    commands::requester_reply(&tx, cx.actor(), &facts, permit, posted.seen()?, &form.body, &form.files).await.map_err(kept)?;
    commands::sent_writing(&tx, cx.actor(), id, "answer", posted.page()).await?;
    tx.commit().await?;
    done(id, "answered")
}

/// `POST /c/{case}/note`
pub async fn note(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<NoteForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::WriteNote>(&cx, id, "note", filled.view()).await,
    };
    let kept = |error| problem(error, posted.kept());
    let tx = cx.begin().await?;
    // A note changes nothing of the case, but what is kept of it meanwhile waits for whoever holds the header.
    let (facts, permit) = find_for_update::<desk::WriteNote>(&tx, cx.actor(), id).await.map_err(kept)?;
    commands::note(&tx, cx.actor(), &facts, permit, &form.body).await.map_err(kept)?;
    commands::sent_writing(&tx, cx.actor(), id, "note", posted.page()).await?;
    tx.commit().await?;
    done(id, "noted")
}

/// A refusal that belongs to a field: the form again with it; anything else is a problem of its own.
macro_rules! or_again {
    ($cx:expr, $tx:expr, $id:expr, $posted:expr, $given:expr, $result:expr, $action:ty, $act:literal, $form:ty, $offers:expr) => {
        match $result {
            Ok(value) => value,
            Err(VerbError::Invalid { field, key }) => {
                drop($tx);
                let mut filled = crate::forms::Filled::take::<$form>($posted.pairs(), $cx.app.clock.now(), $given)?;
                filled.refuse(field, refusal(key));
                let offers: Vec<(&'static str, Vec<Opt>)> = $offers;
                let view = offers.into_iter().fold(filled.view(), |form, (field, options)| form.offer(field, options));
                return act_again::<$action>(&$cx, $id, $act, view).await;
            }
            Err(error) => return Err(problem(error, $posted.kept())),
        }
    };
}

/// `POST /c/{case}/triage`
pub async fn triage(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<TriageForm>) -> Answer {
    let options = categories(&cx, &cx.read().await?).await?;
    let given = [("category", options.iter().map(|o| o.value.clone()).collect::<Vec<_>>())];
    let form = match posted.read(&cx, &given)? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::Triage>(&cx, id, "triage", filled.view().offer("category", options)).await,
    };
    let tx = cx.begin().await?;
    let input = Triaged { category: form.category, class: form.class, line: form.line };
    let (facts, permit) = find_for_update::<desk::Triage>(&tx, cx.actor(), id).await.map_err(|error| problem(error, vec![]))?;
    let result = commands::triage(&tx, cx.actor(), &facts, permit, posted.seen()?, &input).await;
    or_again!(cx, tx, id, posted, &given, result, desk::Triage, "triage", TriageForm, vec![("category", options)]);
    tx.commit().await?;
    done(id, "triaged")
}

/// `POST /c/{case}/assign`
pub async fn assign(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<AssignForm>) -> Answer {
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::Assign>(&tx, cx.actor(), id).await?;
    let options = seats(&cx, &tx, &facts).await?;
    let given = [("seat", options.iter().map(|o| o.value.clone()).collect::<Vec<_>>())];
    let form = match posted.read(&cx, &given)? {
        Ok(form) => form,
        Err(filled) => {
            drop((permit, tx));
            return act_again::<desk::Assign>(&cx, id, "assign", filled.view().offer("seat", options)).await;
        }
    };
    let result = commands::assign(&tx, cx.actor(), &facts, permit, posted.seen()?, form.seat).await;
    or_again!(cx, tx, id, posted, &given, result, desk::Assign, "assign", AssignForm, vec![("seat", options)]);
    tx.commit().await?;
    done(id, if form.seat == facts.case.responsible { "confirmed" } else { "assigned" })
}

/// `POST /c/{case}/take`: the reader answers for it from now on.
pub async fn take(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::Assign>(&tx, cx.actor(), id).await?;
    match commands::assign(&tx, cx.actor(), &facts, permit, posted.seen()?, cx.actor().seat).await {
        // Pressed twice: it is so already.
        Err(VerbError::Invalid { .. }) if facts.case.responsible == cx.actor().seat => return done(id, "taken"),
        Err(error) => return Err(error.into()),
        Ok(_) => tx.commit().await?,
    }
    done(id, "taken")
}

macro_rules! press {
    ($(#[$doc:meta])* $name:ident, $action:ty, $command:path, $word:literal) => {
        $(#[$doc])*
        pub async fn $name(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<Press>) -> Answer {
            let tx = cx.begin().await?;
            let (facts, permit) = find_for_update::<$action>(&tx, cx.actor(), id).await?;
            $command(&tx, cx.actor(), &facts, permit, posted.seen()?).await?;
            tx.commit().await?;
            done(id, $word)
        }
    };
}
press!(
    /// `POST /c/{case}/wait`
    wait, desk::WaitThird, commands::wait_third, "waiting");
press!(
    /// `POST /c/{case}/resume`
    resume, desk::Resume, commands::resume, "resumed");
press!(
    /// `POST /c/{case}/withdraw`
    withdraw, desk::WithdrawOffer, commands::withdraw_offer, "withdrawn");
press!(
    /// `POST /c/{case}/accept`
    accept, desk::AcceptOffer, commands::accept_offer, "accepted");
press!(
    /// `POST /c/{case}/close`
    close, desk::Close, commands::close, "closed");

/// `POST /c/{case}/decline`: afterwards the case is no longer this seat's to see, unless it holds the offering queue too.
pub async fn decline(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::DeclineOffer>(&tx, cx.actor(), id).await?;
    commands::decline_offer(&tx, cx.actor(), &facts, permit, posted.seen()?).await?;
    tx.commit().await?;
    if facts.who(cx.actor()).holds() { done(id, "declined") } else { see("/queue") }
}

/// `POST /c/{case}/offer`
pub async fn offer(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<OfferForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::OfferLine>(&cx, id, "offer", filled.view()).await,
    };
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::OfferLine>(&tx, cx.actor(), id).await?;
    let result = commands::offer_line(&tx, cx.actor(), &facts, permit, posted.seen()?, form.line).await;
    or_again!(cx, tx, id, posted, &[], result, desk::OfferLine, "offer", OfferForm, vec![]);
    tx.commit().await?;
    done(id, "offered")
}

/// `POST /c/{case}/resolve`
pub async fn resolve(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<ResolveForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::Resolve>(&cx, id, "resolve", filled.view()).await,
    };
    let kept = |error| problem(error, posted.kept());
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::Resolve>(&tx, cx.actor(), id).await.map_err(kept)?;
    commands::resolve(&tx, cx.actor(), &facts, permit, posted.seen()?, form.outcome, &form.body).await.map_err(kept)?;
    commands::sent_writing(&tx, cx.actor(), id, "resolve", posted.page()).await?;
    tx.commit().await?;
    done(id, "resolved")
}

/// `POST /c/{case}/reopen`
pub async fn reopen(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<ReopenForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::Reopen>(&cx, id, "reopen", filled.view()).await,
    };
    let kept = |error| problem(error, posted.kept());
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::Reopen>(&tx, cx.actor(), id).await.map_err(kept)?;
    commands::reopen(&tx, cx.actor(), &facts, permit, posted.seen()?, &form.body).await.map_err(kept)?;
    commands::sent_writing(&tx, cx.actor(), id, "reopen", posted.page()).await?;
    tx.commit().await?;
    done(id, "reopened")
}

/// `POST /c/{case}/privacy`
pub async fn privacy(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<ReadersForm>) -> Answer {
    let options = colleagues(&cx, &cx.read().await?).await?;
    let given = [("named", options.iter().map(|o| o.value.clone()).collect::<Vec<_>>())];
    let form = match posted.read(&cx, &given)? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::SetPrivacy>(&cx, id, "privacy", filled.view().offer("named", options)).await,
    };
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::SetPrivacy>(&tx, cx.actor(), id).await?;
    commands::set_privacy(&tx, cx.actor(), &facts, permit, posted.seen()?, form.privacy, &form.named).await?;
    tx.commit().await?;
    done(id, "privacy")
}

/// `POST /c/{case}/consent`: exactly the ticked receivers from now on.
pub async fn consent(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<ConsentForm>) -> Answer {
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => return act_again::<desk::Consent>(&cx, id, "consent", filled.view()).await,
    };
    let tx = cx.begin().await?;
    let (facts, permit) = find_for_update::<desk::Consent>(&tx, cx.actor(), id).await?;
    let texts = super::ask::texts_for(&cx, &tx, &facts, &form.consent).await?;
    commands::set_consents(&tx, cx.actor(), &facts, permit, posted.seen()?, &form.consent, &texts).await?;
    tx.commit().await?;
    done(id, "consent")
}

/// `POST /c/{case}/witness`: the reading and its reason are on record before the text is shown.
pub async fn witness(cx: Cx, Ids(id): Ids<ConsultationId>, posted: Posted<WitnessForm>) -> Answer {
    if cx.actor().role != access::Role::Auditor {
        return Err(Problem::NotFound);
    }
    let form = match posted.read(&cx, &[])? {
        Ok(form) => form,
        Err(filled) => {
            let tx = cx.read().await?;
            return cx.again(&act_page::<desk::ReadHeader>(&cx, &tx, id, "witness", async |_| Ok(filled.view())).await?);
        }
    };
    let tx = cx.app.db.begin_witnessed(cx.actor(), cx.id, id, &form.reason).await?;
    let page = case::with_forms(&cx, &tx, id, case::Forms::default()).await?;
    tx.commit().await?;
    cx.page(&page)
}

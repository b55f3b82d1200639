//! What was chosen in a form that its writer gets back after signing in anew: in words, from the lists as they may read them now. What
//! they may not choose from any more, or cannot be read, stays as it was chosen.

use super::ask::draft;
use super::ask_kept;
use super::case::may_write;
use super::offers;
use crate::forms::Opt;
use crate::request::{Brought, Cx, Offer, Problem, Visit};
use crate::unfound::until_its_moment;
use ::desk::Opened;
use kernel::{ConsultationId, DraftId};
use std::sync::Arc;
use store::Tx;
use tokio::time::Instant;

/// Reads the lists that something was chosen from in the posted form, and keeps them beside it.
pub async fn name_choices(visit: &Arc<Visit>) {
    let (Some(cx), Some(form)) = (Cx::of(visit), visit.form.get()) else { return };
    if form.chosen_from_given().is_empty() {
        return;
    }
    let began = Instant::now();
    let read = read(&cx, form).await;
    // A form can be sent to any address: how long this took would tell a hidden case from an absent one.
    until_its_moment(began, cx.app.settings.not_found).await;
    match read {
        Ok(offers) => form.know(offers),
        // Gone, not theirs or not to be done any more: the page says nothing of it, and whoever sends it on is told.
        Err(Problem::NotFound | Problem::Forbidden(_) | Problem::Stale(_)) => {}
        Err(problem) => tracing::warn!(?problem, "choices without their names"),
    }
}

async fn read(cx: &Cx, form: &Brought) -> Result<Vec<Offer>, Problem> {
    let tx = cx.app.db.read(cx.actor(), cx.id).await?;
    let mut offers = Vec::new();
    for field in form.chosen_from_given() {
        match place(&cx.path) {
            Some(Place::Case(id)) => offers.push((field, of_case(cx, &tx, id, field).await?)),
            Some(Place::Draft(id)) => offers.push((field, of_draft(cx, &tx, id, field).await?)),
            None => {}
        }
    }
    Ok(offers)
}

/// What a form is about.
enum Place {
    Case(ConsultationId),
    Draft(DraftId),
}

fn place(path: &str) -> Option<Place> {
    let mut parts = path.split('?').next()?.split('/').skip(1);
    match (parts.next()?, parts.next()?) {
        ("c", id) => id.parse().ok().map(Place::Case),
        ("ask", id) => id.parse().ok().map(Place::Draft),
        _ => None,
    }
}

/// A list of an act, for whoever may do the act now: a form can be sent to any address.
async fn of_case(cx: &Cx, tx: &Tx, id: ConsultationId, field: &'static str) -> Result<Vec<Opt>, Problem> {
    let opened = ::desk::open(tx, cx.actor(), id).await?;
    match field {
        "category" => drop(opened.permit::<::desk::Triage>(cx.actor())?),
        "seat" => drop(opened.permit::<::desk::Assign>(cx.actor())?),
        "named" => drop(opened.permit::<::desk::SetPrivacy>(cx.actor())?),
        _ => may_write(tx, cx, id).await?,
    }
    let Opened { facts, .. } = opened;
    offers::list(cx, tx, &facts, field).await
}

/// A list of a step of asking, for the draft's writer.
async fn of_draft(cx: &Cx, tx: &Tx, id: DraftId, field: &'static str) -> Result<Vec<Opt>, Problem> {
    draft(cx, tx, id).await?;
    ask_kept::list(cx, tx, field).await
}

//! The desk's pages while they are open: lists that say how many cases have moved, a case that says that it has moved and
//! who else is there. Lists never move by themselves.

mod list;
mod page;

use super::lists::filters;
use crate::live::follow;
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem};
use crate::words::Phrase;
use ::desk::queries::{self, Glimpse};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use kernel::{ConsultationId, QueueId};
use list::{List, Whose};
use page::Page;
use std::collections::{BTreeMap, BTreeSet};
use store::{Doing, News};
use uuid::Uuid;

/// More rows than any page has.
const MOST_ROWS: usize = 200;

/// The address of a page's stream, from a place that must be taken before the page is read.
pub(super) fn address(stream: &str, query: &BTreeMap<String, String>, known: &[&str], since: &str) -> String {
    let kept = known.iter().filter_map(|name| query.get(*name).map(|value| (*name, value.as_str())));
    let pairs: Vec<(&str, &str)> = kept.chain([("since", since)]).collect();
    format!("{stream}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
}

fn since(query: &BTreeMap<String, String>) -> String {
    query.get("since").cloned().unwrap_or_default()
}

/// The rows that a list's page shows, as its script names them.
fn rows(query: &BTreeMap<String, String>) -> Result<BTreeSet<Uuid>, Problem> {
    let named = query.get("rows").map(String::as_str).unwrap_or_default().split(',').filter(|id| !id.is_empty());
    let rows: BTreeSet<Uuid> = named.map(|id| id.parse().map_err(|_| Problem::BadRequest)).collect::<Result<_, _>>()?;
    if rows.len() > MOST_ROWS { Err(Problem::BadRequest) } else { Ok(rows) }
}

/// The address of the stream of one case.
pub(super) fn of_case(id: ConsultationId, since: &str) -> String {
    address(&format!("/live/c/{id}"), &BTreeMap::new(), &[], since)
}

fn list(cx: Cx, headers: &HeaderMap, query: &BTreeMap<String, String>, whose: Whose) -> Answer {
    let list = List::new(&cx, whose, rows(query)?);
    follow(cx, headers, &since(query), list)
}

/// `GET /live/waiting`: what waits for somebody who answers, as their home shows it.
pub async fn waiting(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["since", "rows"])?;
    if cx.actor().queues.is_empty() {
        return Err(Problem::Forbidden(phrase!("desk-rule-queue")));
    }
    list(cx, &headers, &query, Whose::Turn)
}

/// `GET /live/shared`
pub async fn shared(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["since", "rows"])?;
    if !super::lists::receives(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-shared")));
    }
    list(cx, &headers, &query, Whose::Shared)
}

/// `GET /live/queue`
pub async fn queue(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["view", "queue", "class", "category", "prefecture", "since", "rows"])?;
    if cx.actor().queues.is_empty() {
        return Err(Problem::Forbidden(phrase!("desk-rule-queue")));
    }
    let (view, filter) = filters(&query)?;
    list(cx, &headers, &query, Whose::Queues { view, filter })
}

/// `GET /live/consultations`
pub async fn own(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["closed", "since", "rows"])?;
    if !super::lists::may_ask(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-asks")));
    }
    let closed = super::lists::closed(&query)?;
    list(cx, &headers, &query, Whose::Own { closed })
}

/// `GET /live/area`
pub async fn area(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["municipal", "prefecture", "since", "rows"])?;
    if !super::lists::sees_area(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-area")));
    }
    let tx = cx.read().await?;
    let within = super::lists::within(&cx, &tx, &query).await?.map(|area| area.id);
    drop(tx);
    list(cx, &headers, &query, Whose::Area { within })
}

/// `GET /live/c/{case}`
pub async fn case(cx: Cx, headers: HeaderMap, Ids(id): Ids<ConsultationId>) -> Answer {
    let query = cx.query(&["since"])?;
    let tx = cx.read().await?;
    let found = queries::glimpses(&tx, &[id.0]).await?.pop().ok_or(Problem::NotFound)?;
    drop(tx);
    let staff = works_on(&cx, &found);
    follow(cx, &headers, &since(&query), Page::new(id.0, staff))
}

/// `POST /c/{case}/writing`: colleagues see that somebody writes. Nothing is kept.
pub async fn writing(cx: Cx, Ids(id): Ids<ConsultationId>, _: Posted<Press>) -> Answer {
    let tx = cx.begin().await?;
    let found = queries::glimpses(&tx, &[id.0]).await?.pop().ok_or(Problem::NotFound)?;
    if !works_on(&cx, &found) {
        return Err(Problem::Forbidden(phrase!("desk-rule-queue")));
    }
    tx.tell_live(&sign(&cx, id.0, Doing::Writes)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whether the case is in the reader's hands: only those people see each other there.
fn works_on(cx: &Cx, found: &Glimpse) -> bool {
    let queues = [Some(found.queue_id), found.offered_queue_id];
    queues.into_iter().flatten().any(|queue| cx.actor().holds_queue(QueueId(queue)))
}

/// A sign of being there, from one open page: its stream is one request.
fn sign(cx: &Cx, case: Uuid, doing: Doing) -> News {
    let actor = cx.actor();
    let (seat, page) = (Some(actor.seat.0), Some(cx.id.0));
    News { case, federation: actor.federation.0, seat, units: vec![], queues: vec![], areas: vec![], doing: Some(doing), page }
}

fn said(cx: &Cx, phrase: &Phrase) -> Result<String, Problem> {
    cx.app.renderer.words().phrase(cx.locale, phrase).map_err(|error| Problem::Broken(error.to_string()))
}

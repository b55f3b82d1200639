//! The desk's pages while they are open: lists that say how many cases have moved, a case that says that it has moved and
//! who else is there. Lists never move by themselves.

use super::lists::filters;
use crate::live::{Followed, Saying, follow};
use crate::phrase;
use crate::request::{Answer, Cx, Ids, Posted, Press, Problem};
use crate::words::Phrase;
use ::desk::queries::{self, Glimpse, StaffFilter, View};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use kernel::{ConsultationId, Level, QueueId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Doing, News, Tx};
use uuid::Uuid;

/// How many colleagues are named before the rest is counted.
const NAMED: usize = 3;
/// Beats between two signs of being there: 15 s, well within the time that a sign holds.
const SIGN_EVERY: u32 = 5;

/// The address of a page's stream, from a place that must be taken before the page is read.
pub(super) fn address(stream: &str, query: &BTreeMap<String, String>, known: &[&str], since: &str) -> String {
    let kept = known.iter().filter_map(|name| query.get(*name).map(|value| (*name, value.as_str())));
    let pairs: Vec<(&str, &str)> = kept.chain([("since", since)]).collect();
    format!("{stream}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
}

fn since(query: &BTreeMap<String, String>) -> String {
    query.get("since").cloned().unwrap_or_default()
}

/// `GET /live/queue`
pub async fn queue(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["view", "queue", "class", "category", "prefecture", "since"])?;
    if cx.actor().queues.is_empty() {
        return Err(Problem::Forbidden(phrase!("desk-rule-queue")));
    }
    let (view, filter) = filters(&query)?;
    follow(cx, &headers, &since(&query), List::new(Whose::Queues { view, filter }))
}

/// `GET /live/consultations`
pub async fn own(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["closed", "since"])?;
    if !super::lists::may_ask(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-asks")));
    }
    let closed = super::lists::closed(&query)?;
    follow(cx, &headers, &since(&query), List::new(Whose::Own { closed }))
}

/// `GET /live/area`
pub async fn area(cx: Cx, headers: HeaderMap) -> Answer {
    let query = cx.query(&["municipal", "prefecture", "since"])?;
    if !super::lists::sees_area(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-area")));
    }
    let tx = cx.read().await?;
    let within = super::lists::within(&cx, &tx, &query).await?.map(|area| area.id);
    drop(tx);
    follow(cx, &headers, &since(&query), List::new(Whose::Area { within }))
}

/// `GET /live/c/{case}`
pub async fn case(cx: Cx, headers: HeaderMap, Ids(id): Ids<ConsultationId>) -> Answer {
    let query = cx.query(&["since"])?;
    let tx = cx.read().await?;
    let found = queries::glimpses(&tx, &[id.0]).await?.pop().ok_or(Problem::NotFound)?;
    drop(tx);
    let staff = works_on(&cx, &found);
    follow(cx, &headers, &since(&query), Page { case: id.0, staff, said: String::new(), beats: 0 })
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

fn sign(cx: &Cx, case: Uuid, doing: Doing) -> News {
    let actor = cx.actor();
    News { case, federation: actor.federation.0, seat: Some(actor.seat.0), units: vec![], queues: vec![], doing: Some(doing) }
}

fn said(cx: &Cx, phrase: &Phrase) -> Result<String, Problem> {
    cx.app.renderer.words().phrase(cx.locale, phrase).map_err(|error| Problem::Broken(error.to_string()))
}

/// Whose cases a list shows.
enum Whose {
    /// Those of the seat's queues.
    Queues { view: View, filter: StaffFilter },
    /// Those that the seat's organisation asked.
    Own { closed: bool },
    /// Those of the seat's area, or of one area below it.
    Area { within: Option<i32> },
}

/// An open list.
struct List {
    whose: Whose,
    /// What has moved since the page was read.
    moved: BTreeSet<Uuid>,
}

impl List {
    fn new(whose: Whose) -> Self {
        Self { whose, moved: BTreeSet::new() }
    }

    fn shows(&self, cx: &Cx, found: &Glimpse) -> bool {
        let actor = cx.actor();
        match &self.whose {
            Whose::Queues { view, filter } => found.is_on_staff_list(actor, *view, filter),
            Whose::Own { closed } => found.requester_unit_id == actor.unit.0 && found.is_done() == *closed,
            // An id is of one organisation: a municipality's is no prefecture's.
            Whose::Area { within: Some(unit) } => [found.municipal_id, found.prefecture_id].contains(&Some(*unit)),
            Whose::Area { within: None } => match actor.level {
                Level::Municipal => found.municipal_id == Some(actor.unit.0),
                Level::Prefectural => found.prefecture_id == Some(actor.unit.0),
                _ => true,
            },
        }
    }
}

impl Followed for List {
    fn concerns(&self, cx: &Cx, news: &News) -> bool {
        let actor = cx.actor();
        let moved = news.doing.is_none() && news.federation == actor.federation.0 && news.seat != Some(actor.seat.0);
        moved
            && match &self.whose {
                Whose::Queues { .. } => news.queues.iter().any(|queue| actor.holds_queue(QueueId(*queue))),
                Whose::Own { .. } => news.units.contains(&actor.unit.0),
                Whose::Area { .. } => true,
            }
    }

    async fn read(&mut self, cx: &Cx, tx: &Tx, news: &[News]) -> Result<Vec<Saying>, Problem> {
        let ids: BTreeSet<Uuid> = news.iter().map(|news| news.case).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let found = queries::glimpses(tx, &ids).await?;
        let before = self.moved.len();
        let shown: Vec<Uuid> = found.iter().filter(|found| self.shows(cx, found)).map(|found| found.id).collect();
        self.moved.extend(shown);
        if self.moved.len() == before {
            return Ok(vec![]);
        }
        let text = said(cx, &phrase!("desk-live-moved", n = self.moved.len()))?;
        let rows: Vec<String> = self.moved.iter().map(|id| format!("/c/{id}")).collect();
        Ok(vec![Saying { event: "moved", data: json!({ "text": text, "rows": rows }).to_string() }])
    }

    async fn beat(&mut self, _: &Cx, _: &Tx) -> Result<Vec<Saying>, Problem> {
        Ok(vec![])
    }

    async fn left(&mut self, _: &Cx, _: &Tx) -> Result<(), Problem> {
        Ok(())
    }
}

/// An open case.
struct Page {
    case: Uuid,
    /// Whether the reader has the case in hand and is seen there.
    staff: bool,
    /// Who is there, as it was said last.
    said: String,
    /// Beats so far.
    beats: u32,
}

impl Page {
    /// Who else is there, when that has changed.
    async fn others(&mut self, cx: &Cx, tx: &Tx) -> Result<Option<Saying>, Problem> {
        let mut here = cx.app.live.here(self.case, cx.app.clock.now());
        here.retain(|(seat, _)| *seat != cx.actor().seat.0);
        let seats: Vec<Uuid> = here.iter().map(|(seat, _)| *seat).collect();
        let names: BTreeMap<Uuid, String> =
            if seats.is_empty() { BTreeMap::new() } else { queries::answerer_names(tx, &seats).await?.into_iter().collect() };
        // Whoever writes comes first.
        here.sort_by_key(|(_, doing)| *doing != Doing::Writes);
        let mut words = Vec::new();
        let known: Vec<(&String, Doing)> = here.iter().filter_map(|(seat, doing)| names.get(seat).map(|name| (name, *doing))).collect();
        for (name, doing) in known.iter().take(NAMED) {
            let name = (*name).clone();
            words.push(said(
                cx,
                &if *doing == Doing::Writes { phrase!("desk-live-writes", name = name) } else { phrase!("desk-live-views", name = name) },
            )?);
        }
        if known.len() > NAMED {
            words.push(said(cx, &phrase!("desk-live-more", n = known.len() - NAMED))?);
        }
        let text = words.join(" ");
        if text == self.said {
            return Ok(None);
        }
        self.said.clone_from(&text);
        Ok(Some(Saying { event: "here", data: json!({ "text": text }).to_string() }))
    }
}

impl Followed for Page {
    fn concerns(&self, cx: &Cx, news: &News) -> bool {
        news.case == self.case && news.seat != Some(cx.actor().seat.0) && (self.staff || news.doing.is_none())
    }

    async fn read(&mut self, cx: &Cx, tx: &Tx, news: &[News]) -> Result<Vec<Saying>, Problem> {
        let Some(found) = queries::glimpses(tx, &[self.case]).await?.pop() else {
            // It has left the reader's sight: the page says so when it is asked for again.
            return Ok(vec![Saying::gap()]);
        };
        self.staff = works_on(cx, &found);
        let mut sayings = Vec::new();
        if news.iter().any(|news| news.doing.is_none()) {
            let text = said(cx, &phrase!("desk-live-case"))?;
            sayings.push(Saying { event: "moved", data: json!({ "text": text, "rows": [] }).to_string() });
        }
        if self.staff {
            sayings.extend(self.others(cx, tx).await?);
        }
        Ok(sayings)
    }

    async fn beat(&mut self, cx: &Cx, tx: &Tx) -> Result<Vec<Saying>, Problem> {
        if !self.staff {
            return Ok(vec![]);
        }
        if self.beats.is_multiple_of(SIGN_EVERY) {
            tx.tell_live(&sign(cx, self.case, Doing::Views)).await?;
        }
        self.beats = self.beats.wrapping_add(1);
        Ok(self.others(cx, tx).await?.into_iter().collect())
    }

    async fn left(&mut self, cx: &Cx, tx: &Tx) -> Result<(), Problem> {
        if self.staff { Ok(tx.tell_live(&sign(cx, self.case, Doing::Left)).await?) } else { Ok(()) }
    }
}

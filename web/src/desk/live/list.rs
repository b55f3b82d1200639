//! An open list: how many cases have moved, and which of the page's rows are not on it any more.

use super::said;
use crate::live::{Followed, Saying};
use crate::phrase;
use crate::request::{Cx, Problem};
use ::desk::queries::{self, Glimpse, StaffFilter, View};
use kernel::{Level, QueueId};
use serde_json::json;
use std::collections::BTreeSet;
use store::{News, Tx};
use uuid::Uuid;

/// Whose cases a list shows.
pub(super) enum Whose {
    /// Those of the seat's queues.
    Queues { view: View, filter: StaffFilter },
    /// Those that wait for the seat itself.
    Turn,
    /// Those that the seat's organisation asked.
    Own { closed: bool },
    /// Those of the seat's area, or of one area below it.
    Area { within: Option<i32> },
    /// Those that a consent opened to the seat's organisation.
    Shared,
}

/// An open list.
pub(super) struct List {
    whose: Whose,
    /// The page's rows, as its script names them. A hint like any other: what is not the reader's to see has left, whatever it is.
    rows: BTreeSet<Uuid>,
    /// Whether the rows have been looked at.
    settled: bool,
    /// The queues that the page was read for.
    queues: Vec<QueueId>,
    /// What is on the list and has moved since the page was read.
    moved: BTreeSet<Uuid>,
    /// Rows that are not on the list any more.
    left: BTreeSet<Uuid>,
}

impl List {
    pub fn new(cx: &Cx, whose: Whose, rows: BTreeSet<Uuid>) -> Self {
        let queues = cx.actor().queues.clone();
        Self { whose, rows, settled: false, queues, moved: BTreeSet::new(), left: BTreeSet::new() }
    }

    fn answers(&self) -> bool {
        matches!(self.whose, Whose::Queues { .. } | Whose::Turn)
    }

    /// Those of `ids` that the list shows now, and those that the reader sees at all.
    async fn shown(&self, cx: &Cx, tx: &Tx, ids: &[Uuid]) -> Result<(BTreeSet<Uuid>, Vec<Glimpse>), Problem> {
        let actor = cx.actor();
        let seen = queries::glimpses(tx, ids).await?;
        let shared = if matches!(self.whose, Whose::Shared) { queries::shared_of(tx, actor, ids).await? } else { vec![] };
        let shows = |found: &Glimpse| match &self.whose {
            Whose::Queues { view, filter } => found.is_on_staff_list(actor, *view, filter),
            Whose::Turn => found.waits_for(actor),
            Whose::Own { closed } => found.is_on_own_list(actor, *closed),
            Whose::Area { within } => found.is_on_area_list(actor, *within),
            Whose::Shared => shared.contains(&found.id),
        };
        Ok((seen.iter().filter(|found| shows(found)).map(|found| found.id).collect(), seen))
    }

    /// Looks at the rows once: what left between the page and its stream is said, and what its reader may not see is not followed.
    async fn settle(&mut self, cx: &Cx, tx: &Tx) -> Result<bool, Problem> {
        if self.settled {
            return Ok(false);
        }
        let rows: Vec<Uuid> = self.rows.iter().copied().collect();
        if !rows.is_empty() {
            let (shown, seen) = self.shown(cx, tx, &rows).await?;
            self.left = self.rows.difference(&shown).copied().collect();
            self.rows = seen.into_iter().map(|found| found.id).collect();
        }
        self.settled = true;
        Ok(!self.left.is_empty())
    }

    /// Notes where a case is that has moved; whether that is new.
    fn note(&mut self, id: Uuid, shown: bool) -> bool {
        if shown {
            return self.left.remove(&id) | self.moved.insert(id);
        }
        self.rows.contains(&id) && (self.moved.remove(&id) | self.left.insert(id))
    }

    /// Queues that were given or taken while the page is open: it shows another list than it was read for.
    fn heed(&mut self, cx: &Cx) -> Result<Vec<Saying>, Problem> {
        if !self.answers() || self.queues == cx.actor().queues {
            return Ok(vec![]);
        }
        if cx.actor().queues.is_empty() {
            return Err(Problem::Forbidden(phrase!("desk-rule-queue")));
        }
        self.queues.clone_from(&cx.actor().queues);
        Ok(vec![Saying::gap()])
    }

    /// What is different from the page by now.
    fn told(&self, cx: &Cx) -> Result<Saying, Problem> {
        let phrase = match (self.moved.len(), self.left.len()) {
            (0, left) => phrase!("desk-live-left", n = left),
            (moved, left) => phrase!("desk-live-moved", n = moved + left),
        };
        let addresses = |ids: &BTreeSet<Uuid>| ids.iter().map(|id| format!("/c/{id}")).collect::<Vec<_>>();
        let data = json!({ "text": said(cx, &phrase)?, "rows": addresses(&self.moved), "left": addresses(&self.left) });
        Ok(Saying { event: "moved", data: data.to_string() })
    }
}

impl Followed for List {
    const FROM_PAGE: bool = true;

    fn concerns(&self, cx: &Cx, news: &News) -> bool {
        let actor = cx.actor();
        let own = |unit: i32| news.units.contains(&unit);
        let moved = news.doing.is_none() && news.federation == actor.federation.0 && news.seat != Some(actor.seat.0);
        let hinted = || match &self.whose {
            Whose::Queues { .. } | Whose::Turn => news.queues.iter().any(|queue| actor.holds_queue(QueueId(*queue))),
            Whose::Own { .. } | Whose::Shared => own(actor.unit.0),
            Whose::Area { within: Some(unit) } => news.areas.contains(unit),
            Whose::Area { within: None } if actor.level == Level::Federation => true,
            Whose::Area { within: None } => news.areas.contains(&actor.unit.0),
        };
        moved && (self.rows.contains(&news.case) || hinted())
    }

    async fn read(&mut self, cx: &Cx, tx: &Tx, news: &[News]) -> Result<Vec<Saying>, Problem> {
        let mut sayings = self.heed(cx)?;
        let mut changed = self.settle(cx, tx).await?;
        let ids: BTreeSet<Uuid> = news.iter().map(|news| news.case).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let (shown, _) = self.shown(cx, tx, &ids).await?;
        for id in ids {
            changed |= self.note(id, shown.contains(&id));
        }
        if changed {
            sayings.push(self.told(cx)?);
        }
        Ok(sayings)
    }

    async fn beat(&mut self, cx: &Cx, tx: &Tx) -> Result<Vec<Saying>, Problem> {
        let mut sayings = self.heed(cx)?;
        if self.settle(cx, tx).await? {
            sayings.push(self.told(cx)?);
        }
        Ok(sayings)
    }

    fn farewell(&self, _: &Cx) -> Option<News> {
        None
    }
}

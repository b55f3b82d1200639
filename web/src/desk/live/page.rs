//! An open page of one case: that it has moved, and who else is there.

use super::{said, sign, works_on};
use crate::live::{Followed, Saying};
use crate::phrase;
use crate::request::{Cx, Problem};
use ::desk::queries::{self, Glimpse};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Doing, News, Tx};
use uuid::Uuid;

/// How many colleagues are named before the rest is counted.
const NAMED: usize = 3;
/// Beats between two signs of being there: 15 s, well within the time that a sign holds.
const SIGN_EVERY: u32 = 5;

/// An open case.
pub(super) struct Page {
    case: Uuid,
    /// Whether the reader has the case in hand and is seen there.
    staff: bool,
    /// Who is there, as it was said last.
    said: String,
    /// Beats so far.
    beats: u32,
}

impl Page {
    pub fn new(case: Uuid, staff: bool) -> Self {
        Self { case, staff, said: String::new(), beats: 0 }
    }

    /// Where the case stands now, as long as the reader sees it; a case that has left their hands shows them nobody, nor them to anybody.
    async fn look(&mut self, cx: &Cx, tx: &Tx) -> Result<Vec<Saying>, Problem> {
        let found: Glimpse = queries::glimpses(tx, &[self.case]).await?.pop().ok_or(Problem::NotFound)?;
        let staff = works_on(cx, &found);
        if staff == self.staff {
            return Ok(vec![]);
        }
        self.staff = staff;
        self.beats = 0;
        if staff {
            return Ok(vec![]);
        }
        self.said.clear();
        tx.tell_live(&sign(cx, self.case, Doing::Left)).await?;
        Ok(vec![Saying { event: "here", data: json!({ "text": "" }).to_string() }])
    }

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
    const FROM_PAGE: bool = false;

    fn concerns(&self, cx: &Cx, news: &News) -> bool {
        news.case == self.case && news.seat != Some(cx.actor().seat.0) && (self.staff || news.doing.is_none())
    }

    async fn read(&mut self, cx: &Cx, tx: &Tx, news: &[News]) -> Result<Vec<Saying>, Problem> {
        let mut sayings = self.look(cx, tx).await?;
        if news.iter().any(|news| news.doing.is_none()) {
            let text = said(cx, &phrase!("desk-live-case"))?;
            sayings.push(Saying { event: "moved", data: json!({ "text": text, "rows": [], "left": [] }).to_string() });
        }
        if self.staff {
            sayings.extend(self.others(cx, tx).await?);
        }
        Ok(sayings)
    }

    async fn beat(&mut self, cx: &Cx, tx: &Tx) -> Result<Vec<Saying>, Problem> {
        let mut sayings = self.look(cx, tx).await?;
        if self.staff {
            if self.beats.is_multiple_of(SIGN_EVERY) {
                tx.tell_live(&sign(cx, self.case, Doing::Views)).await?;
            }
            self.beats = self.beats.wrapping_add(1);
            sayings.extend(self.others(cx, tx).await?);
        }
        Ok(sayings)
    }

    fn farewell(&self, cx: &Cx) -> Option<News> {
        self.staff.then(|| sign(cx, self.case, Doing::Left))
    }
}

//! The desk's pages as data: lists here, the others by subject. Words a reader sees are keys or closed words; names and texts are data.

mod acts;
mod ask;
mod case;
mod figures;
mod files;

pub use acts::{ActForm, Begun, Overtaken};
pub use ask::{Advice, AnswerLine, AskCheck, AskFiles, AskOvertaken, AskStart, AskStep, ConsentText};
pub use case::{Act, Case, ConsentLine, Header, ThreadEntry};
pub use figures::{AreaTable, Cell, FigureLine, Figures, LegendStep, Tile, YearLink};
pub use files::{FileView, Upload, UploadField, blank_announce};

use super::rows;
use crate::forms::Opt;
use crate::moment::Moment;
use crate::page::{Density, Fragments, Page, Said, Sample};
use crate::words::{Phrase, WordsError};
use serde::Serialize;

/// One consultation in a list; what the list does not show is not there.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Address of its page.
    pub href: String,
    /// `T-2026-0412`.
    pub number: String,
    /// Title, where the reader may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Its prefecture's association, in short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    /// Category's name in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Class word (`S1`).
    pub class: &'static str,
    /// Its badge (`s1`).
    pub badge: &'static str,
    /// State word.
    pub state: &'static str,
    /// Whose turn, as a word.
    pub turn: &'static str,
    /// The reader's own turn: the lantern is lit.
    pub mine: bool,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<String>,
    /// Offered to one of the reader's queues.
    pub offered: bool,
    /// Outcome word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// Since when the present side has had its turn.
    pub turn_since: Moment,
    /// Last change.
    pub updated_at: Moment,
    /// When asked.
    pub created_at: Moment,
}

/// What Rust writes into the page (its fragments), the template only counts.
fn count<T, S: serde::Serializer>(many: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(many.len() as u64)
}

/// A draft in a list.
#[derive(Clone, Debug, Serialize)]
pub struct DraftLine {
    /// Where to go on.
    pub href: String,
    /// Where to throw it away.
    pub discard: String,
    /// Its title so far.
    pub title: Option<String>,
    /// Last save.
    pub updated_at: Moment,
}

/// What needs me, and where things stand.
#[derive(Serialize)]
pub struct Home {
    /// Waiting for the reader.
    pub turn: Vec<Line>,
    /// Others that are open.
    #[serde(serialize_with = "count")]
    pub open: Vec<Line>,
    /// Drafts to go on with.
    pub drafts: Vec<DraftLine>,
    /// Whether the reader may ask.
    pub may_ask: bool,
    /// Whether the seat answers, and asks nothing itself.
    pub answers: bool,
    /// What waits for such a seat.
    pub waiting: Vec<Line>,
    /// Rooms to go to, for seats that do not ask.
    pub rooms: Vec<Room>,
}

/// A room to go to.
#[derive(Clone, Serialize)]
pub struct Room {
    /// Its name.
    pub label: Phrase,
    /// What for.
    pub lead: Phrase,
    /// Where.
    pub href: String,
}

impl Page for Home {
    const TEMPLATE: &'static str = "desk/home.html";
    fn fragments(&self, said: &Said) -> Result<Fragments, WordsError> {
        Ok(vec![("turn", rows::own(&self.turn, false, said)?.into()), ("open", rows::own(&self.open, false, said)?.into())])
    }
    fn samples() -> Vec<Sample<Self>> {
        super::samples::home()
    }
}

/// A list by keyset: one's own, an area's headers, or what was shared.
#[derive(Serialize)]
pub struct List {
    /// `own`, `own_closed`, `area` or `shared`.
    pub kind: &'static str,
    /// Rows.
    #[serde(serialize_with = "count")]
    pub rows: Vec<Line>,
    /// Address of the next page.
    pub next: Option<String>,
    /// Address of the first page, when this is a later one.
    pub first: Option<String>,
    /// Whether the reader may ask.
    pub may_ask: bool,
    /// The one area below the reader's own that is listed.
    pub within: Option<String>,
}

impl Page for List {
    const TEMPLATE: &'static str = "desk/list.html";
    fn fragments(&self, said: &Said) -> Result<Fragments, WordsError> {
        let rows = if self.kind == "area" { rows::area(&self.rows, said)? } else { rows::own(&self.rows, self.kind == "shared", said)? };
        Ok(vec![("rows", rows.into())])
    }
    fn samples() -> Vec<Sample<Self>> {
        super::samples::list()
    }
}

/// A saved view of the staff list.
#[derive(Clone, Serialize)]
pub struct ViewLink {
    /// View word.
    pub word: &'static str,
    /// Address.
    pub href: String,
    /// Shown now.
    pub current: bool,
}

/// The staff list.
#[derive(Serialize)]
pub struct Queue {
    /// View word.
    pub view: &'static str,
    /// Saved views.
    pub views: Vec<ViewLink>,
    /// Rows, heaviest first, then longest waiting.
    #[serde(serialize_with = "count")]
    pub rows: Vec<Line>,
    /// Filter: queue.
    pub queue: String,
    /// Queues on offer.
    #[serde(serialize_with = "count")]
    pub queues: Vec<Opt>,
    /// Filter: class.
    pub class: String,
    /// Classes on offer.
    #[serde(serialize_with = "count")]
    pub classes: Vec<Opt>,
    /// Filter: category.
    pub category: String,
    /// Categories on offer.
    #[serde(serialize_with = "count")]
    pub categories: Vec<Opt>,
    /// Filter: prefecture.
    pub prefecture: String,
    /// Prefectures on offer.
    #[serde(serialize_with = "count")]
    pub prefectures: Vec<Opt>,
    /// Whether any filter is set.
    pub filtered: bool,
    /// Address of the next page.
    pub next: Option<String>,
    /// Address of the first page, when this is a later one.
    pub first: Option<String>,
}

impl Page for Queue {
    const TEMPLATE: &'static str = "desk/queue.html";
    const DENSITY: Density = Density::Dense;
    fn fragments(&self, said: &Said) -> Result<Fragments, WordsError> {
        Ok(vec![
            ("rows", rows::queue(&self.rows, said)?.into()),
            ("queues", rows::options(&self.queues, &self.queue, said)?.into()),
            ("classes", rows::options(&self.classes, &self.class, said)?.into()),
            ("categories", rows::options(&self.categories, &self.category, said)?.into()),
            ("prefectures", rows::options(&self.prefectures, &self.prefecture, said)?.into()),
        ])
    }
    fn samples() -> Vec<Sample<Self>> {
        super::samples::queue()
    }
}

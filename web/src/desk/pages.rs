//! The desk's pages as data. Words a reader sees are keys or closed words; names and texts are data.

use super::forms::*;
use super::rows;
use crate::forms::{FormView, Opt};
use crate::moment::{Day, Moment};
use crate::page::{Density, Fragment, Fragments, Page, Said, Sample};
use crate::pages::Again;
use crate::words::{Label, Phrase, WordsError};
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

/// Of a thread that Rust writes, the template has the files: those of each message that has any.
fn attached<S: serde::Serializer>(thread: &[ThreadEntry], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(thread.iter().filter(|entry| entry.kind == "message" && !entry.files.is_empty()).map(|entry| &entry.files))
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

/// A number as it may be shown.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// `count`, `small` or `withheld`.
    pub mark: &'static str,
    /// The number, when it is shown.
    pub n: u32,
}

/// A line of a table of figures.
#[derive(Clone, Debug, Serialize)]
pub struct FigureLine {
    /// Of what.
    pub label: Label,
    /// Where its consultations are listed.
    pub href: Option<String>,
    /// How many.
    pub cell: Cell,
    /// Length of its bar, of a hundred.
    pub part: u32,
}

/// An area on the map.
#[derive(Clone, Debug, Serialize)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// How many.
    pub cell: Cell,
    /// Step of the hue, from 1; 0 when the number is not shown.
    pub step: usize,
    /// Classes of its place; empty where areas stand in a row.
    pub place: String,
}

/// A step of the hue.
#[derive(Clone, Debug, Serialize)]
pub struct LegendStep {
    /// Which, from 1.
    pub step: usize,
    /// Least.
    pub from: u32,
    /// Most; None for the last step.
    pub until: Option<u32>,
}

/// The areas below.
#[derive(Clone, Debug, Serialize)]
pub struct AreaTable {
    /// None where no part may be shown.
    pub rows: Option<Vec<FigureLine>>,
    /// The same as a map, without what came from no area below.
    pub tiles: Vec<Tile>,
    /// The steps of its hue.
    pub legend: Vec<LegendStep>,
}

/// A fiscal year to look at.
#[derive(Clone, Debug, Serialize)]
pub struct YearLink {
    /// Its name.
    pub label: Phrase,
    /// Address.
    pub href: String,
    /// Shown now.
    pub current: bool,
}

/// How many consultations an area had in a fiscal year. Tables are None where the total is too small to be broken down.
#[derive(Serialize)]
pub struct Figures {
    /// Level word of the area.
    pub level: &'static str,
    /// The year.
    pub year: Phrase,
    /// Years to choose from.
    pub years: Vec<YearLink>,
    /// First day.
    pub from: Day,
    /// Last day: today, in a year that is under way.
    pub until: Day,
    /// Up to when it is counted.
    pub counted_at: Option<Moment>,
    /// All of them.
    pub total: Cell,
    /// The least number that is shown beside zero.
    pub least: u32,
    /// There was nothing.
    pub none: bool,
    /// Something in the tables is not shown.
    pub any_hidden: bool,
    /// The month with most.
    pub top_month: Option<FigureLine>,
    /// The category with most.
    pub top_category: Option<FigureLine>,
    /// The months as bars.
    pub chart: Option<super::figures::Chart>,
    /// By month.
    pub months: Option<Vec<FigureLine>>,
    /// By category.
    pub categories: Option<Vec<FigureLine>>,
    /// By state.
    pub states: Option<Vec<FigureLine>>,
    /// By area; None for a municipality.
    pub areas: Option<AreaTable>,
}

impl Page for Figures {
    const TEMPLATE: &'static str = "desk/figures.html";
    const DENSITY: Density = Density::Dense;
    fn samples() -> Vec<Sample<Self>> {
        super::samples::figures()
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

/// Before asking: go on with a draft, or begin.
#[derive(Serialize)]
pub struct AskStart {
    /// Drafts to go on with.
    pub drafts: Vec<DraftLine>,
}

impl Page for AskStart {
    const TEMPLATE: &'static str = "desk/ask_start.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::ask_start()
    }
}

/// First advice beside the form, as dated text.
#[derive(Clone, Serialize)]
pub struct Advice {
    /// For what, in the reader's language; None where the page says it already.
    pub about: Option<String>,
    /// Lines, in order.
    pub lines: Vec<String>,
}

/// One question of asking.
#[derive(Serialize)]
pub struct AskStep {
    /// Step word.
    pub step: &'static str,
    /// Which question, from 1.
    pub at: usize,
    /// Of how many.
    pub of: usize,
    /// The form.
    pub form: FormView,
    /// Where it is posted.
    pub action: String,
    /// Where it is kept while somebody types; None where nobody does.
    pub keep: Option<String>,
    /// When what was begun here was kept.
    pub kept_at: Option<Moment>,
    /// The draft's version.
    pub version: i32,
    /// The step before.
    pub back: String,
    /// Codes of troubles (symptom step).
    pub trouble: Vec<String>,
    /// Codes of questions (symptom step).
    pub question: Vec<String>,
    /// A chosen member's membership has lapsed: shown, never a refusal.
    pub lapsed: bool,
    /// First advice while the form is open.
    pub advice: Option<Advice>,
}

impl Page for AskStep {
    const TEMPLATE: &'static str = "desk/ask_step.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::ask_step()
    }
}

/// 409: a step was answered in another window since its page was made.
#[derive(Serialize)]
pub struct AskOvertaken {
    /// Step word.
    pub step: &'static str,
    /// What is there now.
    pub there: Vec<AnswerLine>,
    /// What was sent, for the draft of now.
    pub again: Again,
    /// Where the step is answered anew.
    pub open: String,
}

impl Page for AskOvertaken {
    const TEMPLATE: &'static str = "desk/ask_overtaken.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::ask_overtaken()
    }
}

/// A file as a page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct FileView {
    /// Display name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// State word (`waiting`, `clean`, `infected`, `unscannable`, `refused`, `abandoned`).
    pub state: String,
    /// Why refused: `type` or `size`.
    pub why: Option<String>,
    /// Where it is opened (a post); None unless clean and sent.
    pub open: Option<String>,
    /// Where it is taken off (a post); None once sent.
    pub remove: Option<String>,
    /// Where its bytes are sent, while they are still to come.
    pub send: Option<String>,
    /// Its id, for the form that sends it.
    pub id: String,
}

/// The step of asking that takes files.
#[derive(Serialize)]
pub struct AskFiles {
    /// Which question.
    pub at: usize,
    /// Of how many.
    pub of: usize,
    /// The form that announces a file.
    pub form: FormView,
    /// Where it is posted.
    pub announce: String,
    /// Where "next" is posted.
    pub action: String,
    /// The step before.
    pub back: String,
    /// Files so far.
    pub files: Vec<FileView>,
    /// First advice while the form is open.
    pub advice: Option<Advice>,
}

impl Page for AskFiles {
    const TEMPLATE: &'static str = "desk/ask_files.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::ask_files()
    }
}

/// An answer to check.
#[derive(Clone, Serialize)]
pub struct AnswerLine {
    /// The question.
    pub label: Phrase,
    /// The answer; None when left empty.
    pub value: Option<Label>,
    /// Where to change it.
    pub href: String,
    /// Missing: must be filled in before sending.
    pub missing: bool,
    /// Something else is being written there and not in it yet.
    pub begun: bool,
}

/// Check your answers.
#[derive(Serialize)]
pub struct AskCheck {
    /// Which question.
    pub at: usize,
    /// Of how many.
    pub of: usize,
    /// The form that sends.
    pub form: FormView,
    /// Where it is posted.
    pub action: String,
    /// The step before.
    pub back: String,
    /// The answers.
    pub answers: Vec<AnswerLine>,
    /// Files.
    pub files: Vec<FileView>,
    /// Where files are changed.
    pub files_href: String,
    /// How many answers are missing.
    pub missing: usize,
    /// The sharing notice in the reader's language.
    pub sharing: Option<String>,
    /// The words of each consent, by receiver.
    pub consents: Vec<ConsentText>,
}

/// The words of a consent.
#[derive(Clone, Serialize)]
pub struct ConsentText {
    /// Receiver word.
    pub receiver: &'static str,
    /// The words, in the reader's language.
    pub text: String,
    /// Version of the words.
    pub version: i32,
}

impl Page for AskCheck {
    const TEMPLATE: &'static str = "desk/ask_check.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::ask_check()
    }
}

/// A field of a signed upload form.
#[derive(Clone, Serialize)]
pub struct UploadField {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// One file on its way to the object store.
#[derive(Serialize)]
pub struct Upload {
    /// Display name.
    pub name: String,
    /// The store's address.
    pub store: String,
    /// Fields of the signed policy.
    pub fields: Vec<UploadField>,
    /// Fields for the script, which follows no redirect.
    pub script_fields: Vec<UploadField>,
    /// What a file dialogue offers.
    pub accept: String,
    /// Limit in bytes.
    pub max_bytes: u64,
    /// Where arrival is said (a post).
    pub arrived: String,
    /// Where the reader came from.
    pub back: String,
    /// The store has brought the browser back: one press remains.
    pub sent: bool,
}

impl Page for Upload {
    const TEMPLATE: &'static str = "desk/upload.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::upload()
    }
}

/// One thing in the thread.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadEntry {
    /// `message`, `note` or `event`.
    pub kind: &'static str,
    /// Anchor.
    pub id: String,
    /// The desk wrote it.
    pub desk: bool,
    /// Who.
    pub author: String,
    /// From where.
    pub unit: String,
    /// The words.
    pub body: String,
    /// Event word.
    pub verb: String,
    /// From, as a label.
    pub from: Option<Label>,
    /// To, as a label.
    pub to: Option<Label>,
    /// When.
    pub at: Moment,
    /// Its files.
    pub files: Vec<FileView>,
}

/// A live consent.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentLine {
    /// Receiver word.
    pub receiver: String,
    /// When given.
    pub at: Moment,
    /// Version of the words.
    pub version: i32,
}

/// An act the reader may do now: a link to its page or a button.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    /// Verb word.
    pub verb: &'static str,
    /// Address.
    pub href: String,
    /// True: a post of one button; false: a page.
    pub post: bool,
}

/// One consultation, for those who may read its text.
#[derive(Serialize)]
pub struct Case {
    /// The list's line of it.
    pub line: Line,
    /// Reader's relation word (`holder`, `offered`, `both`, `opener`, `requester`, `receiver`, `witness`).
    pub who: &'static str,
    /// Whether the reader works at the desk (sees notes and staff words).
    pub staff: bool,
    /// Version for the forms.
    pub version: i32,
    /// Call-back number and whom to ask for.
    pub phone: String,
    /// Whom to ask for.
    pub contact: String,
    /// When noticed, as written.
    pub noticed: String,
    /// What was done first.
    pub done: String,
    /// Care word.
    pub care: &'static str,
    /// Privacy word.
    pub privacy: &'static str,
    /// Line word.
    pub desk_line: &'static str,
    /// Queue's name.
    pub queue: String,
    /// Queue it is offered to.
    pub offered_to: Option<String>,
    /// Kind of organisation, as a word.
    pub unit_kind: String,
    /// The named member.
    pub member: Option<String>,
    /// Member's number.
    pub member_number: Option<String>,
    /// Member's category today; None when lapsed.
    pub member_category: Option<String>,
    /// Who wrote it.
    pub opener: Option<String>,
    /// When the desk first answered.
    pub first_answer_at: Option<Moment>,
    /// Until when it may be reopened.
    pub reopen_until: Option<Moment>,
    /// Consents.
    pub consents: Vec<ConsentLine>,
    /// The thread; the template has only the files, message by message.
    #[serde(serialize_with = "attached")]
    pub thread: Vec<ThreadEntry>,
    /// The reply or answer form, when the reader may write now.
    pub form: Option<FormView>,
    /// Where it is posted.
    pub action: String,
    /// What was begun in it.
    pub begun: Option<Begun>,
    /// Files waiting for the next message.
    pub pending: Vec<FileView>,
    /// Acts beside writing.
    pub acts: Vec<Act>,
    /// The list the reader came from.
    pub back: String,
    /// What to do until the desk answers, for whoever asked.
    pub advice: Option<Advice>,
}

impl Page for Case {
    const TEMPLATE: &'static str = "desk/case.html";
    fn fragments(&self, said: &Said) -> Result<Fragments, WordsError> {
        Ok(vec![("thread", Fragment::Pieces(rows::thread(&self.thread, self.staff, said)?))])
    }
    fn samples() -> Vec<Sample<Self>> {
        super::samples::case()
    }
}

/// One consultation, for those who may know that it exists and no more.
#[derive(Serialize)]
pub struct Header {
    /// The list's line of it; no title.
    pub line: Line,
    /// Care word.
    pub care: &'static str,
    /// Queue's name.
    pub queue: String,
    /// When the desk first answered.
    pub first_answer_at: Option<Moment>,
    /// Where an auditor reads the text with a reason.
    pub witness: Option<String>,
    /// The list the reader came from.
    pub back: String,
}

impl Page for Header {
    const TEMPLATE: &'static str = "desk/header.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::header()
    }
}

/// A page with one form about one consultation: note, triage, assign, offer, resolve, reopen, privacy, consent, witness.
#[derive(Serialize)]
pub struct ActForm {
    /// Verb word; names the page's words.
    pub act: &'static str,
    /// The consultation's number.
    pub number: String,
    /// Its title, where the reader may read it.
    pub title: Option<String>,
    /// The form.
    pub form: FormView,
    /// Where it is posted.
    pub action: String,
    /// Version of the consultation.
    pub version: i32,
    /// Back to the consultation.
    pub back: String,
    /// Words of the consents, for the consent page.
    pub consents: Vec<ConsentText>,
    /// What was begun, where somebody writes.
    pub begun: Option<Begun>,
}

/// 409: somebody was faster. What came meanwhile, and what the reader sent, to be applied as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Overtaken {
    /// The consultation's number.
    pub number: String,
    /// Its title, where the reader may read it.
    pub title: Option<String>,
    /// Its class now.
    pub class: &'static str,
    /// Its state now.
    pub state: &'static str,
    /// Who answers for it now.
    pub responsible: Option<String>,
    /// Its category now.
    pub category: String,
    /// Line word now.
    pub line: &'static str,
    /// Queue's name now.
    pub queue: String,
    /// Queue it is offered to now.
    pub offered_to: Option<String>,
    /// Privacy word now.
    pub privacy: &'static str,
    /// Who is named as a reader now, where the form names some.
    pub readers: Vec<Label>,
    /// To whom it may be told now.
    pub consents: Vec<ConsentLine>,
    /// Event words of what changed since the version that the reader had seen.
    pub changed: Vec<String>,
    /// What came since then.
    pub entries: Vec<ThreadEntry>,
    /// How many of them are shown, when there are more.
    pub most: Option<usize>,
    /// What the reader sent, for the version of now.
    pub again: Again,
    /// Whether it can still be done.
    pub possible: bool,
    /// Where the present state is shown.
    pub open: String,
}

impl Page for Overtaken {
    const TEMPLATE: &'static str = "desk/overtaken.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::overtaken()
    }
}

/// What is kept of a form until it is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Begun {
    /// Where it is kept.
    pub keep: String,
    /// When it was kept last; None when nothing was begun.
    pub kept_at: Option<Moment>,
    /// The version that it was written beside, when the case has moved since.
    pub moved_since: Option<i32>,
    /// What came since then, on a page that does not show the thread.
    pub meanwhile: Vec<ThreadEntry>,
    /// How many of them are shown, when there are more.
    pub most: Option<usize>,
}

impl Page for ActForm {
    const TEMPLATE: &'static str = "desk/act.html";
    const DENSITY: Density = Density::Roomy;
    fn samples() -> Vec<Sample<Self>> {
        super::samples::act()
    }
}

/// The form that announces a file: most are photographs.
pub(super) fn blank_announce() -> FormView {
    FormView::prefilled::<AnnounceForm>([("kind", files::Kind::ALL[0].word().to_owned())])
}

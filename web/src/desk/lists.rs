//! Lists: home, one's own, the staff list, an area's headers, what was shared.

use super::live;
use super::pages::{DraftLine, Home, Line, List, Queue, Room, ViewLink};
use crate::ahead::Coming;
use crate::forms::Opt;
use crate::moment::Moment;
use crate::phrase;
use crate::request::{Answer, Cx, Problem, word};
use crate::words::{Label, Phrase};
use ::desk::queries::{self, AreaName, Category, ListRow, StaffCursor, StaffFilter, View, Vocabulary, WordOf};
use ::desk::{Class, Turn};
use access::{Actor, Role};
use kernel::{Cursor, Level, Locale, QueueId};
use std::collections::{BTreeMap, HashMap};
use store::{Asking, Tx};

/// Offers, and cases of one's own, that home shows.
const WAITING: usize = 5;

/// Whether the seat asks.
pub(super) fn may_ask(actor: &Actor) -> bool {
    matches!(actor.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer)
}

/// Turns rows into lines, named in the reader's language.
pub(super) struct Liner<'a> {
    cx: &'a Cx,
    /// Looked up for each row.
    names: HashMap<(WordOf, &'a str), &'a str>,
}

impl<'a> Liner<'a> {
    /// With the words that categories and prefectures are named by.
    pub fn new(cx: &'a Cx, words: &'a Vocabulary) -> Self {
        let names = words.words().map(|word| ((word.of, word.value), word.said(cx.locale))).collect();
        Self { cx, names }
    }

    fn named(&self, of: WordOf, value: &str) -> Option<String> {
        self.names.get(&(of, value)).map(|name| (*name).to_owned())
    }

    pub fn line(&self, row: ListRow) -> Result<Line, Problem> {
        let state = row.state()?;
        let actor = self.cx.actor();
        let class: Class = row.class.parse().map_err(|_| Problem::Broken("class".into()))?;
        let staff = actor.holds_queue(QueueId(row.queue_id));
        let offered = row.offered_queue_id.is_some_and(|q| actor.holds_queue(QueueId(q)));
        let mine = match state.turn() {
            Turn::Desk => offered || (staff && row.responsible_seat_id == actor.seat.0),
            // A case that was shared shows its words too; only its own organisation is waited for.
            Turn::Requester => !staff && row.requester_unit_id == actor.unit.0 && may_ask(actor),
            Turn::Third | Turn::Nobody => offered,
        };
        let english = self.cx.locale == Locale::En;
        Ok(Line {
            href: format!("/c/{}", row.id),
            number: row.number,
            title: row.title,
            unit: Some(row.unit_name_en.filter(|_| english).unwrap_or(row.unit_name)),
            prefecture: row.prefecture_id.and_then(|id| self.named(WordOf::Prefecture, &id.to_string())),
            category: self.named(WordOf::Category, &row.category),
            class: class.word(),
            badge: badge(class),
            state: state.word(),
            turn: state.turn().word(),
            mine,
            responsible: row.responsible_name,
            offered,
            outcome: None,
            turn_since: Moment(row.turn_since),
            updated_at: Moment(row.updated_at),
            created_at: Moment(row.created_at),
        })
    }

    pub fn lines(&self, rows: Vec<ListRow>) -> Result<Vec<Line>, Problem> {
        rows.into_iter().map(|row| self.line(row)).collect()
    }
}

/// The name of a class's badge.
pub(super) fn badge(class: Class) -> &'static str {
    match class {
        Class::S1 => "s1",
        Class::S2 => "s2",
        Class::S3 => "s3",
        Class::S4 => "s4",
    }
}

pub(super) fn name_of(category: &Category, locale: Locale) -> String {
    if locale == Locale::En { category.name_en.clone() } else { category.name.clone() }
}

pub(super) fn draft_line(draft: desk::Draft) -> DraftLine {
    let title = Some(draft.answers.title.clone()).filter(|t| !t.is_empty());
    DraftLine {
        href: format!("/ask/{}", draft.id),
        discard: format!("/ask/{}/discard", draft.id),
        title,
        updated_at: Moment(draft.updated_at),
    }
}

/// `GET /`
pub async fn home(cx: Cx) -> Answer {
    let actor = cx.actor();
    let kept = cx
        .query(&["kept"])?
        .get("kept")
        .map(|v| if v == "1" { Ok(phrase!("desk-done-kept")) } else { Err(Problem::BadRequest) })
        .transpose()?;
    if !may_ask(actor) {
        let home =
            |answers, waiting| Home { turn: vec![], open: vec![], drafts: vec![], may_ask: false, answers, waiting, rooms: rooms(actor) };
        if actor.queues.is_empty() {
            return cx.page(&home(false, vec![]));
        }
        let since = cx.app.live.mark();
        let stream = live::address("/live/waiting", &BTreeMap::new(), &[], &since);
        return cx.open_page(&home(true, waiting(&cx).await?), stream, None);
    }
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let rows = queries::own_list(&tx, false, None).await?.rows;
    let drafts = queries::own_drafts(&tx, actor).await?.into_iter().map(draft_line).collect();
    let (turn, open) = Liner::new(&cx, &Vocabulary::default()).lines(rows)?.into_iter().partition(|line| line.mine);
    let stream = live::address("/live/consultations", &BTreeMap::new(), &[], &since);
    cx.open_page(&Home { turn, open, drafts, may_ask: true, answers: false, waiting: vec![], rooms: rooms(actor) }, stream, kept)
}

/// What waits for somebody who answers; the lists of the queue have the rest.
async fn waiting(cx: &Cx) -> Result<Vec<Line>, Problem> {
    let tx = cx.read().await?;
    let (rows, words) = queries::staff_turn(&tx, WAITING).await?;
    Liner::new(cx, &words).lines(rows)
}

fn rooms(actor: &Actor) -> Vec<Room> {
    let mut rooms = Vec::new();
    if !actor.queues.is_empty() {
        rooms.push(Room { label: phrase!("shared-menu-queue"), lead: phrase!("desk-room-queue"), href: "/queue".into() });
    }
    if sees_area(actor) {
        rooms.push(Room { label: phrase!("shared-menu-area"), lead: phrase!("desk-room-area"), href: "/area".into() });
        rooms.push(Room { label: phrase!("desk-figures-title"), lead: phrase!("desk-room-figures"), href: "/area/figures".into() });
    }
    if matches!(actor.role, Role::Officer | Role::ProgrammeOwner) {
        rooms.push(Room { label: phrase!("shared-menu-shared"), lead: phrase!("desk-room-shared"), href: "/shared".into() });
    }
    rooms
}

fn after(query: &BTreeMap<String, String>) -> Result<Option<Cursor>, Problem> {
    query.get("after").map(|text| Cursor::decode(text).ok_or(Problem::BadRequest)).transpose()
}

/// Names in the address of one's own list.
const OWN: &[&str] = &["closed", "after"];

/// What [`own`] reads.
pub fn own_reads(coming: &Coming<'_>) -> Result<Vec<Asking>, Problem> {
    let query = coming.query(OWN)?;
    Ok(queries::own_list_asks(closed(&query)?, after(&query)?))
}

/// `GET /consultations`
pub async fn own(cx: Cx) -> Answer {
    let query = cx.query(OWN)?;
    if !may_ask(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-asks")));
    }
    let closed = closed(&query)?;
    let place = after(&query)?;
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let slice = queries::own_list(&tx, closed, place).await?;
    let base = if closed { "/consultations?closed=1" } else { "/consultations" };
    let rows = Liner::new(&cx, &Vocabulary::default()).lines(slice.rows)?;
    let list = List {
        kind: if closed { "own_closed" } else { "own" },
        rows,
        next: next(base, slice.next),
        first: place.map(|_| base.to_owned()),
        may_ask: true,
        within: None,
    };
    cx.open_page(&list, live::address("/live/consultations", &query, &["closed"], &since), None)
}

/// Whether the list of what is done is asked for.
pub(super) fn closed(query: &BTreeMap<String, String>) -> Result<bool, Problem> {
    query.get("closed").map(|v| if v == "1" { Ok(true) } else { Err(Problem::BadRequest) }).transpose().map(Option::unwrap_or_default)
}

/// The view and the filters of the staff list.
pub(super) fn filters(query: &BTreeMap<String, String>) -> Result<(View, StaffFilter), Problem> {
    let filter = StaffFilter {
        queue: word::<QueueId>(query, "queue")?,
        class: word(query, "class")?,
        category: query.get("category").cloned(),
        prefecture: word(query, "prefecture")?,
    };
    Ok((word(query, "view")?.unwrap_or(View::Open), filter))
}

/// Whether the seat sees headers of an area.
pub(super) fn sees_area(actor: &Actor) -> bool {
    matches!(actor.role, Role::Officer | Role::ProgrammeOwner | Role::Auditor)
}

/// Whether consents open cases to the seat's organisation through it.
pub(super) fn receives(actor: &Actor) -> bool {
    matches!(actor.role, Role::Officer | Role::ProgrammeOwner)
}

fn next(base: &str, cursor: Option<String>) -> Option<String> {
    let join = if base.contains('?') { '&' } else { '?' };
    cursor.map(|cursor| format!("{base}{join}after={cursor}"))
}

/// The one area below the reader's own that a list is asked for; what is no such area is not there.
pub(super) async fn within(cx: &Cx, tx: &Tx, query: &BTreeMap<String, String>) -> Result<Option<AreaName>, Problem> {
    let asked = [word::<i32>(query, "municipal")?, word::<i32>(query, "prefecture")?];
    let unit = match (cx.actor().level, asked) {
        (_, [None, None]) => return Ok(None),
        (Level::Prefectural, [Some(unit), None]) => unit,
        (Level::Federation, [None, Some(unit)]) => unit,
        _ => return Err(Problem::NotFound),
    };
    queries::area_below(tx, cx.actor(), unit).await?.map(Some).ok_or(Problem::NotFound)
}

/// `GET /area`: headers only; no text is read.
pub async fn area(cx: Cx) -> Answer {
    let query = cx.query(&["municipal", "prefecture", "after"])?;
    let place = after(&query)?;
    if !sees_area(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-area")));
    }
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let within = within(&cx, &tx, &query).await?;
    let (slice, words) = queries::area_list(tx, cx.actor(), within.as_ref(), place).await?;
    let rows = Liner::new(&cx, &words).lines(slice.rows)?;
    let filter = ["municipal", "prefecture"].into_iter().find_map(|name| query.get(name).map(|unit| format!("?{name}={unit}")));
    let base = format!("/area{}", filter.unwrap_or_default());
    let english = cx.locale == Locale::En;
    let list = List {
        kind: "area",
        rows,
        next: next(&base, slice.next),
        first: place.map(|_| base.clone()),
        may_ask: may_ask(cx.actor()),
        within: within.map(|area| area.name_en.filter(|_| english).unwrap_or(area.name)),
    };
    cx.open_page(&list, live::address("/live/area", &query, &["municipal", "prefecture"], &since), None)
}

/// `GET /shared`: what a consent opened to the seat's organisation.
pub async fn shared(cx: Cx) -> Answer {
    let place = after(&cx.query(&["after"])?)?;
    if !receives(cx.actor()) {
        return Err(Problem::Forbidden(phrase!("desk-rule-shared")));
    }
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let slice = queries::shared_list(&tx, cx.actor(), place).await?;
    let rows = Liner::new(&cx, &Vocabulary::default()).lines(slice.rows)?;
    let list = List {
        kind: "shared",
        rows,
        next: next("/shared", slice.next),
        first: place.map(|_| "/shared".to_owned()),
        may_ask: may_ask(cx.actor()),
        within: None,
    };
    cx.open_page(&list, live::address("/live/shared", &BTreeMap::new(), &[], &since), None)
}

/// Names in the address of the staff list.
const QUEUE: &[&str] = &["view", "queue", "class", "category", "prefecture", "after"];

/// What [`queue`] reads.
pub fn queue_reads(coming: &Coming<'_>) -> Result<Vec<Asking>, Problem> {
    let query = coming.query(QUEUE)?;
    let ((view, filter), place) = (filters(&query)?, staff_after(&query)?);
    Ok(queries::staff_list_asks(view, &filter, place.as_ref()))
}

fn staff_after(query: &BTreeMap<String, String>) -> Result<Option<StaffCursor>, Problem> {
    query.get("after").map(|text| StaffCursor::decode(text).ok_or(Problem::BadRequest)).transpose()
}

/// `GET /queue`
pub async fn queue(cx: Cx) -> Answer {
    let query = cx.query(QUEUE)?;
    let actor = cx.actor();
    if actor.queues.is_empty() {
        return Err(Problem::Forbidden(phrase!("desk-rule-queue")));
    }
    let (view, filter) = filters(&query)?;
    let place = staff_after(&query)?;
    let since = cx.app.live.mark();
    let tx = cx.read().await?;
    let (slice, words) = queries::staff_list(&tx, view, &filter, place.as_ref()).await?;
    if filter.category.as_ref().is_some_and(|code| !words.offered(WordOf::Category).any(|word| word.value == *code)) {
        return Err(Problem::BadRequest);
    }
    let rows = Liner::new(&cx, &words).lines(slice.rows)?;
    let address = |view: View| address(&query, view);
    let offered = |of: WordOf| words.offered(of).map(|word| Opt::text(word.value, word.said(cx.locale))).collect::<Vec<_>>();
    let held = |option: &Opt| option.value.parse().is_ok_and(|id| actor.holds_queue(id));
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let page = Queue {
        view: view.word(),
        views: View::ALL.iter().map(|v| ViewLink { word: v.word(), href: address(*v), current: *v == view }).collect(),
        rows,
        queue: value("queue"),
        queues: offered(WordOf::Queue).into_iter().filter(held).collect(),
        class: value("class"),
        classes: Class::ALL
            .iter()
            .map(|c| Opt { value: c.word().into(), label: Label::from(Phrase::word("desk-class", c.word())), hint: None })
            .collect(),
        category: value("category"),
        categories: offered(WordOf::Category),
        prefecture: value("prefecture"),
        prefectures: offered(WordOf::Prefecture),
        filtered: ["queue", "class", "category", "prefecture"].iter().any(|name| query.contains_key(*name)),
        next: next(&address(view), slice.next),
        first: place.map(|_| address(view)),
    };
    cx.open_page(&page, live::address("/live/queue", &query, &["view", "queue", "class", "category", "prefecture"], &since), None)
}

/// The address of a view with the present filters: a list can be kept as a bookmark.
fn address(query: &BTreeMap<String, String>, view: View) -> String {
    let mut pairs = vec![("view", view.word().to_owned())];
    pairs.extend(
        ["queue", "class", "category", "prefecture"].into_iter().filter_map(|name| query.get(name).map(|value| (name, value.clone()))),
    );
    format!("/queue?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
}

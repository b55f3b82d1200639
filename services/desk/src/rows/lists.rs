//! Lists of cases by keyset. A list by area reads headers and no text. A queue's, a unit's own and "shared by consent" show titles: they
//! read the texts, which carry copies of what a list shows of the header, so that a row is one row of one table under one policy.

use super::vocabulary::Vocabulary;
use super::word;
use crate::model::State;
use crate::view::{StaffCursor, StaffFilter, View};
use kernel::{Cursor, Level, UnitId};
use sea_orm::{DbErr, FromQueryResult, QueryResult, Value};
use serde::Serialize;
use store::{Asking, InTurn, StoreError, Tx};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// One line of a list. What a list does not show is None there: each name that is joined is paid for row by row.
#[derive(Clone, Debug, Serialize)]
pub struct ListRow {
    /// Identity.
    pub id: Uuid,
    /// Number.
    pub number: String,
    /// Title, for those who may read the text.
    pub title: Option<String>,
    /// Who asks.
    pub requester_unit_id: i32,
    /// Its name, in Japanese.
    pub unit_name: String,
    /// The same in English.
    pub unit_name_en: Option<String>,
    /// Its prefecture's association; the vocabulary has its name.
    pub prefecture_id: Option<i32>,
    /// Category code; the vocabulary has its name.
    pub category: String,
    /// Class word.
    pub class: String,
    /// State word.
    pub state: String,
    /// Queue.
    pub queue_id: i32,
    /// Queue it is offered to.
    pub offered_queue_id: Option<i32>,
    /// Who answers for it.
    pub responsible_seat_id: Uuid,
    /// Their name, where the reader may know it.
    pub responsible_name: Option<String>,
    /// When asked.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
    /// Since when the present side has had its turn.
    pub turn_since: OffsetDateTime,
    /// When it was resolved; a reopened case is not.
    pub resolved_at: Option<OffsetDateTime>,
}

/// By place, as [`Shown::columns`] has them: to find twenty columns by name in each of fifty rows took a tenth of a page's time.
impl FromQueryResult for ListRow {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let mut row = InTurn::of(row)?;
        Ok(Self {
            id: row.next()?,
            number: row.next()?,
            title: row.next()?,
            requester_unit_id: row.next()?,
            unit_name: row.next()?,
            unit_name_en: row.next()?,
            prefecture_id: row.next()?,
            category: row.next()?,
            class: row.next()?,
            state: row.next()?,
            queue_id: row.next()?,
            offered_queue_id: row.next()?,
            responsible_seat_id: row.next()?,
            responsible_name: row.next()?,
            created_at: row.next()?,
            updated_at: row.next()?,
            turn_since: row.next()?,
            resolved_at: row.next()?,
        })
    }
}

/// A list and the words that its rows are named by: one answer of one statement, which has the words in a row without an id.
#[derive(Debug, Default)]
pub struct Told {
    /// The rows, in order.
    pub rows: Vec<ListRow>,
    /// What categories, queues and prefectures are called.
    pub words: Vocabulary,
}

/// A row of a list, or the words.
enum Line {
    Row(Box<ListRow>),
    Words(String),
}

impl FromQueryResult for Line {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let mut places = InTurn::of(row)?;
        if places.next::<Option<Uuid>>()?.is_some() {
            return ListRow::from_query_result(row, pre).map(|row| Self::Row(Box::new(row)));
        }
        Ok(Self::Words(places.next()?))
    }
}

fn told(lines: Vec<Line>, today: Date) -> Told {
    let mut told = Told { rows: Vec::with_capacity(lines.len()), words: Vocabulary::default() };
    for line in lines {
        match line {
            Line::Row(row) => told.rows.push(*row),
            Line::Words(words) => told.words = Vocabulary::new(words, today),
        }
    }
    told
}

/// The row of the words in a list's statement: the vocabulary of the scope's federation where the number stands.
const WORDS: &str = "SELECT NULL::uuid, v.words, NULL::text, NULL::int, NULL::text, NULL::text, NULL::int, NULL::text, NULL::text, NULL::text, NULL::int, NULL::int,
  NULL::uuid, NULL::text, NULL::bytea, NULL::bytea, NULL::bytea, NULL::bytea FROM desk_vocabularies v
  WHERE v.federation_id = (SELECT scope_int('federation'))";

impl ListRow {
    /// The state as its closed word.
    ///
    /// # Errors
    /// `Internal` when the database holds a word we do not know.
    pub fn state(&self) -> Result<State, StoreError> {
        word(&self.state)
    }
}

/// What a list shows of a header, or of the copies at its text.
const LINE: &str =
    "number, requester_unit_id, requester_name, requester_name_en, prefecture_id, category, class, state, queue_id, offered_queue_id,
  responsible_seat_id, created_at, updated_at, turn_since, resolved_at";

/// What stands beside it.
#[derive(Clone, Copy, Default)]
struct Shown {
    title: bool,
    responsible: bool,
    /// The vocabulary, as a row of its own before the others.
    words: bool,
}

impl Shown {
    /// The rows of a list before names are put beside them: their columns, and the table that has them.
    fn line(self) -> (String, &'static str) {
        if self.title {
            // The first column of this table is the case's id, too.
            (format!("c.id, title, {LINE}"), "consultation_texts c (id)")
        } else {
            (format!("c.id, {LINE}"), "consultations c")
        }
    }

    /// The columns of [`ListRow`], in its order. Times as their bytes: two hundred of them as text cost more than to find the rows.
    fn columns(self) -> String {
        let shown = |shown: bool, column: &'static str| if shown { column } else { "NULL::text" };
        let (title, responsible) = (shown(self.title, "c.title"), shown(self.responsible, "s.person_name"));
        format!(
            "c.id, c.number, {title}, c.requester_unit_id, c.requester_name, c.requester_name_en, c.prefecture_id, c.category,
             c.class, c.state, c.queue_id, c.offered_queue_id, c.responsible_seat_id, {responsible},
             timestamptz_send(c.created_at), timestamptz_send(c.updated_at), timestamptz_send(c.turn_since), timestamptz_send(c.resolved_at)"
        )
    }

    /// Few seats answer for a page's cases: the planner remembers each that it has looked up.
    fn joins(self) -> &'static str {
        if self.responsible { "LEFT JOIN seats s ON s.id = c.responsible_seat_id" } else { "" }
    }
}

/// The words of two partial indexes; the planner wants them repeated.
const OPEN: &str = "c.state <> 'closed' AND c.state <> 'resolved'";
const DONE: &str = "c.state IN ('resolved', 'closed')";

/// Orders of a list; each has its index.
const HEAVIEST: &str = "c.class, c.created_at, c.id";
const NEWEST: &str = "c.created_at DESC, c.id DESC";
const LATELY_DONE: &str = "c.resolved_at DESC, c.id DESC";

/// A statement under way: fixed fragments, every value a parameter.
#[derive(Default)]
struct Sql {
    conditions: String,
    values: Vec<Value>,
}

impl Sql {
    fn value(&mut self, value: impl Into<Value>) -> usize {
        self.values.push(value.into());
        self.values.len()
    }

    /// Adds `AND column = value`.
    fn only(&mut self, column: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            let n = self.value(value);
            self.conditions += &format!(" AND {column} = ${n}");
        }
    }

    /// Adds `AND (columns) < (values)`, or `>`: where the page begins.
    fn beyond<const N: usize>(&mut self, columns: &str, sign: char, values: Option<[Value; N]>) {
        if let Some(values) = values {
            let places: Vec<_> = values.into_iter().map(|value| format!("${}", self.value(value))).collect();
            self.conditions += &format!(" AND ({columns}) {sign} ({})", places.join(", "));
        }
    }
}

/// The page's rows are found first, by an index that ends where the page ends; names are then looked up for
/// these rows alone. Its limit is the wall between the two: without one the planner, blind to what row security lets through,
/// reads all first.
fn listed(page: &str, shown: Shown, order: &str) -> String {
    let rows = format!("SELECT {} FROM ({page}) c {} ORDER BY {order}", shown.columns(), shown.joins());
    if shown.words { format!("({WORDS}) UNION ALL ({rows})") } else { rows }
}

fn place(at: Cursor) -> [Value; 2] {
    [at.at.into(), at.id.into()]
}

/// At most `limit` rows of the staff list of the scope's seat: heaviest first, then longest there; what is done, lately done first. It takes the
/// seat and its queues from the scope: nobody has to be known for it to be asked.
pub(crate) fn of_staff(view: View, filter: &StaffFilter, after: Option<&StaffCursor>, limit: usize) -> Asking {
    let mut sql = Sql::default();
    sql.only("c.class", filter.class.map(|class| class.word()));
    sql.only("c.category", filter.category.clone());
    sql.only("c.prefecture_id", filter.prefecture);
    let order = if view == View::Closed {
        sql.beyond("c.resolved_at, c.id", '<', after.map(|after| place(after.at)));
        LATELY_DONE
    } else {
        let values = |after: &StaffCursor| [after.class.word().into(), after.at.at.into(), after.at.id.into()];
        sql.beyond(HEAVIEST, '>', after.map(values));
        HEAVIEST
    };
    let state = match view {
        View::Open | View::Mine | View::Offered => OPEN.to_owned(),
        View::New => format!("{OPEN} AND c.state = 'new'"),
        View::Waiting => format!("{OPEN} AND c.state IN ('waiting_requester', 'waiting_third_party')"),
        View::Closed => DONE.to_owned(),
    };
    let shown = Shown { title: true, responsible: true, words: true };
    let (line, table) = shown.line();
    let page = if view == View::Mine {
        let own = "c.state IN ('new', 'triaged', 'in_work') AND c.responsible_seat_id = scope_uuid('seat')";
        sql.only("c.queue_id", filter.queue.map(|queue| queue.0));
        format!(
            "SELECT {line} FROM {table} WHERE c.queue_id = ANY (scope_ints('queues')) AND {state} AND {own}{} ORDER BY {order} LIMIT {limit}",
            sql.conditions
        )
    } else {
        // Queue by queue, each in its index's own order.
        let column = if view == View::Offered { "offered_queue_id" } else { "queue_id" };
        let one = filter.queue.map(|queue| format!(" WHERE q.id = ${}", sql.value(queue.0))).unwrap_or_default();
        format!(
            "SELECT c.* FROM unnest(scope_ints('queues')) q (id) CROSS JOIN LATERAL (SELECT {line} FROM {table}
               WHERE c.{column} = q.id AND {state}{} ORDER BY {order} LIMIT {limit}) c{one} ORDER BY {order} LIMIT {limit}",
            sql.conditions
        )
    };
    Asking::new(listed(&page, shown, order), sql.values)
}

/// The staff list of the scope's seat.
pub(crate) async fn staff(
    tx: &Tx,
    view: View,
    filter: &StaffFilter,
    after: Option<&StaffCursor>,
    limit: usize,
) -> Result<Told, StoreError> {
    let lines = tx.answer(of_staff(view, filter, after, limit)).await?;
    Ok(told(lines, tx.clock().today()))
}

/// What the scope's unit asked, newest first: open, or resolved and closed.
pub(crate) fn asked(closed: bool, after: Option<Cursor>, limit: usize) -> Asking {
    let state = if closed { DONE } else { OPEN };
    let condition = format!("c.requester_unit_id = scope_int('unit') AND {state}");
    newest(Sql::default(), &condition, Shown { title: true, ..Shown::default() }, after, limit)
}

/// Headers below a unit of a level, newest first, as the last thing that is asked of a transaction, for any other level than the two associations' `unit` is a federation.
pub(crate) async fn below(tx: Tx, level: Level, unit: i32, after: Option<Cursor>, limit: usize) -> Result<Told, StoreError> {
    let column = match level {
        Level::Municipal => "c.municipal_id",
        Level::Prefectural => "c.prefecture_id",
        _ => "c.federation_id",
    };
    let mut sql = Sql::default();
    let condition = format!("{column} = ${}", sql.value(unit));
    let today = tx.clock().today();
    let lines = tx.last(newest(sql, &condition, Shown { words: true, ..Shown::default() }, after, limit)).await?;
    Ok(told(lines, today))
}

fn newest(mut sql: Sql, condition: &str, shown: Shown, after: Option<Cursor>, limit: usize) -> Asking {
    sql.beyond("c.created_at, c.id", '<', after.map(place));
    let (line, table) = shown.line();
    let page = format!("SELECT {line} FROM {table} WHERE {condition}{} ORDER BY {NEWEST} LIMIT {limit}", sql.conditions);
    Asking::new(listed(&page, shown, NEWEST), sql.values)
}

/// A case and the consent that opened it.
pub(crate) struct SharedRow {
    pub granted_at: OffsetDateTime,
    pub access_id: Uuid,
    pub row: ListRow,
}

impl FromQueryResult for SharedRow {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let (granted_at, access_id) = (row.try_get("", "granted_at")?, row.try_get("", "access_id")?);
        Ok(Self { granted_at, access_id, row: ListRow::from_query_result(row, pre)? })
    }
}

/// What live consents opened to a unit, newest consent first. Driven from the consents: few rows, each then looked up
/// by its id.
pub(crate) async fn shared_with(tx: &Tx, unit: UnitId, after: Option<Cursor>, limit: usize) -> Result<Vec<SharedRow>, StoreError> {
    let mut sql = Sql::default();
    let unit = sql.value(unit.0);
    sql.beyond("a.granted_at, a.id", '<', after.map(place));
    let page = format!(
        "SELECT a.granted_at, a.id, a.consultation_id FROM case_access a WHERE a.unit_id = ${unit} AND a.revoked_at IS NULL{}
           ORDER BY a.granted_at DESC, a.id DESC LIMIT {limit}",
        sql.conditions
    );
    let shown = Shown { title: true, ..Shown::default() };
    let sql_text = format!(
        "SELECT {}, a.granted_at, a.id AS access_id FROM ({page}) a JOIN {} ON c.id = a.consultation_id ORDER BY a.granted_at DESC, a.id DESC",
        shown.columns(),
        shown.line().1
    );
    tx.all(&sql_text, sql.values).await
}

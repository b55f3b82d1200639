//! Lists of headers by keyset. A list by area joins no text (a wide scope would pay
//! for it row by row); a queue's, a unit's own and "shared by consent" may.

use super::word;
use crate::model::State;
use crate::view::{StaffCursor, StaffFilter, View};
use kernel::{Cursor, Level, SeatId, UnitId};
use sea_orm::{DbErr, FromQueryResult, QueryResult, Value};
use serde::Serialize;
use store::{StoreError, Tx};
use time::OffsetDateTime;
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
    pub unit_name: Option<String>,
    /// The same in English.
    pub unit_name_en: Option<String>,
    /// Its prefecture's association.
    pub prefecture_id: Option<i32>,
    /// That one's name, in short where it has a short name.
    pub prefecture_name: Option<String>,
    /// The same in English.
    pub prefecture_name_en: Option<String>,
    /// Category code.
    pub category: String,
    /// Its name for staff, in Japanese.
    pub category_name: Option<String>,
    /// The same in English.
    pub category_name_en: Option<String>,
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
        Ok(Self {
            id: row.try_get_by_index(0)?,
            number: row.try_get_by_index(1)?,
            title: row.try_get_by_index(2)?,
            requester_unit_id: row.try_get_by_index(3)?,
            unit_name: row.try_get_by_index(4)?,
            unit_name_en: row.try_get_by_index(5)?,
            prefecture_id: row.try_get_by_index(6)?,
            prefecture_name: row.try_get_by_index(7)?,
            prefecture_name_en: row.try_get_by_index(8)?,
            category: row.try_get_by_index(9)?,
            category_name: row.try_get_by_index(10)?,
            category_name_en: row.try_get_by_index(11)?,
            class: row.try_get_by_index(12)?,
            state: row.try_get_by_index(13)?,
            queue_id: row.try_get_by_index(14)?,
            offered_queue_id: row.try_get_by_index(15)?,
            responsible_seat_id: row.try_get_by_index(16)?,
            responsible_name: row.try_get_by_index(17)?,
            created_at: row.try_get_by_index(18)?,
            updated_at: row.try_get_by_index(19)?,
            turn_since: row.try_get_by_index(20)?,
            resolved_at: row.try_get_by_index(21)?,
        })
    }
}

impl ListRow {
    /// The state as its closed word.
    ///
    /// # Errors
    /// `Internal` when the database holds a word we do not know.
    pub fn state(&self) -> Result<State, StoreError> {
        word(&self.state)
    }
}

/// What of a header a list shows.
const HEADER: &str =
    "c.id, c.federation_id, c.number, c.requester_unit_id, c.prefecture_id, c.category, c.class, c.state, c.queue_id, c.offered_queue_id,
  c.responsible_seat_id, c.created_at, c.updated_at, c.turn_since, c.resolved_at";

/// What stands beside the header in a list.
#[derive(Clone, Copy, Default)]
struct Shown {
    title: bool,
    unit: bool,
    prefecture: bool,
    category: bool,
    responsible: bool,
}

impl Shown {
    /// The columns of [`ListRow`], in its order.
    fn columns(self) -> String {
        let shown = |shown: bool, column: &'static str| if shown { column } else { "NULL::text" };
        let (title, responsible) = (shown(self.title, "t.title"), shown(self.responsible, "h.name"));
        let (unit, unit_en) = (shown(self.unit, "u.name"), shown(self.unit, "u.name_en"));
        let prefecture = shown(self.prefecture, "coalesce(pu.short_name, pu.name)");
        let prefecture_en = shown(self.prefecture, "coalesce(pu.short_name_en, pu.name_en)");
        let (category, category_en) = (shown(self.category, "k.name"), shown(self.category, "k.name_en"));
        format!(
            "c.id, c.number, {title}, c.requester_unit_id, {unit}, {unit_en}, c.prefecture_id, {prefecture}, {prefecture_en}, c.category, {category}, {category_en},
             c.class, c.state, c.queue_id, c.offered_queue_id, c.responsible_seat_id, {responsible}, c.created_at, c.updated_at, c.turn_since, c.resolved_at"
        )
    }

    fn joins(self) -> String {
        let parts = [
            (self.title, "JOIN consultation_texts t ON t.consultation_id = c.id"),
            (self.unit, "JOIN units u ON u.id = c.requester_unit_id"),
            (self.prefecture, "LEFT JOIN units pu ON pu.id = c.prefecture_id"),
            (self.category, "LEFT JOIN desk_categories k ON k.federation_id = c.federation_id AND k.code = c.category"),
            (self.responsible, "LEFT JOIN hands h ON h.id = c.responsible_seat_id"),
        ];
        parts.into_iter().filter(|(shown, _)| *shown).map(|(_, join)| join).collect::<Vec<_>>().join(" ")
    }
}

/// The people who answer for a page's cases, each looked up once: they are few, and what says that one may be known is asked twice.
const HANDS: &str = "hands AS MATERIALIZED (SELECT s.id, p.name FROM seats s JOIN people p ON p.id = s.person_id
  WHERE s.id = ANY (ARRAY(SELECT DISTINCT responsible_seat_id FROM page)))";

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

/// The page's headers are found first, by an index that ends where the page ends; names and words are then looked up for
/// these rows alone. Its limit is the wall between the two: without one the planner, blind to what row security lets through,
/// reads all first.
fn listed(page: &str, shown: Shown, order: &str) -> String {
    let (columns, joins) = (shown.columns(), shown.joins());
    if shown.responsible {
        return format!("WITH page AS MATERIALIZED ({page}), {HANDS} SELECT {columns} FROM page c {joins} ORDER BY {order}");
    }
    format!("SELECT {columns} FROM ({page}) c {joins} ORDER BY {order}")
}

fn place(at: Cursor) -> [Value; 2] {
    [at.at.into(), at.id.into()]
}

/// At most `limit` rows of the staff list: heaviest first, then longest there; what is done, lately done first. `named` when the rows
/// are to bring the names of their categories and prefectures; a page that offers these as filters knows them already.
#[allow(clippy::too_many_arguments, reason = "the parts of one statement")]
pub(crate) async fn staff(
    tx: &Tx,
    queues: Vec<i32>,
    seat: SeatId,
    view: View,
    filter: &StaffFilter,
    after: Option<&StaffCursor>,
    limit: usize,
    named: bool,
) -> Result<Vec<ListRow>, StoreError> {
    let mut sql = Sql::default();
    let queues = sql.value(queues);
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
    let page = if view == View::Mine {
        sql.only("c.responsible_seat_id", Some(seat.0));
        let own = "c.state IN ('new', 'triaged', 'in_work')";
        format!(
            "SELECT {HEADER} FROM consultations c WHERE c.queue_id = ANY (${queues}) AND {state} AND {own}{} ORDER BY {order} LIMIT {limit}",
            sql.conditions
        )
    } else {
        // Queue by queue, each in its index's own order.
        let column = if view == View::Offered { "offered_queue_id" } else { "queue_id" };
        format!(
            "SELECT c.* FROM unnest(${queues}::int[]) q (id) CROSS JOIN LATERAL (SELECT {HEADER} FROM consultations c
               WHERE c.{column} = q.id AND {state}{} ORDER BY {order} LIMIT {limit}) c ORDER BY {order} LIMIT {limit}",
            sql.conditions
        )
    };
    let shown = Shown { title: true, unit: true, prefecture: named, category: named, responsible: true };
    tx.all(&listed(&page, shown, order), sql.values).await
}

/// What a unit asked, newest first: open, or resolved and closed.
pub(crate) async fn asked_by(tx: &Tx, unit: UnitId, closed: bool, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let state = if closed { DONE } else { OPEN };
    newest(tx, "c.requester_unit_id", unit.0, &format!(" AND {state}"), Shown { title: true, ..Shown::default() }, after, limit).await
}

/// Headers below a unit of a level, newest first; for any other level than the two associations' `unit` is a federation.
pub(crate) async fn below(tx: &Tx, level: Level, unit: i32, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let column = match level {
        Level::Municipal => "c.municipal_id",
        Level::Prefectural => "c.prefecture_id",
        _ => "c.federation_id",
    };
    newest(tx, column, unit, "", Shown { unit: true, category: true, ..Shown::default() }, after, limit).await
}

async fn newest(
    tx: &Tx,
    column: &str,
    unit: i32,
    state: &str,
    shown: Shown,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<ListRow>, StoreError> {
    let mut sql = Sql::default();
    let unit = sql.value(unit);
    sql.beyond("c.created_at, c.id", '<', after.map(place));
    let page =
        format!("SELECT {HEADER} FROM consultations c WHERE {column} = ${unit}{state}{} ORDER BY {NEWEST} LIMIT {limit}", sql.conditions);
    tx.all(&listed(&page, shown, NEWEST), sql.values).await
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
    let shown = Shown { title: true, unit: true, ..Shown::default() };
    let sql_text = format!(
        "SELECT {}, a.granted_at, a.id AS access_id FROM ({page}) a JOIN consultations c ON c.id = a.consultation_id {} ORDER BY a.granted_at DESC, a.id DESC",
        shown.columns(),
        shown.joins()
    );
    tx.all(&sql_text, sql.values).await
}

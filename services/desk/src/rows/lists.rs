//! Lists of headers by keyset. A list by area joins no text (a wide scope would pay
//! for it row by row); a queue's, a unit's own and "shared by consent" may.

use super::word;
use crate::model::State;
use crate::view::{StaffCursor, StaffFilter, View};
use kernel::{Cursor, Level, SeatId, UnitId};
use sea_orm::{FromQueryResult, Value};
use serde::Serialize;
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// One line of a list. `title` is None where the reader has no right to the text.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
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
    /// Its prefecture's association, in short where it has a short name.
    pub prefecture_name: Option<String>,
    /// The same in English.
    pub prefecture_name_en: Option<String>,
    /// Category code.
    pub category: String,
    /// Its name for staff, in Japanese.
    pub category_name: String,
    /// The same in English.
    pub category_name_en: String,
    /// Class word.
    pub class: String,
    /// Line word.
    pub line: String,
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
    /// Outcome word.
    pub outcome: Option<String>,
    /// When asked.
    pub created_at: OffsetDateTime,
    /// Last change.
    pub updated_at: OffsetDateTime,
    /// Since when the present side has had its turn.
    pub turn_since: OffsetDateTime,
    /// When it was resolved; a reopened case is not.
    pub resolved_at: Option<OffsetDateTime>,
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
    "c.id, c.federation_id, c.number, c.requester_unit_id, c.prefecture_id, c.category, c.class, c.line, c.state, c.queue_id, c.offered_queue_id,
  c.responsible_seat_id, c.outcome, c.created_at, c.updated_at, c.turn_since, c.resolved_at";
const COLUMNS: &str = "c.id, c.number, c.requester_unit_id, u.name AS unit_name, u.name_en AS unit_name_en, coalesce(pu.short_name, pu.name) AS prefecture_name,
  coalesce(pu.short_name_en, pu.name_en) AS prefecture_name_en, c.category, coalesce(k.name, c.category) AS category_name, coalesce(k.name_en, c.category) AS category_name_en, c.class, c.line, c.state,
  c.queue_id, c.offered_queue_id, c.responsible_seat_id, c.outcome, c.created_at, c.updated_at, c.turn_since, c.resolved_at";
const TEXTS: &str = "JOIN consultation_texts t ON t.consultation_id = c.id";
const UNITS: &str = "LEFT JOIN desk_categories k ON k.federation_id = c.federation_id AND k.code = c.category
  JOIN units u ON u.id = c.requester_unit_id LEFT JOIN units pu ON pu.id = c.prefecture_id";
const HANDS: &str = "LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN people p ON p.id = s.person_id";

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
/// these rows alone. Without the wall between the two the planner, blind to what row security lets through, reads all first.
fn listed(page: &str, shown: &str, joins: &str, order: &str) -> String {
    format!("WITH page AS MATERIALIZED ({page}) SELECT {shown} FROM page c {joins} ORDER BY {order}")
}

fn place(at: Cursor) -> [Value; 2] {
    [at.at.into(), at.id.into()]
}

/// At most `limit` rows of the staff list: heaviest first, then longest there; what is done, lately done first.
pub(crate) async fn staff(
    tx: &Tx,
    queues: Vec<i32>,
    seat: SeatId,
    view: View,
    filter: &StaffFilter,
    after: Option<&StaffCursor>,
    limit: usize,
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
    let shown = format!("{COLUMNS}, t.title, p.name AS responsible_name");
    tx.all(&listed(&page, &shown, &format!("{TEXTS} {UNITS} {HANDS}"), order), sql.values).await
}

/// What a unit asked, newest first: open, or resolved and closed.
pub(crate) async fn asked_by(tx: &Tx, unit: UnitId, closed: bool, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let state = if closed { DONE } else { OPEN };
    let shown = format!("{COLUMNS}, t.title, NULL::text AS responsible_name");
    newest(tx, "c.requester_unit_id", unit.0, &format!(" AND {state}"), &shown, &format!("{TEXTS} {UNITS}"), after, limit).await
}

/// Headers below a unit of a level, newest first; for any other level than the two associations' `unit` is a federation.
pub(crate) async fn below(tx: &Tx, level: Level, unit: i32, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let column = match level {
        Level::Municipal => "c.municipal_id",
        Level::Prefectural => "c.prefecture_id",
        _ => "c.federation_id",
    };
    let shown = format!("{COLUMNS}, NULL::text AS title, NULL::text AS responsible_name");
    newest(tx, column, unit, "", &shown, UNITS, after, limit).await
}

#[allow(clippy::too_many_arguments, reason = "the parts of one statement")]
async fn newest(
    tx: &Tx,
    column: &str,
    unit: i32,
    state: &str,
    shown: &str,
    joins: &str,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<ListRow>, StoreError> {
    let mut sql = Sql::default();
    let unit = sql.value(unit);
    sql.beyond("c.created_at, c.id", '<', after.map(place));
    let page =
        format!("SELECT {HEADER} FROM consultations c WHERE {column} = ${unit}{state}{} ORDER BY {NEWEST} LIMIT {limit}", sql.conditions);
    tx.all(&listed(&page, shown, joins, NEWEST), sql.values).await
}

/// A case and the consent that opened it.
#[derive(FromQueryResult)]
pub(crate) struct SharedRow {
    pub granted_at: OffsetDateTime,
    pub access_id: Uuid,
    #[sea_orm(nested)]
    pub row: ListRow,
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
    let sql_text = format!(
        "WITH page AS MATERIALIZED ({page}) SELECT a.granted_at, a.id AS access_id, {COLUMNS}, t.title, NULL::text AS responsible_name
           FROM page a JOIN consultations c ON c.id = a.consultation_id {TEXTS} {UNITS} ORDER BY a.granted_at DESC, a.id DESC"
    );
    tx.all(&sql_text, sql.values).await
}

//! Lists of headers by keyset, and the names around one header. A list by area joins no text (a wide scope would pay
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
    /// Who asks, in Japanese.
    pub unit_name: String,
    /// Who asks, in English.
    pub unit_name_en: Option<String>,
    /// Its prefecture's association.
    pub prefecture_name: Option<String>,
    /// Category code.
    pub category: String,
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

const COLUMNS: &str =
    "c.id, c.number, u.name AS unit_name, u.name_en AS unit_name_en, pu.name AS prefecture_name, c.category, c.class, c.line, c.state,
  c.queue_id, c.offered_queue_id, c.responsible_seat_id, c.outcome, c.created_at, c.updated_at, c.turn_since";
const TEXTS: &str = "JOIN consultation_texts t ON t.consultation_id = c.id";
const UNITS: &str = "JOIN units u ON u.id = c.requester_unit_id LEFT JOIN units pu ON pu.id = c.prefecture_id";

/// The fixed condition of a view; `$1` are queues, `$2` is a seat.
const fn narrowed(view: View) -> &'static str {
    match view {
        View::Open => "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state <> 'resolved' AND $2::uuid IS NOT NULL",
        View::Mine => {
            "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state IN ('new', 'triaged', 'in_work') AND c.responsible_seat_id = $2"
        }
        View::New => "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state = 'new' AND $2::uuid IS NOT NULL",
        View::Waiting => {
            "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state IN ('waiting_requester', 'waiting_third_party') AND $2::uuid IS NOT NULL"
        }
        View::Offered => "c.offered_queue_id = ANY ($1) AND c.offered_queue_id IS NOT NULL AND $2::uuid IS NOT NULL",
        View::Closed => "c.queue_id = ANY ($1) AND c.state IN ('resolved', 'closed') AND $2::uuid IS NOT NULL",
    }
}

/// At most `limit` rows of the staff list: heaviest first, then longest there. Only fixed fragments make the statement;
/// every value is a parameter.
pub(crate) async fn staff(
    tx: &Tx,
    queues: Vec<i32>,
    seat: SeatId,
    view: View,
    filter: &StaffFilter,
    after: Option<&StaffCursor>,
    limit: usize,
) -> Result<Vec<ListRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, t.title, p.name AS responsible_name FROM consultations c {TEXTS} {UNITS}
           LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN people p ON p.id = s.person_id
         WHERE {} AND ($3::text IS NULL OR c.class = $3) AND ($4::text IS NULL OR c.category = $4) AND ($5::int IS NULL OR c.prefecture_id = $5)
           AND ($6::text IS NULL OR (c.class, c.created_at, c.id) > ($6, $7, $8)) ORDER BY c.class, c.created_at, c.id LIMIT {limit}",
        narrowed(view)
    );
    let values: [Value; 8] = [
        queues.into(),
        seat.0.into(),
        filter.class.map(|class| class.word()).into(),
        filter.category.clone().into(),
        filter.prefecture.into(),
        after.map(|after| after.class.word()).into(),
        after.map(|after| after.at.at).into(),
        after.map(|after| after.at.id).into(),
    ];
    tx.all(&sql, values).await
}

/// What a unit asked, newest first: open, or resolved and closed.
pub(crate) async fn asked_by(tx: &Tx, unit: UnitId, closed: bool, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let state = if closed { "c.state IN ('resolved', 'closed')" } else { "c.state NOT IN ('resolved', 'closed')" };
    let sql = format!(
        "SELECT {COLUMNS}, t.title, NULL::text AS responsible_name FROM consultations c {TEXTS} {UNITS} WHERE c.requester_unit_id = $1 AND {state}"
    );
    newest(tx, &sql, unit.0, after, limit).await
}

/// Headers below a unit of a level, newest first; for any other level than the two associations' `unit` is a federation.
pub(crate) async fn below(tx: &Tx, level: Level, unit: i32, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let column = match level {
        Level::Municipal => "c.municipal_id",
        Level::Prefectural => "c.prefecture_id",
        _ => "c.federation_id",
    };
    let sql =
        format!("SELECT {COLUMNS}, NULL::text AS title, NULL::text AS responsible_name FROM consultations c {UNITS} WHERE {column} = $1");
    newest(tx, &sql, unit, after, limit).await
}

async fn newest(tx: &Tx, sql: &str, unit: i32, after: Option<Cursor>, limit: usize) -> Result<Vec<ListRow>, StoreError> {
    let sql = format!(
        "{sql} AND ($2::timestamptz IS NULL OR (c.created_at, c.id) < ($2, $3)) ORDER BY c.created_at DESC, c.id DESC LIMIT {limit}"
    );
    tx.all(&sql, [unit.into(), after.map(|after| after.at).into(), after.map(|after| after.id).into()]).await
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
    let sql = format!(
        "SELECT a.granted_at, a.id AS access_id, {COLUMNS}, t.title, NULL::text AS responsible_name
         FROM case_access a JOIN consultations c ON c.id = a.consultation_id {TEXTS} {UNITS}
         WHERE a.unit_id = $1 AND a.revoked_at IS NULL AND ($2::timestamptz IS NULL OR (a.granted_at, a.id) < ($2, $3))
         ORDER BY a.granted_at DESC, a.id DESC LIMIT {limit}"
    );
    tx.all(&sql, [unit.0.into(), after.map(|after| after.at).into(), after.map(|after| after.id).into()]).await
}

/// The facts beside the thread that need names.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct Around {
    /// Who asks.
    pub unit_name: String,
    /// Who asks, in English.
    pub unit_name_en: Option<String>,
    /// Kind of organisation.
    pub unit_kind: String,
    /// The named member.
    pub member_name: Option<String>,
    /// Their number.
    pub member_number: Option<String>,
    /// Their category today; None when lapsed.
    pub member_category: Option<String>,
    /// Queue's name.
    pub queue_name: String,
    /// Queue's name in English.
    pub queue_name_en: String,
    /// Name of the queue it is offered to.
    pub offered_name: Option<String>,
    /// Its name in English.
    pub offered_name_en: Option<String>,
    /// Who answers for it, where the reader may know.
    pub responsible_name: Option<String>,
    /// Category name.
    pub category_name: String,
    /// Category name in English.
    pub category_name_en: String,
    /// Who wrote it, where the reader may know.
    pub opener_name: Option<String>,
}

/// The names around one header.
pub(crate) async fn around(tx: &Tx, case: Uuid) -> Result<Option<Around>, StoreError> {
    let sql = "SELECT u.name AS unit_name, u.name_en AS unit_name_en, u.kind AS unit_kind, m.name AS member_name, m.number AS member_number,
                 mp.category AS member_category, q.name AS queue_name, q.name_en AS queue_name_en, oq.name AS offered_name, oq.name_en AS offered_name_en,
                 p.name AS responsible_name, k.name AS category_name, k.name_en AS category_name_en, o.name AS opener_name
               FROM consultations c JOIN units u ON u.id = c.requester_unit_id JOIN queues q ON q.id = c.queue_id
                 LEFT JOIN queues oq ON oq.id = c.offered_queue_id
                 JOIN desk_categories k ON k.federation_id = c.federation_id AND k.code = c.category
                 LEFT JOIN members m ON m.id = c.member_id
                 LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
                 LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN people p ON p.id = s.person_id LEFT JOIN people o ON o.id = c.opened_by
               WHERE c.id = $1";
    tx.one(sql, [case.into(), tx.clock().today().into()]).await
}

//! Reading consultations: lists by keyset, one case with its thread. Every list names whose rows it wants; row security is
//! the floor. A list by area joins no text; a queue's, a clinic's own and "shared with me" may.

use crate::commands::VerbError;
use crate::model::{Class, Draft, Side, State};
use crate::policy::ReadText;
use crate::rows::{draft, word};
use access::{Actor, Permit};
use kernel::{Cursor, DraftId, QueueId, Slice};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value};
use serde::Serialize;
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// Rows on one page of any list.
pub const PAGE: usize = 50;

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

kernel::words! {
    /// A saved view of the staff list.
    View { Open = "open", Mine = "mine", New = "new", Waiting = "waiting", Offered = "offered", Closed = "closed" }
}

/// Filters of the staff list; every one is a closed word or an id (F12).
#[derive(Clone, Debug, Default)]
pub struct StaffFilter {
    /// Only this queue; all of the seat's queues otherwise.
    pub queue: Option<QueueId>,
    /// Only this class.
    pub class: Option<Class>,
    /// Only this category.
    pub category: Option<String>,
    /// Only institutions of this prefecture.
    pub prefecture: Option<i32>,
}

const COLUMNS: &str = "c.id, c.number, u.name AS unit_name, u.name_en AS unit_name_en, pu.name AS prefecture_name, c.category, c.class, c.line, c.state, c.queue_id, c.offered_queue_id, c.responsible_seat_id, c.outcome, c.created_at, c.updated_at, c.turn_since";
const UNITS: &str = "JOIN units u ON u.id = c.requester_unit_id LEFT JOIN units pu ON pu.id = c.prefecture_id";

/// The staff list: heaviest first, then longest waiting, for the queues of the seat. Pages go on after
/// `(class, created_at, id)`.
///
/// # Errors
/// As the database reports.
pub async fn staff_list(tx: &Tx, actor: &Actor, view: View, filter: &StaffFilter, after: Option<&StaffCursor>) -> Result<(Vec<ListRow>, Option<String>), StoreError> {
    let queues: Vec<i32> = match filter.queue {
        Some(queue) if actor.holds_queue(queue) => vec![queue.0],
        Some(_) => vec![],
        None => actor.queues.iter().map(|q| q.0).collect(),
    };
    // Fixed fragments only; every value is a parameter.
    let narrowed = match view {
        View::Open => "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state <> 'resolved' AND $2::uuid IS NOT NULL",
        View::Mine => "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state IN ('new', 'triaged', 'in_work') AND c.responsible_seat_id = $2",
        View::New => "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state = 'new' AND $2::uuid IS NOT NULL",
        View::Waiting => "c.queue_id = ANY ($1) AND c.state <> 'closed' AND c.state IN ('waiting_requester', 'waiting_third_party') AND $2::uuid IS NOT NULL",
        View::Offered => "c.offered_queue_id = ANY ($1) AND c.offered_queue_id IS NOT NULL AND $2::uuid IS NOT NULL",
        View::Closed => "c.queue_id = ANY ($1) AND c.state IN ('resolved', 'closed') AND $2::uuid IS NOT NULL",
    };
    let sql = format!(
        "SELECT {COLUMNS}, t.title, p.name AS responsible_name FROM consultations c JOIN consultation_texts t ON t.consultation_id = c.id {UNITS} LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN people p ON p.id = s.person_id
         WHERE {narrowed} AND ($3::text IS NULL OR c.class = $3) AND ($4::text IS NULL OR c.category = $4) AND ($5::int IS NULL OR c.prefecture_id = $5)
         AND ($6::text IS NULL OR (c.class, c.created_at, c.id) > ($6, $7, $8)) ORDER BY c.class, c.created_at, c.id LIMIT {}",
        PAGE + 1
    );
    let rows: Vec<ListRow> = tx
        .all(
            &sql,
            [
                queues.into(),
                actor.seat.0.into(),
                filter.class.map(|c| c.word()).into(),
                filter.category.clone().into(),
                filter.prefecture.into(),
                after.map(|a| a.class.word()).into(),
                after.map(|a| a.at.at).into(),
                after.map(|a| a.at.id).into(),
            ],
        )
        .await?;
    let more = rows.len() > PAGE;
    let mut rows = rows;
    rows.truncate(PAGE);
    let next = if more { rows.last().map(|r| format!("{}.{}", r.class, Cursor { at: r.created_at, id: r.id }.encode())) } else { None };
    Ok((rows, next))
}

/// Where a page of the staff list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffCursor {
    /// Class of the last row seen.
    pub class: Class,
    /// Its instant and id.
    pub at: Cursor,
}

impl StaffCursor {
    /// Reads the address form; anything else is None (the caller answers 400).
    pub fn decode(text: &str) -> Option<Self> {
        let (class, rest) = text.split_once('.')?;
        Some(Self { class: class.parse().ok()?, at: Cursor::decode(rest)? })
    }
}

/// The asking side's own list, newest first.
///
/// # Errors
/// As the database reports.
pub async fn own_list(tx: &Tx, actor: &Actor, closed: bool, after: Option<Cursor>) -> Result<Slice<ListRow>, StoreError> {
    let state = if closed { "c.state IN ('resolved', 'closed')" } else { "c.state NOT IN ('resolved', 'closed')" };
    let sql = format!("SELECT {COLUMNS}, t.title, NULL::text AS responsible_name FROM consultations c JOIN consultation_texts t ON t.consultation_id = c.id {UNITS} WHERE c.requester_unit_id = $1 AND {state}");
    keyset(tx, &sql, actor.unit.0.into(), after).await
}

/// Headers of an area, newest first: the seat's municipality or prefecture, or the whole federation. No text is joined.
///
/// # Errors
/// As the database reports.
pub async fn area_list(tx: &Tx, actor: &Actor, after: Option<Cursor>) -> Result<Slice<ListRow>, StoreError> {
    let (column, unit) = match actor.level {
        kernel::Level::Municipal => ("c.municipal_id", actor.unit.0),
        kernel::Level::Prefectural => ("c.prefecture_id", actor.unit.0),
        _ => ("c.federation_id", actor.federation.0),
    };
    let sql = format!("SELECT {COLUMNS}, NULL::text AS title, NULL::text AS responsible_name FROM consultations c {UNITS} WHERE {column} = $1");
    keyset(tx, &sql, unit.into(), after).await
}

/// What was shared with the seat's organisation by consent, newest consent first.
///
/// # Errors
/// As the database reports.
pub async fn shared_list(tx: &Tx, actor: &Actor, after: Option<Cursor>) -> Result<Slice<ListRow>, StoreError> {
    // Driven from the consents: few rows, each then looked up by id.
    let sql = format!(
        "SELECT {}, t.title, NULL::text AS responsible_name FROM case_access a JOIN consultations c ON c.id = a.consultation_id JOIN consultation_texts t ON t.consultation_id = c.id {UNITS}
         WHERE a.unit_id = $1 AND a.revoked_at IS NULL AND ($2::timestamptz IS NULL OR (a.granted_at, a.id) < ($2, $3)) ORDER BY a.granted_at DESC, a.id DESC LIMIT {}",
        COLUMNS.replace("c.updated_at", "c.updated_at, a.granted_at, a.id AS access_id"),
        PAGE + 1
    );
    #[derive(FromQueryResult)]
    struct Shared {
        granted_at: OffsetDateTime,
        access_id: Uuid,
        #[sea_orm(nested)]
        row: ListRow,
    }
    let rows: Vec<Shared> = tx.all(&sql, [actor.unit.0.into(), after.map(|a| a.at).into(), after.map(|a| a.id).into()]).await?;
    Ok(Slice::cut(rows, PAGE, |r| Cursor { at: r.granted_at, id: r.access_id }).map(|shared| shared.row))
}

async fn keyset(tx: &Tx, sql: &str, unit: Value, after: Option<Cursor>) -> Result<Slice<ListRow>, StoreError> {
    let sql = format!("{sql} AND ($2::timestamptz IS NULL OR (c.created_at, c.id) < ($2, $3)) ORDER BY c.created_at DESC, c.id DESC LIMIT {}", PAGE + 1);
    let rows: Vec<ListRow> = tx.all(&sql, [unit, after.map(|a| a.at).into(), after.map(|a| a.id).into()]).await?;
    Ok(Slice::cut(rows, PAGE, |r| Cursor { at: r.created_at, id: r.id }))
}

/// The words of one case.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct Text {
    /// One sentence.
    pub title: String,
    /// What was done first.
    pub done: String,
    /// When it was noticed, as written.
    pub noticed: String,
    /// Call-back number.
    pub phone: String,
    /// Whom to ask for.
    pub contact: String,
}

/// One thing in the thread.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A public message.
    Message {
        /// Identity.
        id: Uuid,
        /// Which side wrote it.
        side: Side,
        /// Who.
        author: String,
        /// From where.
        unit: String,
        /// The words.
        body: String,
        /// When.
        at: OffsetDateTime,
    },
    /// An internal note; the asking side never receives one.
    Note {
        /// Identity.
        id: Uuid,
        /// Who.
        author: String,
        /// The words.
        body: String,
        /// When.
        at: OffsetDateTime,
    },
    /// Something that happened.
    Event {
        /// What, as a closed word.
        verb: String,
        /// From which word.
        from: Option<String>,
        /// To which word.
        to: Option<String>,
        /// Who, where the reader may know it.
        by: Option<String>,
        /// When.
        at: OffsetDateTime,
    },
}

impl Entry {
    fn at(&self) -> OffsetDateTime {
        match self {
            Self::Message { at, .. } | Self::Note { at, .. } | Self::Event { at, .. } => *at,
        }
    }
}

/// The text of a case.
///
/// # Errors
/// `NotFound` when row security hides it in spite of the permit (a consent revoked in between).
pub async fn text(tx: &Tx, permit: &Permit<ReadText>) -> Result<Text, VerbError> {
    tx.one("SELECT title, done, noticed, phone, contact FROM consultation_texts WHERE consultation_id = $1", [permit.subject().into()]).await?.ok_or(VerbError::NotFound)
}

/// The newest `limit` entries of the thread in order; notes only when `notes` (the reader holds a permit for them; row
/// security refuses them anyway). One statement.
///
/// # Errors
/// As the database reports.
pub async fn thread(tx: &Tx, permit: &Permit<ReadText>, notes: bool, limit: i64) -> Result<Vec<Entry>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        kind: String,
        id: Uuid,
        a: String,
        b: Option<String>,
        c: Option<String>,
        d: Option<String>,
        at: OffsetDateTime,
    }
    let note_part = if notes { "UNION ALL (SELECT 'note', id, author_name, body, NULL, NULL, created_at FROM consultation_notes WHERE consultation_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)" } else { "" };
    let sql = format!(
        "SELECT kind, id, a, b, c, d, at FROM (
           (SELECT 'message' AS kind, id, author_name AS a, body AS b, author_unit AS c, side AS d, created_at AS at FROM consultation_messages WHERE consultation_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)
           {note_part}
           UNION ALL (SELECT 'event', e.id, e.verb, e.from_word, e.to_word, p.name, e.created_at FROM consultation_events e LEFT JOIN seats s ON s.id = e.seat_id LEFT JOIN people p ON p.id = s.person_id WHERE e.consultation_id = $1 ORDER BY e.created_at DESC, e.id DESC LIMIT $2)
         ) x ORDER BY at DESC, id DESC LIMIT $2"
    );
    let rows: Vec<Row> = tx.all(&sql, [permit.subject().into(), limit.into()]).await?;
    let mut entries = rows
        .into_iter()
        .map(|r| {
            Ok(match r.kind.as_str() {
                "message" => Entry::Message { id: r.id, side: word(&r.d.unwrap_or_default())?, author: r.a, unit: r.c.unwrap_or_default(), body: r.b.unwrap_or_default(), at: r.at },
                "note" => Entry::Note { id: r.id, author: r.a, body: r.b.unwrap_or_default(), at: r.at },
                _ => Entry::Event { verb: r.a, from: r.b, to: r.c, by: r.d, at: r.at },
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    entries.sort_by_key(Entry::at);
    Ok(entries)
}

/// A live consent of a case.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct ConsentRow {
    /// Receiver word.
    pub receiver: String,
    /// When given.
    pub granted_at: OffsetDateTime,
    /// Version of the words agreed to.
    pub text_version: i32,
}

/// The live consents of a case.
///
/// # Errors
/// As the database reports.
pub async fn consents(tx: &Tx, permit: &Permit<ReadText>) -> Result<Vec<ConsentRow>, StoreError> {
    tx.all(
        "SELECT a.receiver, a.granted_at, t.version AS text_version FROM case_access a JOIN content_texts t ON t.id = a.text_id WHERE a.consultation_id = $1 AND a.revoked_at IS NULL ORDER BY a.granted_at",
        [permit.subject().into()],
    )
    .await
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

/// Names around a header; one statement for list-like facts. Works for everybody who may read the header.
///
/// # Errors
/// As the database reports.
pub async fn around(tx: &Tx, id: Uuid) -> Result<Option<Around>, StoreError> {
    tx.one(
        "SELECT u.name AS unit_name, u.name_en AS unit_name_en, u.kind AS unit_kind, m.name AS member_name, m.number AS member_number, mp.category AS member_category,
                q.name AS queue_name, q.name_en AS queue_name_en, oq.name AS offered_name, oq.name_en AS offered_name_en, p.name AS responsible_name, k.name AS category_name, k.name_en AS category_name_en, o.name AS opener_name
         FROM consultations c JOIN units u ON u.id = c.requester_unit_id JOIN queues q ON q.id = c.queue_id LEFT JOIN queues oq ON oq.id = c.offered_queue_id
         JOIN desk_categories k ON k.federation_id = c.federation_id AND k.code = c.category
         LEFT JOIN members m ON m.id = c.member_id LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
         LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN people p ON p.id = s.person_id LEFT JOIN people o ON o.id = c.opened_by
         WHERE c.id = $1",
        [id.into(), tx.clock().today().into()],
    )
    .await
}

/// A category as the pages of asking and triage show it.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct Category {
    /// Code.
    pub code: String,
    /// Name for staff.
    pub name: String,
    /// Name for staff, in English.
    pub name_en: String,
    /// Symptom for the asking side; None when staff alone choose it.
    pub symptom: Option<String>,
    /// The same in English.
    pub symptom_en: Option<String>,
    /// A helping line.
    pub hint: Option<String>,
    /// The same in English.
    pub hint_en: Option<String>,
    /// `trouble` or `question`.
    pub kind: String,
}

/// The categories in force today, in order.
///
/// # Errors
/// As the database reports.
pub async fn categories(tx: &Tx, actor: &Actor) -> Result<Vec<Category>, StoreError> {
    tx.all(
        "SELECT code, name, name_en, symptom, symptom_en, hint, hint_en, kind FROM desk_categories WHERE federation_id = $1 AND from_on <= $2 AND (until_on IS NULL OR $2 < until_on) ORDER BY sort, code",
        [actor.federation.0.into(), tx.clock().today().into()],
    )
    .await
}

/// The people named as readers of a case.
///
/// # Errors
/// As the database reports.
pub async fn named(tx: &Tx, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: Uuid,
    }
    let rows: Vec<Row> = tx.all("SELECT person_id FROM consultation_people WHERE consultation_id = $1 ORDER BY person_id", [id.into()]).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// A queue's names.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct QueueRow {
    /// Identity.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Line word.
    pub line: String,
}

/// The queues of the federation.
///
/// # Errors
/// As the database reports.
pub async fn queues(tx: &Tx, actor: &Actor) -> Result<Vec<QueueRow>, StoreError> {
    tx.all("SELECT id, name, name_en, line FROM queues WHERE federation_id = $1 AND active ORDER BY id", [actor.federation.0.into()]).await
}

/// A prefecture's association, for the filter.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct PrefectureRow {
    /// Identity.
    pub id: i32,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: Option<String>,
}

/// The prefectural associations of the federation.
///
/// # Errors
/// As the database reports.
pub async fn prefectures(tx: &Tx, actor: &Actor) -> Result<Vec<PrefectureRow>, StoreError> {
    tx.all("SELECT id, name, name_en FROM units WHERE federation_id = $1 AND level = 'prefectural' AND kind = 'prefectural_association' ORDER BY code, id LIMIT 100", [actor.federation.0.into()]).await
}

/// Somebody who can be made responsible, or a colleague who can be named.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct SeatRow {
    /// Seat.
    pub seat_id: Uuid,
    /// Person.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
}

/// The live desk seats that answer from a queue, by name.
///
/// # Errors
/// As the database reports.
pub async fn seats_of_queue(tx: &Tx, queue: QueueId) -> Result<Vec<SeatRow>, StoreError> {
    tx.all(
        "SELECT s.id AS seat_id, s.person_id, p.name FROM seats s JOIN people p ON p.id = s.person_id WHERE s.ended_at IS NULL AND (s.id IN (SELECT seat_id FROM seat_queues WHERE queue_id = $1) OR s.id = (SELECT duty_seat_id FROM queues WHERE id = $1)) ORDER BY p.name, s.id LIMIT 200",
        [queue.0.into()],
    )
    .await
}

/// Colleagues at the actor's own organisation, without the actor.
///
/// # Errors
/// As the database reports.
pub async fn colleagues(tx: &Tx, actor: &Actor) -> Result<Vec<SeatRow>, StoreError> {
    tx.all(
        "SELECT DISTINCT ON (p.name, s.person_id) s.id AS seat_id, s.person_id, p.name FROM seats s JOIN people p ON p.id = s.person_id WHERE s.unit_id = $1 AND s.person_id <> $2 AND s.ended_at IS NULL ORDER BY p.name, s.person_id, s.id LIMIT 200",
        [actor.unit.0.into(), actor.person.0.into()],
    )
    .await
}

/// A member that the asking side may name, with their category today.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct MemberRow {
    /// Member.
    pub id: Uuid,
    /// Number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Category today; None when lapsed. Shown, never a reason to refuse.
    pub category: Option<String>,
}

/// The members who open or manage the actor's institution today.
///
/// # Errors
/// As the database reports.
pub async fn members(tx: &Tx, actor: &Actor) -> Result<Vec<MemberRow>, StoreError> {
    tx.all(
        "SELECT DISTINCT ON (m.number) m.id, m.number, m.name, mp.category FROM member_institutions mi JOIN members m ON m.id = mi.member_id LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
         WHERE mi.unit_id = $1 AND mi.from_on <= $2 AND (mi.until_on IS NULL OR $2 < mi.until_on) ORDER BY m.number LIMIT 50",
        [actor.unit.0.into(), tx.clock().today().into()],
    )
    .await
}

/// One of the actor's own drafts.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub async fn own_draft(tx: &Tx, id: DraftId) -> Result<Draft, VerbError> {
    let row = draft::Entity::find_by_id(id.0).one(tx).await.map_err(StoreError::from)?.filter(|row| row.version > 0).ok_or(VerbError::NotFound)?;
    Ok(Draft::try_from(row)?)
}

/// The actor's drafts that are still open, newest first.
///
/// # Errors
/// As the database reports.
pub async fn own_drafts(tx: &Tx, actor: &Actor) -> Result<Vec<Draft>, StoreError> {
    let rows = draft::Entity::find()
        .filter(draft::Column::PersonId.eq(actor.person.0))
        .filter(draft::Column::SeatId.eq(actor.seat.0))
        .filter(draft::Column::ConsultationId.is_null())
        .filter(draft::Column::Version.gt(0))
        .order_by_desc(draft::Column::UpdatedAt)
        .limit(20)
        .all(tx)
        .await?;
    rows.into_iter().map(Draft::try_from).collect()
}

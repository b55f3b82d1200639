//! The words of a case and what happened to it: texts, messages, notes and events.

use super::word;
use crate::model::{Answers, Side};
use access::Actor;
use kernel::{ConsultationId, FederationId, Locale, MessageId, NoteId};
use sea_orm::{FromQueryResult, Value};
use serde::Serialize;
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

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
        /// From which word; a name where it was an id or a code: a category's, or the person's of a seat that the reader may know.
        from: Option<String>,
        /// To which word or name.
        to: Option<String>,
        /// Who, where the reader may know it.
        by: Option<String>,
        /// When.
        at: OffsetDateTime,
    },
}

/// Writes the words of a new case.
pub(crate) async fn insert_text(tx: &Tx, federation: FederationId, case: ConsultationId, answers: &Answers) -> Result<(), StoreError> {
    let sql = "INSERT INTO consultation_texts (consultation_id, federation_id, title, done, noticed, phone, contact) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        case.0.into(),
        federation.0.into(),
        answers.title.as_str().into(),
        answers.done.as_str().into(),
        answers.noticed.as_str().into(),
        answers.phone.as_str().into(),
        answers.contact.as_str().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Writes a public message of the actor's.
pub(crate) async fn insert_message(
    tx: &Tx,
    actor: &Actor,
    case: ConsultationId,
    side: Side,
    id: MessageId,
    body: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO consultation_messages (id, federation_id, consultation_id, side, author_id, author_seat_id, author_name, author_unit, body, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Value; 10] = [
        id.0.into(),
        actor.federation.0.into(),
        case.0.into(),
        side.word().into(),
        actor.person.0.into(),
        actor.seat.0.into(),
        actor.person_name.as_str().into(),
        actor.unit_name.as_str().into(),
        body.into(),
        tx.clock().now().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Writes an internal note of the actor's.
pub(crate) async fn insert_note(tx: &Tx, actor: &Actor, case: ConsultationId, id: NoteId, body: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO consultation_notes (id, federation_id, consultation_id, author_id, author_seat_id, author_name, body, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        id.0.into(),
        actor.federation.0.into(),
        case.0.into(),
        actor.person.0.into(),
        actor.seat.0.into(),
        actor.person_name.as_str().into(),
        body.into(),
        tx.clock().now().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Something that happened, in closed words or ids; `public` is shown to the asking side too.
pub(crate) struct Happened<'a> {
    pub verb: &'static str,
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub public: bool,
}

/// Writes what the actor made happen.
pub(crate) async fn insert_event(tx: &Tx, actor: &Actor, case: ConsultationId, event: Happened<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO consultation_events (id, federation_id, consultation_id, verb, from_word, to_word, seat_id, public, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        kernel::ids::new_uuid(tx.clock()).into(),
        actor.federation.0.into(),
        case.0.into(),
        event.verb.into(),
        event.from.map(str::to_owned).into(),
        event.to.map(str::to_owned).into(),
        actor.seat.0.into(),
        event.public.into(),
        tx.clock().now().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// One row of the thread; what `a` to `d` hold depends on the kind.
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

impl TryFrom<Row> for Entry {
    type Error = StoreError;
    fn try_from(row: Row) -> Result<Self, StoreError> {
        let Row { kind, id, a, b, c, d, at } = row;
        Ok(match kind.as_str() {
            "message" => {
                let side = word(&d.unwrap_or_default())?;
                Self::Message { id, side, author: a, unit: c.unwrap_or_default(), body: b.unwrap_or_default(), at }
            }
            "note" => Self::Note { id, author: a, body: b.unwrap_or_default(), at },
            _ => Self::Event { verb: a, from: b, to: c, by: d, at },
        })
    }
}

/// What an event went from or to, as its reader says it: a category by its name, a seat by its person's, other words as they are.
/// `$3` is whether the reader reads English.
fn said(column: &str) -> String {
    format!(
        "CASE WHEN e.verb = 'category' THEN coalesce((SELECT CASE WHEN $3::bool THEN k.name_en ELSE k.name END FROM desk_categories k
             WHERE k.federation_id = e.federation_id AND k.code = e.{column}), e.{column})
           WHEN e.verb IN ('assigned', 'handed_over') THEN (SELECT w.name FROM seats h JOIN people w ON w.id = h.person_id WHERE h.id = e.{column}::uuid)
           ELSE e.{column} END"
    )
}

/// The newest `limit` entries of a thread, oldest of them first; one statement.
pub(crate) async fn newest(tx: &Tx, case: Uuid, notes: bool, limit: i64, locale: Locale) -> Result<Vec<Entry>, StoreError> {
    let sql = entries(notes, "");
    let rows: Vec<Row> = tx.all(&sql, [case.into(), limit.into(), (locale == Locale::En).into()]).await?;
    rows.into_iter().rev().map(Entry::try_from).collect()
}

/// The newest `limit` messages and events that came after a version of the case, oldest of them first.
pub(crate) async fn since(tx: &Tx, case: Uuid, seen: i32, limit: i64, locale: Locale) -> Result<Vec<Entry>, StoreError> {
    let sql = entries(false, "AND e.version > $4");
    let rows: Vec<Row> = tx.all(&sql, [case.into(), limit.into(), (locale == Locale::En).into(), seen.into()]).await?;
    rows.into_iter().rev().map(Entry::try_from).collect()
}

/// The statement of a thread, newest first: of the case `$1`, at most `$2` entries, in English when `$3`.
fn entries(notes: bool, only: &str) -> String {
    let part = |columns: &str, from: &str| {
        format!("(SELECT {columns} FROM {from} WHERE e.consultation_id = $1 {only} ORDER BY e.created_at DESC, e.id DESC LIMIT $2)")
    };
    let messages = "'message' AS kind, e.id, e.author_name AS a, e.body AS b, e.author_unit AS c, e.side AS d, e.created_at AS at";
    let events = format!("'event', e.id, e.verb, {}, {}, p.name, e.created_at", said("from_word"), said("to_word"));
    let hands = "consultation_events e LEFT JOIN seats s ON s.id = e.seat_id LEFT JOIN people p ON p.id = s.person_id";
    let mut parts = vec![part(messages, "consultation_messages e")];
    if notes {
        parts.push(part("'note', e.id, e.author_name, e.body, NULL, NULL, e.created_at", "consultation_notes e"));
    }
    parts.push(part(&events, hands));
    format!("SELECT kind, id, a, b, c, d, at FROM ({}) x ORDER BY at DESC, id DESC LIMIT $2", parts.join(" UNION ALL "))
}

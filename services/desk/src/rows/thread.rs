//! The words of a case and what happened to it: texts, messages, notes and events.

use super::case_drafts::Writing;
use super::consents::ConsentRow;
use super::vocabulary::{Vocabulary, WordOf};
use super::word;
use crate::model::{Answers, Side};
use access::Actor;
use kernel::{ConsultationId, FederationId, Locale, MessageId, NoteId};
use sea_orm::{DbErr, FromQueryResult, QueryResult, Value};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use store::{InTurn, StoreError, Tx};
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

/// One row of what hangs on a case; what `a` to `d` hold depends on the kind.
pub(crate) struct Row {
    pub kind: String,
    id: Uuid,
    a: String,
    b: Option<String>,
    c: Option<String>,
    d: Option<String>,
    at: Option<OffsetDateTime>,
}

impl Row {
    /// By place: a thread has hundreds of rows.
    pub(crate) fn in_turn(row: &mut InTurn<'_>) -> Result<Self, DbErr> {
        Ok(Self { kind: row.next()?, id: row.next()?, a: row.next()?, b: row.next()?, c: row.next()?, d: row.next()?, at: row.next()? })
    }
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Self::in_turn(&mut InTurn::of(row)?)
    }
}

/// What hangs on a case, as one reader has it.
#[derive(Debug, Default)]
pub struct Hanging {
    /// The thread, oldest first.
    pub thread: Vec<Entry>,
    /// Live consents, oldest first.
    pub consents: Vec<ConsentRow>,
    /// What the reader has begun about it, by form.
    pub writing: BTreeMap<String, Writing>,
}

/// The words that events go from and to, as the reader reads them: a category by its name, a seat by its person's.
#[derive(Default)]
pub(crate) struct Names {
    seats: HashMap<String, String>,
    categories: HashMap<String, String>,
}

impl Names {
    /// Whose seat it is, for those who may know.
    pub(crate) fn of_seat(&self, seat: Uuid) -> Option<String> {
        self.seats.get(&seat.to_string()).cloned()
    }

    /// None for a seat that the reader may not know.
    fn said(&self, verb: &str, word: Option<String>) -> Option<String> {
        match verb {
            "category" => word.map(|code| self.categories.get(&code).cloned().unwrap_or(code)),
            "assigned" | "handed_over" => word.and_then(|seat| self.seats.get(&seat).cloned()),
            _ => word,
        }
    }
}

/// The newest `limit` messages and events that came after a version of the case, oldest of them first.
pub(crate) async fn since(tx: &Tx, case: Uuid, seen: i32, limit: i64, locale: Locale) -> Result<Vec<Entry>, StoreError> {
    let only = "AND e.version > $3";
    let sql = format!(
        "WITH events AS MATERIALIZED {} {} UNION ALL {} UNION ALL {CATEGORIES}",
        events(only, "$2"),
        newest(&[part(MESSAGE, "consultation_messages", only, "$2")], "", "$2"),
        seats("", "")
    );
    let rows = tx.all(&sql, [case.into(), limit.into(), seen.into()]).await?;
    Ok(hanging(rows, None, locale)?.0.thread)
}

/// Of one kind of entries of the case `$1`, the newest.
fn part(columns: &str, from: &str, only: &str, limit: &str) -> String {
    format!("(SELECT {columns} FROM {from} e WHERE e.consultation_id = $1 {only} ORDER BY e.created_at DESC, e.id DESC LIMIT {limit})")
}

/// What `WITH events AS` holds.
pub(crate) fn events(only: &str, limit: &str) -> String {
    part("e.id, e.verb, e.from_word, e.to_word, e.seat_id, e.created_at", "consultation_events", only, limit)
}

/// Of all kinds, the newest; `beside` are the columns after a [`Row`]'s.
fn newest(kinds: &[String], beside: &str, limit: &str) -> String {
    format!(
        "(SELECT kind, id, a, b, c, d, at{beside} FROM ({} UNION ALL SELECT 'event', id, verb, from_word, to_word, seat_id::text, created_at FROM events) x
           ORDER BY at DESC, id DESC LIMIT {limit})",
        kinds.join(" UNION ALL ")
    )
}

/// The names of the seats that events speak of, each once, and of `more`.
fn seats(beside: &str, more: &str) -> String {
    format!(
        "(SELECT 'seat', s.id, s.person_name, NULL, NULL, NULL, NULL::timestamptz{beside} FROM seats s
           WHERE s.id = ANY (ARRAY(SELECT seat_id FROM events UNION ALL SELECT from_word::uuid FROM events WHERE verb IN ('assigned', 'handed_over')
             UNION ALL SELECT to_word::uuid FROM events WHERE verb IN ('assigned', 'handed_over'){more})))"
    )
}

/// What hangs on the case `$1`: its thread, at most `limit` entries of it and notes where row security gives them; the names of seats, those of the
/// header in `head` too; live consents; what the scope's person has begun. Each row a [`Row`]'s columns and `beside`.
pub(crate) fn hangs(head: &str, beside: &str, limit: &str) -> String {
    let kinds = [
        part(MESSAGE, "consultation_messages", "", limit),
        part("'note', e.id, e.author_name, e.body, NULL, NULL, e.created_at", "consultation_notes", "", limit),
    ];
    let of_head = format!(" UNION ALL SELECT responsible_seat_id FROM {head} UNION ALL SELECT opened_from FROM {head}");
    format!(
        "{} UNION ALL {}
         UNION ALL (SELECT 'consent', a.id, a.receiver, t.version::text, CASE WHEN a.unit_id = scope_int('unit') THEN 'reader' END, NULL, a.granted_at{beside}
           FROM case_access a JOIN content_texts t ON t.id = a.text_id WHERE a.consultation_id = $1 AND a.revoked_at IS NULL)
         UNION ALL (SELECT 'writing', consultation_id, form, fields::text, seen::text, NULL, updated_at{beside} FROM case_drafts
           WHERE person_id = scope_uuid('person') AND consultation_id = $1)",
        newest(&kinds, beside, limit),
        seats(beside, &of_head)
    )
}

const MESSAGE: &str = "'message' AS kind, e.id, e.author_name AS a, e.body AS b, e.author_unit AS c, e.side AS d, e.created_at AS at";
const CATEGORIES: &str =
    "(SELECT 'category', '00000000-0000-0000-0000-000000000000'::uuid, k.code, k.name, k.name_en, NULL, NULL FROM desk_categories k
  WHERE k.federation_id = (SELECT scope_int('federation')) AND k.code = ANY (ARRAY(SELECT from_word FROM events WHERE verb = 'category'
    UNION ALL SELECT to_word FROM events WHERE verb = 'category')))";

/// Rows in any order as what they are; `words` name categories where no rows do.
pub(crate) fn hanging(rows: Vec<Row>, words: Option<&Vocabulary>, locale: Locale) -> Result<(Hanging, Names), StoreError> {
    let (mut told, mut names) = (Hanging::default(), Names::default());
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        match row.kind.as_str() {
            "seat" => drop(names.seats.insert(row.id.to_string(), row.a)),
            "category" => drop(names.categories.insert(row.a, if locale == Locale::En { row.c } else { row.b }.unwrap_or_default())),
            "consent" => told.consents.push(consent(row)?),
            "writing" => drop(told.writing.insert(row.a.clone(), writing(row)?)),
            _ => entries.push(row),
        }
    }
    if let Some(words) = words {
        let changed = entries.iter().filter(|row| row.kind == "event" && row.a == "category");
        for code in changed.flat_map(|row| [&row.b, &row.c]).flatten() {
            if let Some(word) = words.find(WordOf::Category, code) {
                names.categories.insert(code.clone(), word.said(locale).to_owned());
            }
        }
    }
    entries.sort_by_key(|row| (row.at, row.id));
    told.consents.sort_by_key(|consent| consent.granted_at);
    told.thread = entries.into_iter().map(|row| entry(row, &names)).collect::<Result<_, _>>()?;
    Ok((told, names))
}

fn entry(row: Row, names: &Names) -> Result<Entry, StoreError> {
    let Row { kind, id, a, b, c, d, at } = row;
    let at = at.ok_or_else(|| odd("an entry without a time"))?;
    Ok(match kind.as_str() {
        "message" => {
            let side = word(&d.unwrap_or_default())?;
            Entry::Message { id, side, author: a, unit: c.unwrap_or_default(), body: b.unwrap_or_default(), at }
        }
        "note" => Entry::Note { id, author: a, body: b.unwrap_or_default(), at },
        _ => {
            let by = d.and_then(|seat| names.seats.get(&seat).cloned());
            Entry::Event { from: names.said(&a, b), to: names.said(&a, c), verb: a, by, at }
        }
    })
}

fn consent(row: Row) -> Result<ConsentRow, StoreError> {
    let text_version = row.b.and_then(|n| n.parse().ok()).ok_or_else(|| odd("a consent without the words' version"))?;
    let granted_at = row.at.ok_or_else(|| odd("a consent without a time"))?;
    Ok(ConsentRow { receiver: row.a, granted_at, text_version, to_reader: row.c.is_some() })
}

fn writing(row: Row) -> Result<Writing, StoreError> {
    let fields = row.b.and_then(|json| serde_json::from_str(&json).ok()).ok_or_else(|| odd("a draft without fields"))?;
    let seen = row.c.and_then(|n| n.parse().ok()).ok_or_else(|| odd("a draft of no version"))?;
    Ok(Writing { fields, seen, updated_at: row.at.ok_or_else(|| odd("a draft without a time"))? })
}

fn odd(what: &str) -> StoreError {
    StoreError::Internal(what.into())
}

//! One case as its page needs it, in one statement: header, names around it, how the reader stands to it, and the words where
//! row security gives them; with what hangs on it, or alone.

use super::header::{self, Standing, entity};
use super::thread::{self, Hanging, Text};
use super::vocabulary::{Vocabulary, Word, WordOf};
use kernel::{ConsultationId, Locale};
use sea_orm::{DbErr, FromQueryResult, IdenStatic, Iterable, QueryResult};
use serde::Serialize;
use store::{Asking, InTurn, StoreError, Tx};
use time::Date;

/// The facts beside the thread that need names.
#[derive(Clone, Debug, Serialize)]
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

/// All of it.
pub(crate) struct PageRow {
    pub header: entity::Model,
    pub around: Around,
    pub standing: Standing,
    /// None where row security keeps the words from the reader.
    pub text: Option<Text>,
}

/// As the database answers.
struct Answer {
    header: entity::Model,
    standing: Standing,
    text: Option<Text>,
    member_name: Option<String>,
    member_number: Option<String>,
    member_category: Option<String>,
    responsible_name: Option<String>,
    opener_name: Option<String>,
    words: String,
}

impl Answer {
    /// By place, as [`columns`] has them.
    fn in_turn(row: &mut InTurn<'_>) -> Result<Self, DbErr> {
        Ok(Self {
            header: header::in_turn(row)?,
            member_name: row.next()?,
            member_number: row.next()?,
            member_category: row.next()?,
            responsible_name: row.next()?,
            opener_name: row.next()?,
            words: row.next()?,
            standing: Standing { consented: row.next()?, witnessed: row.next()? },
            text: match row.next::<Option<String>>()? {
                Some(title) => Some(Text { title, done: row.next()?, noticed: row.next()?, phone: row.next()?, contact: row.next()? }),
                None => None,
            },
        })
    }
}

impl FromQueryResult for Answer {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        Self::in_turn(&mut InTurn::of(row)?)
    }
}

/// A row of the statement that has everything.
enum Row {
    Case(Box<Answer>),
    Hanging(thread::Row),
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let mut row = InTurn::of(row)?;
        let head = thread::Row::in_turn(&mut row)?;
        if head.kind == CASE { Ok(Self::Case(Box::new(Answer::in_turn(&mut row)?))) } else { Ok(Self::Hanging(head)) }
    }
}

/// The kind of the row that is the case itself.
const CASE: &str = "case";

/// Columns of a header. One by one: `*` in a prepared statement would break when a release beside this one adds a column.
fn header(from: &str) -> String {
    entity::Column::iter().map(|column| format!("{from}{}", column.as_str())).collect::<Vec<_>>().join(", ")
}

/// The columns of [`Answer`], `named` with what is known of names and consents where nothing else asks for them.
fn columns(named: [&str; 3]) -> String {
    let [responsible, opener, consented] = named;
    format!(
        "{}, m.name, m.number, mp.category, {responsible}, {opener}, v.words, {consented}, scope_uuid('witnessed') IS NOT DISTINCT FROM c.id,
         t.title, t.done, t.noticed, t.phone, t.contact",
        header("c.")
    )
}

/// What stands around a header `c` in any case; `$2` is the day.
const AROUND: &str = "JOIN desk_vocabularies v ON v.federation_id = c.federation_id LEFT JOIN members m ON m.id = c.member_id
  LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
  LEFT JOIN consultation_texts t ON t.consultation_id = c.id";

/// A case for its reader; None when it is hidden or absent. It takes its reader from the scope.
pub(crate) async fn read(tx: &Tx, id: ConsultationId) -> Result<Option<PageRow>, StoreError> {
    let today = tx.clock().today();
    let consented =
        "EXISTS (SELECT 1 FROM case_access a WHERE a.consultation_id = c.id AND a.revoked_at IS NULL AND a.unit_id = scope_int('unit'))";
    let sql = format!(
        "SELECT {} FROM consultations c {AROUND} LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN seats o ON o.id = c.opened_from WHERE c.id = $1",
        columns(["s.person_name", "o.person_name", consented])
    );
    let found: Option<Answer> = tx.one(&sql, [id.0.into(), today.into()]).await?;
    Ok(found.map(|answer| page(answer, &mut Vocabulary::default(), today)))
}

/// The statement of a case and what hangs on it, at most `limit` entries of its thread, with the day on which it is asked. Nobody has to be known for
/// it to be asked. One statement: what several need (the header, the names of seats) is read once, and the policies of what hangs on the case
/// ask for the right to its text once.
pub(crate) fn whole(id: ConsultationId, today: Date, limit: i64) -> Asking {
    let columns = columns(["NULL::text", "NULL::text", "false"]);
    let beside = ", NULL".repeat(columns.split(',').count());
    // The first row asks for the right to the text, which the rows after it then need not.
    let sql = format!(
        "WITH head AS MATERIALIZED (SELECT {} FROM consultations WHERE id = $1), events AS MATERIALIZED {}
         (SELECT '{CASE}', c.id, case_right(c.id), NULL::text, NULL::text, NULL::text, NULL::timestamptz, {columns} FROM head c {AROUND}) UNION ALL {}",
        header(""),
        thread::events("", "$3"),
        thread::hangs("head", &beside, "$3")
    );
    Asking::new(sql, [id.0.into(), today.into(), limit.into()])
}

/// The answer to it; None when the case is hidden or absent.
pub(crate) async fn read_whole(tx: &Tx, id: ConsultationId, limit: i64, locale: Locale) -> Result<Option<(PageRow, Hanging)>, StoreError> {
    let today = tx.clock().today();
    let rows: Vec<Row> = tx.answer(whole(id, today, limit)).await?;
    let (mut case, mut hangs) = (None, Vec::with_capacity(rows.len()));
    for row in rows {
        match row {
            Row::Case(answer) => case = Some(answer),
            Row::Hanging(row) => hangs.push(row),
        }
    }
    let Some(answer) = case else { return Ok(None) };
    let (responsible, opener) = (answer.header.responsible_seat_id, answer.header.opened_from);
    let mut words = Vocabulary::default();
    let mut row = page(*answer, &mut words, today);
    let (hanging, names) = thread::hanging(hangs, Some(&words), locale)?;
    row.around.responsible_name = names.of_seat(responsible);
    row.around.opener_name = names.of_seat(opener);
    row.standing.consented = hanging.consents.iter().any(|consent| consent.to_reader);
    Ok(Some((row, hanging)))
}

/// `words` keeps the federation's.
fn page(answer: Answer, words: &mut Vocabulary, today: Date) -> PageRow {
    *words = Vocabulary::new(answer.words, today);
    let queue = |id: i32| words.find(WordOf::Queue, &id.to_string());
    let named = |word: Option<Word>, unnamed: &str| word.map_or(unnamed, |word| word.name).to_owned();
    let in_english = |word: Option<Word>| word.and_then(|word| word.name_en).map(str::to_owned);
    let header = answer.header;
    let (category, held, offered) =
        (words.find(WordOf::Category, &header.category), queue(header.queue_id), header.offered_queue_id.and_then(queue));
    let around = Around {
        unit_name: header.requester_name.clone(),
        unit_name_en: header.requester_name_en.clone(),
        unit_kind: header.requester_kind.clone(),
        member_name: answer.member_name,
        member_number: answer.member_number,
        member_category: answer.member_category,
        queue_name: named(held, ""),
        queue_name_en: in_english(held).unwrap_or_default(),
        offered_name: offered.map(|word| word.name.to_owned()),
        offered_name_en: in_english(offered),
        responsible_name: answer.responsible_name,
        category_name: named(category, &header.category),
        category_name_en: in_english(category).unwrap_or_default(),
        opener_name: answer.opener_name,
    };
    PageRow { header, around, standing: answer.standing, text: answer.text }
}

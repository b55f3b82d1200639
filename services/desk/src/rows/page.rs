//! One case as its page needs it, in one statement: header, names around it, how the reader stands to it, and the words where
//! row security gives them.

use super::header::{self, Standing, entity};
use super::thread::Text;
use super::vocabulary::{Vocabulary, Word, WordOf};
use kernel::ConsultationId;
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

/// By place, as [`of`] has them.
impl FromQueryResult for Answer {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let mut row = InTurn::of(row)?;
        Ok(Self {
            header: header::in_turn(&mut row)?,
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

/// The statement, with the day on which it is asked. It takes its reader from the scope: nobody has to be known for it to be asked.
pub(crate) fn of(id: ConsultationId, today: Date) -> Asking {
    // Column by column: `c.*` in a prepared statement would break when a release beside this one adds a column.
    let header = entity::Column::iter().map(|column| format!("c.{}", column.as_str())).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {header}, m.name AS member_name, m.number AS member_number, mp.category AS member_category, s.person_name AS responsible_name,
                 o.person_name AS opener_name, v.words,
                 EXISTS (SELECT 1 FROM case_access a WHERE a.consultation_id = c.id AND a.revoked_at IS NULL AND a.unit_id = scope_int('unit')) AS consented,
                 scope_uuid('witnessed') IS NOT DISTINCT FROM c.id AS witnessed, t.title, t.done, t.noticed, t.phone, t.contact
               FROM consultations c JOIN desk_vocabularies v ON v.federation_id = c.federation_id
                 LEFT JOIN members m ON m.id = c.member_id
                 LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
                 LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN seats o ON o.id = c.opened_from
                 LEFT JOIN consultation_texts t ON t.consultation_id = c.id
               WHERE c.id = $1"
    );
    Asking::new(sql, [id.0.into(), today.into()])
}

/// A case for its reader; None when it is hidden or absent.
pub(crate) async fn read(tx: &Tx, id: ConsultationId) -> Result<Option<PageRow>, StoreError> {
    let today = tx.clock().today();
    let found: Vec<Answer> = tx.answer(of(id, today)).await?;
    Ok(found.into_iter().next().map(|answer| page(answer, today)))
}

fn page(answer: Answer, today: Date) -> PageRow {
    let words = Vocabulary::new(answer.words, today);
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

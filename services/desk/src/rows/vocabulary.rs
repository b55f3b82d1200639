//! Names that pages choose from and name rows by: categories, queues, prefectures.

use access::Actor;
use kernel::{FederationId, Level, Locale};
use sea_orm::FromQueryResult;
use serde::Serialize;
use store::{StoreError, Tx};
use time::Date;
use time::macros::format_description;

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
pub(crate) async fn categories(tx: &Tx, federation: FederationId) -> Result<Vec<Category>, StoreError> {
    let sql = "SELECT code, name, name_en, symptom, symptom_en, hint, hint_en, kind FROM desk_categories
               WHERE federation_id = $1 AND from_on <= $2 AND (until_on IS NULL OR $2 < until_on) ORDER BY sort, code";
    tx.all(sql, [federation.0.into(), tx.clock().today().into()]).await
}

/// Whether a federation has a category, in force or not: a case may keep one that has ended.
pub(crate) async fn has_category(tx: &Tx, federation: FederationId, code: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM desk_categories WHERE federation_id = $1 AND code = $2";
    Ok(tx.one_raw(sql, [federation.0.into(), code.into()]).await?.is_some())
}

/// What a federation calls its categories, queues and prefectures: one row of `desk_vocabularies`, kept by the database.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    words: String,
    /// Decides which categories are in force.
    today: Option<Date>,
}

/// What a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WordOf {
    /// A category, by its code.
    Category,
    /// A queue, by its id.
    Queue,
    /// An association at the level of prefectures, by its id.
    Prefecture,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Word<'v> {
    /// What it names.
    pub of: WordOf,
    /// A category's code, else an id.
    pub value: &'v str,
    /// Name; a prefecture's in short where it has a short name.
    pub name: &'v str,
    /// Name in English.
    pub name_en: Option<&'v str>,
    /// Whether a filter offers it: categories in force, active queues, prefectural associations. Cases may name others, too.
    pub offered: bool,
}

impl<'v> Word<'v> {
    /// As a reader reads it.
    pub fn said(&self, locale: Locale) -> &'v str {
        self.name_en.filter(|_| locale == Locale::En).unwrap_or(self.name)
    }
}

impl Vocabulary {
    /// From the row's words, as the database writes them (`desk_words`).
    pub(crate) fn new(words: String, today: Date) -> Self {
        Self { words, today: Some(today) }
    }

    /// All words, in the order in which filters offer them. They stay in the text that the database sent: a page looks a few up.
    pub fn words(&self) -> impl Iterator<Item = Word<'_>> {
        self.words.lines().filter_map(|line| read_word(line, self.today))
    }

    /// The word for something.
    pub fn find(&self, of: WordOf, value: &str) -> Option<Word<'_>> {
        self.words().find(|word| word.of == of && word.value == value)
    }

    /// What a filter offers.
    pub fn offered(&self, of: WordOf) -> impl Iterator<Item = Word<'_>> {
        self.words().filter(move |word| word.of == of && word.offered)
    }
}

fn read_word(line: &str, today: Option<Date>) -> Option<Word<'_>> {
    let mut parts = line.split('\t');
    let mut part = || parts.next();
    let (kind, value, name, name_en, from, until, active) = (part()?, part()?, part()?, part()?, part()?, part()?, part()?);
    let (of, offered) = match kind {
        "category" => (WordOf::Category, today.is_some_and(|today| in_force(from, until, today))),
        "queue" => (WordOf::Queue, active == "active"),
        "prefecture" => (WordOf::Prefecture, true),
        _ => (WordOf::Prefecture, false),
    };
    Some(Word { of, value, name, name_en: Some(name_en).filter(|name| !name.is_empty()), offered })
}

fn in_force(from: &str, until: &str, today: Date) -> bool {
    day(from).is_none_or(|from| from <= today) && day(until).is_none_or(|until| today < until)
}

/// A day as the database writes it; an empty one is open.
fn day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// An area below another.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct AreaName {
    /// Its association.
    pub id: i32,
    /// Name, in short where it has a short name.
    pub name: String,
    /// Name in English.
    pub name_en: Option<String>,
}

impl AreaName {
    /// The level of an area directly below a seat's own.
    pub(crate) fn below(&self, actor: &Actor) -> Level {
        if actor.level == Level::Prefectural { Level::Municipal } else { Level::Prefectural }
    }
}

/// An area of a prefecture (a municipality) or of a federation (a prefecture).
pub(crate) async fn area_below(tx: &Tx, level: Level, above: i32, unit: i32) -> Result<Option<AreaName>, StoreError> {
    let condition = match level {
        Level::Prefectural => "prefecture_id = $2 AND level = 'municipal'",
        _ => "federation_id = $2 AND level = 'prefectural'",
    };
    let sql = format!(
        "SELECT id, coalesce(short_name, name) AS name, coalesce(short_name_en, name_en) AS name_en FROM units WHERE id = $1 AND {condition}"
    );
    tx.one(&sql, [unit.into(), above.into()]).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    const WORDS: &str = "category\tGEN\tその他\tOther\t2026-04-01\t\t\ncategory\tOLD\t旧\tFormer\t2020-04-01\t2026-04-01\t\n\
        queue\t7\t一次窓口\tFirst line\t\t\tactive\nqueue\t8\t休止\tResting\t\t\t\nprefecture\t13\t東京\t\t\t\t\nother_prefecture\t14\t大学\t\t\t\t";

    fn offered(today: Date, of: WordOf) -> Vec<String> {
        Vocabulary::new(WORDS.into(), today).offered(of).map(|word| word.value.to_owned()).collect()
    }

    #[test]
    fn what_is_in_force_today_is_offered_and_everything_has_its_name() {
        assert_eq!(offered(date!(2026 - 04 - 01), WordOf::Category), ["GEN"]);
        assert_eq!(offered(date!(2026 - 03 - 31), WordOf::Category), ["OLD"]);
        assert_eq!(offered(date!(2026 - 04 - 01), WordOf::Queue), ["7"]);
        assert_eq!(offered(date!(2026 - 04 - 01), WordOf::Prefecture), ["13"]);
        let words = Vocabulary::new(WORDS.into(), date!(2026 - 04 - 01));
        assert_eq!(words.find(WordOf::Category, "OLD").map(|word| word.name), Some("旧"));
        assert_eq!(words.find(WordOf::Prefecture, "13").and_then(|word| word.name_en), None);
        assert_eq!(words.find(WordOf::Prefecture, "14").map(|word| word.name), Some("大学"));
    }
}

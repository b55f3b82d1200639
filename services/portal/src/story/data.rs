//! The story's data files as plain types. Unknown fields are refused, so that a misspelt one is found by the first test.

use anyhow::Context;
use serde::Deserialize;
use std::collections::BTreeMap;
use time::Date;
use time::macros::format_description;

/// Everything the files say.
pub struct Story {
    pub ground: Ground,
    pub people: People,
    pub categories: Vec<CategoryData>,
    pub cases: Vec<Case>,
}

impl Story {
    /// Reads the embedded files.
    ///
    /// # Errors
    /// A file that does not parse; a fault of this build.
    pub fn load() -> anyhow::Result<Self> {
        Ok(Self {
            ground: toml::from_str(include_str!("ground.toml")).context("ground.toml")?,
            people: toml::from_str(include_str!("people.toml")).context("people.toml")?,
            categories: toml::from_str::<Categories>(include_str!("categories.toml")).context("categories.toml")?.category,
            cases: toml::from_str::<Cases>(include_str!("cases.toml")).context("cases.toml")?.case,
        })
    }
}

/// A date as `2026-04-01`.
#[derive(Clone, Copy, Debug)]
pub struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Date::parse(&text, format_description!("[year]-[month]-[day]")).map(Self).map_err(serde::de::Error::custom)
    }
}

macro_rules! files {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $(pub $field: $type),+ }
    )+};
}

files! {
    /// `ground.toml`.
    Ground { hours: Hours, federation: Vec<Federation>, provider: Vec<Provider>, queue: Vec<Queue> }
    /// A federation and its tree.
    Federation {
        key: String, code: String, prefix: String, name: String, kana: String, en: String, issuer: String, issuer_en: String, client: String,
        hours: Option<Hours>, code_pattern: String, code_example: String, prefectures: Vec<Prefecture>, municipals: Vec<Municipal>, institutions: Vec<Institution>, members: Vec<Member>,
    }
    /// When the desk's telephone is answered.
    Hours { ja: String, en: String }
    /// A prefectural association.
    Prefecture { key: String, code: String, name: String, kana: String, en: String, short: String, short_en: String }
    /// A municipal or university association below a prefecture.
    Municipal { key: String, at: String, kind: String, code: String, name: String, kana: String, en: String }
    /// An institution below a municipal or straight below a prefectural association, and the member who opened it.
    Institution { key: String, at: String, kind: String, code: String, name: String, kana: String, en: String, member: String }
    /// A doctor.
    Member { key: String, number: String, registry: String, name: String, kana: String, en: String, periods: Vec<Period> }
    /// A provider outside every tree.
    Provider { key: String, code: String, name: String, kana: String, en: String, contracts: Vec<Contract> }
    /// A provider's contract.
    Contract { federation: String, from: Day, queues: Vec<String> }
    /// `people.toml`.
    People { group: BTreeMap<String, String>, role: BTreeMap<String, RoleName>, person: Vec<Person> }
    /// A role's name.
    RoleName { ja: String, en: String }
    Categories { category: Vec<CategoryData> }
    Cases { case: Vec<Case> }
}

/// A stretch of membership.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    pub category: String,
    pub from: Day,
    pub until: Option<Day>,
}

/// Who answers a line; `only` limits its route to one prefecture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    pub key: String,
    pub federation: String,
    pub code: String,
    pub name: String,
    pub en: String,
    pub line: String,
    pub unit: String,
    pub duty: String,
    pub only: Option<String>,
}

/// Somebody with seats.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub key: String,
    pub name: String,
    pub kana: String,
    pub en: String,
    pub group: String,
    pub locale: String,
    pub member: Option<String>,
    /// Who invites them by letter, as `person@unit`; everybody else is known at the issuer from the beginning.
    pub invited_by: Option<String>,
    pub seats: Vec<Seat>,
}

/// A role at a unit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    pub unit: String,
    pub role: String,
    #[serde(default)]
    pub queues: Vec<String>,
}

/// A desk category; without a symptom staff alone choose it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryData {
    pub code: String,
    pub name: String,
    pub en: String,
    pub kind: String,
    pub line: String,
    pub class: String,
    pub symptom: Option<String>,
    pub symptom_en: Option<String>,
    pub hint: Option<String>,
    pub hint_en: Option<String>,
}

/// A consultation from its asking on. People are named `person@unit`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub by: String,
    /// How long before now it was asked.
    pub hours_ago: i64,
    pub category: String,
    pub care: Option<desk::Care>,
    #[serde(default)]
    pub noticed: String,
    pub title: String,
    pub body: String,
    #[serde(default)]
    pub done: String,
    pub phone: String,
    pub member: Option<String>,
    pub privacy: desk::Privacy,
    #[serde(default)]
    pub named: Vec<String>,
    /// What the workflow must have made of it in the end; the driver checks it.
    pub ends: desk::State,
    #[serde(default)]
    pub steps: Vec<Act>,
}

/// One act: minutes after the one before, by whom, what.
#[derive(Debug, Deserialize)]
pub struct Act {
    pub after: i64,
    pub by: String,
    #[serde(flatten)]
    pub what: Deed,
}

/// What is done; each is one command of the desk.
#[derive(Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Deed {
    Triage { category: String, class: desk::Class, line: desk::Line },
    Take,
    Reply { text: String },
    AskBack { text: String },
    Note { text: String },
    WaitThird,
    Resume,
    Offer { line: desk::Line },
    Accept,
    Decline,
    Resolve { outcome: desk::Outcome, text: String },
    Close,
    Reopen { text: String },
    Answer { text: String },
    Allow { receiver: desk::Receiver },
    Revoke { receiver: desk::Receiver },
}

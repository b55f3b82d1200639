//! Nouns of the tree.

use kernel::{FederationId, Level, Locale, MemberId, PersonId, UnitId, UnitKind};
use serde::Serialize;
use time::Date;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// The federation; None for a provider, which stands outside.
    pub federation: Option<FederationId>,
    /// Where it stands.
    pub level: Level,
    /// What sort of organisation it is.
    pub kind: UnitKind,
    /// The unit above.
    pub parent: Option<UnitId>,
    /// Its prefectural association, now.
    pub prefecture: Option<UnitId>,
    /// Its municipal association, now; an institution may stand directly under a prefecture.
    pub municipal: Option<UnitId>,
    /// Institution code or the federation's own code; data, never parsed.
    pub code: Option<String>,
    /// Its names.
    pub name: Name,
    /// Since when it exists here.
    pub opened_on: Date,
    /// From when on it does not.
    pub closed_on: Option<Date>,
    /// What it merged into.
    pub merged_into: Option<UnitId>,
}

impl Unit {
    /// Whether it exists on a Tokyo date.
    pub fn is_open(&self, date: Date) -> bool {
        within(self.opened_on, self.closed_on, date)
    }
}

/// An organisation's or a member's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Name {
    /// As written in Japanese.
    pub ja: String,
    /// How it is read.
    pub kana: Option<String>,
    /// In English, when there is one.
    pub en: Option<String>,
}

impl Name {
    /// The name for a reader.
    pub fn say(&self, locale: Locale) -> &str {
        match locale {
            Locale::Ja => &self.ja,
            Locale::En => self.en.as_deref().unwrap_or(&self.ja),
        }
    }
}

/// Where a unit stood and when: `[from_on, until_on)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Home {
    /// Its prefectural association then.
    pub prefecture: Option<UnitId>,
    /// Its municipal association then.
    pub municipal: Option<UnitId>,
    /// First day.
    pub from_on: Date,
    /// First day elsewhere; None while it still stands there.
    pub until_on: Option<Date>,
}

/// An area whose institutions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// Everything under a prefectural association.
    Prefecture(UnitId),
    /// Everything under a municipal association.
    Municipality(UnitId),
}

kernel::words! {
    /// Member category (`programme.md` section 5).
    Category {
        /// Opener or manager of an institution (A①).
        A1 = "A1",
        /// Employed doctor with the association's insurance (A②(B)).
        A2B = "A2B",
        /// Resident with that insurance (A②(C)).
        A2C = "A2C",
        /// Employed doctor without it.
        B = "B",
        /// Resident without it.
        C = "C",
    }
}

kernel::words! {
    /// What a member is to an institution.
    Relation {
        /// Opened it.
        Opener = "opener",
        /// Manages it.
        Manager = "manager",
    }
}

/// A doctor in one federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// The record.
    pub id: MemberId,
    /// The person, if they ever signed in.
    pub person: Option<PersonId>,
    /// Member number.
    pub number: String,
    /// 医籍番号.
    pub registry_number: Option<String>,
    /// Names.
    pub name: Name,
}

/// A stretch of membership, `[from_on, until_on)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// In which category.
    pub category: Category,
    /// First day.
    pub from_on: Date,
    /// First day without; None when open.
    pub until_on: Option<Date>,
}

/// How a membership stands on a date. Shown to the agent; refuses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The category in force.
    pub current: Option<Category>,
    /// Since when that one.
    pub since: Option<Date>,
    /// The last category that was in force before; with `lapsed_since` the fact to show.
    pub last: Option<Category>,
    /// First day without membership, when there was one before and none now.
    pub lapsed_since: Option<Date>,
    /// First day of a membership that has yet to begin.
    pub begins_on: Option<Date>,
}

impl Standing {
    /// Reads the standing on `date` off all periods of a member.
    pub fn on(periods: &[Period], date: Date) -> Self {
        let current = periods.iter().find(|p| within(p.from_on, p.until_on, date));
        let last = periods.iter().filter(|p| p.until_on.is_some_and(|until| until <= date)).max_by_key(|p| p.until_on);
        let next = periods.iter().filter(|p| p.from_on > date).min_by_key(|p| p.from_on);
        Self {
            current: current.map(|p| p.category),
            since: current.map(|p| p.from_on),
            last: last.map(|p| p.category),
            lapsed_since: if current.is_none() { last.and_then(|p| p.until_on) } else { None },
            begins_on: if current.is_none() { next.map(|p| p.from_on) } else { None },
        }
    }
}

/// A member at an institution on a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// Who.
    pub member: Member,
    /// What they are to the institution.
    pub relation: Relation,
    /// How their membership stands on that date.
    pub standing: Standing,
}

/// A provider's contract with the federation, `[from_on, until_on)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contract {
    /// The provider.
    pub provider: UnitId,
    /// Its names; None when the reader may not see the provider itself.
    pub name: Option<Name>,
    /// First day.
    pub from_on: Date,
    /// First day without; None when open.
    pub until_on: Option<Date>,
    /// The queues it answers.
    pub queues: Vec<kernel::QueueId>,
}

/// What a typed code looks like beside the federation's dated shape. A hint, never a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum CodeHint {
    /// As usual.
    Usual,
    /// Unlike the usual shape; an example of it.
    Unusual {
        /// How such a code usually looks.
        example: String,
    },
    /// The federation holds no shape for this level and date.
    Unknown,
}

/// Whether `date` lies in `[from, until)`.
fn within(from: Date, until: Option<Date>, date: Date) -> bool {
    from <= date && until.is_none_or(|until| date < until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn period(category: Category, from_on: Date, until_on: Option<Date>) -> Period {
        Period { category, from_on, until_on }
    }

    #[test]
    fn validity_holds_its_first_day_and_not_its_last() {
        let periods =
            [period(Category::B, date!(2020 - 04 - 01), Some(date!(2024 - 04 - 01))), period(Category::A1, date!(2024 - 04 - 01), None)];
        let before = Standing::on(&periods, date!(2024 - 03 - 31));
        assert_eq!((before.current, before.since), (Some(Category::B), Some(date!(2020 - 04 - 01))));
        let after = Standing::on(&periods, date!(2024 - 04 - 01));
        assert_eq!((after.current, after.last, after.lapsed_since), (Some(Category::A1), Some(Category::B), None));
    }

    #[test]
    fn a_lapsed_membership_says_since_when() {
        let periods = [period(Category::A1, date!(2010 - 04 - 01), Some(date!(2026 - 04 - 01)))];
        let lapsed = Standing::on(&periods, date!(2026 - 11 - 17));
        assert_eq!((lapsed.current, lapsed.last, lapsed.lapsed_since), (None, Some(Category::A1), Some(date!(2026 - 04 - 01))));
        // On the incident's date it was in force.
        assert_eq!(Standing::on(&periods, date!(2026 - 03 - 31)).current, Some(Category::A1));
    }

    #[test]
    fn a_membership_to_come_and_none_at_all_are_told_apart() {
        let periods = [period(Category::A1, date!(2027 - 04 - 01), None)];
        let standing = Standing::on(&periods, date!(2026 - 11 - 17));
        assert_eq!((standing.current, standing.lapsed_since, standing.begins_on), (None, None, Some(date!(2027 - 04 - 01))));
        assert_eq!(Standing::on(&[], date!(2026 - 11 - 17)), Standing::default());
    }
}

//! Time: instants in UTC, calendar dates in Asia/Tokyo. The only place that reads the wall clock.

use std::sync::Arc;
use std::sync::Mutex;
use time::{Date, Duration, Month, OffsetDateTime, UtcOffset};

/// Asia/Tokyo has had one offset, without summer time, since 1952.
pub const TOKYO: UtcOffset = match UtcOffset::from_hms(9, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// Where "now" comes from. Cloning shares the same source.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    Wall,
    Held(Arc<Mutex<OffsetDateTime>>),
}

impl Clock {
    /// The machine's clock.
    pub fn wall() -> Self {
        Self(Source::Wall)
    }

    /// A clock that stands still at `at` until [`Clock::advance`] moves it. For tests and the demo story.
    pub fn held(at: OffsetDateTime) -> Self {
        Self(Source::Held(Arc::new(Mutex::new(at))))
    }

    /// The present instant in UTC, cut to whole microseconds (what PostgreSQL keeps).
    #[allow(clippy::disallowed_methods, reason = "the one place that may read the wall clock")]
    pub fn now(&self) -> OffsetDateTime {
        let now = match &self.0 {
            Source::Wall => OffsetDateTime::now_utc(),
            Source::Held(at) => *at.lock().unwrap_or_else(|poisoned| poisoned.into_inner()),
        };
        now.replace_nanosecond(now.nanosecond() / 1_000 * 1_000).unwrap_or(now)
    }

    /// Moves a held clock; a wall clock cannot be moved and returns false.
    pub fn advance(&self, by: Duration) -> bool {
        match &self.0 {
            Source::Wall => false,
            Source::Held(at) => {
                *at.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) += by;
                true
            }
        }
    }

    /// Sets a held clock to an instant; a wall clock returns false.
    pub fn set(&self, to: OffsetDateTime) -> bool {
        match &self.0 {
            Source::Wall => false,
            Source::Held(at) => {
                *at.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = to;
                true
            }
        }
    }

    /// Today's date in Tokyo.
    pub fn today(&self) -> Date {
        self.now().tokyo_date()
    }
}

/// Reading an instant as people in Japan do.
pub trait Jst {
    /// The same instant on a Tokyo wall clock.
    fn tokyo(&self) -> OffsetDateTime;
    /// The calendar date in Tokyo.
    fn tokyo_date(&self) -> Date {
        self.tokyo().date()
    }
}

impl Jst for OffsetDateTime {
    fn tokyo(&self) -> OffsetDateTime {
        self.to_offset(TOKYO)
    }
}

/// A Japanese fiscal year: April of `0` to March of the next year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiscalYear(pub i32);

impl FiscalYear {
    /// The fiscal year that a Tokyo date falls into.
    pub fn of(date: Date) -> Self {
        Self(if date.month() < Month::April { date.year() - 1 } else { date.year() })
    }
}

/// A year of the present era with its name's locale key part; Reiwa began on 2019-05-01. Earlier dates have none.
pub fn reiwa_year(date: Date) -> Option<i32> {
    let begin = Date::from_calendar_date(2019, Month::May, 1).ok()?;
    (date >= begin).then(|| date.year() - 2018)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn the_fiscal_year_turns_in_april_tokyo_time() {
        assert_eq!(FiscalYear::of(datetime!(2027-03-31 14:59:59 UTC).tokyo_date()), FiscalYear(2026));
        assert_eq!(FiscalYear::of(datetime!(2027-03-31 15:00:00 UTC).tokyo_date()), FiscalYear(2027));
    }

    #[test]
    fn reiwa_begins_in_may_2019() {
        assert_eq!(reiwa_year(date!(2026 - 11 - 17)), Some(8));
        assert_eq!(reiwa_year(date!(2019 - 05 - 01)), Some(1));
        assert_eq!(reiwa_year(date!(2019 - 04 - 30)), None);
    }

    #[test]
    fn a_held_clock_moves_only_when_told() {
        let clock = Clock::held(datetime!(2026-11-17 00:00 UTC));
        let first = clock.now();
        assert_eq!(first, clock.now());
        assert!(clock.advance(Duration::hours(1)));
        assert_eq!(clock.now() - first, Duration::hours(1));
        assert!(!Clock::wall().advance(Duration::hours(1)));
    }
}

//! Instants and dates in words, as people in Japan read them: Asia/Tokyo, eras where an official form asks, and the time
//! that is left. The sentences are in `locales/*/shared.ftl`; this module only chooses among them.

use crate::key;
use crate::words::{Arg, Words, WordsError};
use kernel::clock::reiwa_year;
use kernel::{Jst, Locale};
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

/// An instant in a page. Serialises as RFC 3339 in Tokyo's offset, which is also what `<time datetime>` wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub OffsetDateTime);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&machine(self.0))
    }
}

impl From<OffsetDateTime> for Moment {
    fn from(at: OffsetDateTime) -> Self {
        Self(at)
    }
}

/// A calendar date in a page. Serialises as `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub Date);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

/// How a moment is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// 令和8年11月17日（火）9時12分
    Full,
    /// 令和8年（2026年）11月17日（火）9時12分, for official forms
    Both,
    /// 11月17日 9:12
    Short,
    /// 9:12
    Clock,
    /// 令和8年11月17日（火）
    Date,
    /// 令和8年（2026年）11月17日（火）
    DateBoth,
    /// 11月17日（火）
    Day,
    /// Today the clock, this year the day, otherwise the numbers of the date; for narrow columns
    Row,
}

impl Style {
    /// The word templates use.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "full" => Self::Full,
            "both" => Self::Both,
            "short" => Self::Short,
            "clock" => Self::Clock,
            "date" => Self::Date,
            "date-both" => Self::DateBoth,
            "day" => Self::Day,
            "row" => Self::Row,
            _ => return None,
        })
    }

    /// Whether a date without a time can be said so.
    pub fn fits_date(self) -> bool {
        matches!(self, Self::Date | Self::DateBoth | Self::Day)
    }
}

/// RFC 3339 in Tokyo's offset, in whole seconds. Written by hand: a list has a hundred of them.
pub fn machine(at: OffsetDateTime) -> String {
    let at = at.tokyo();
    let mut text = *b"0000-00-00T00:00:00+09:00";
    let Ok(year) = u16::try_from(at.year()) else { return at.unix_timestamp().to_string() };
    let parts = [
        (0, (year / 100) as u8),
        (2, (year % 100) as u8),
        (5, at.month().into()),
        (8, at.day()),
        (11, at.hour()),
        (14, at.minute()),
        (17, at.second()),
    ];
    for (place, n) in parts {
        text[place] = b'0' + n / 10;
        text[place + 1] = b'0' + n % 10;
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Reads what [`Moment`] writes, and any other RFC 3339.
pub fn read(text: &str) -> Option<OffsetDateTime> {
    written(text.as_bytes()).or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok())
}

/// Exactly what [`machine`] writes.
fn written(text: &[u8]) -> Option<OffsetDateTime> {
    let text: &[u8; 25] = text.try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !text.ends_with(b"+09:00") || marks.iter().any(|(place, mark)| text[*place] != *mark) {
        return None;
    }
    let digit = |place: usize| text[place].is_ascii_digit().then(|| text[place] - b'0');
    let two = |place: usize| Some(digit(place)? * 10 + digit(place + 1)?);
    let year = i32::from(two(0)?) * 100 + i32::from(two(2)?);
    let date = Date::from_calendar_date(year, two(5)?.try_into().ok()?, two(8)?).ok()?;
    Some(date.with_hms(two(11)?, two(14)?, two(17)?).ok()?.assume_offset(kernel::clock::TOKYO))
}

/// Reads a date as [`Day`] writes it.
pub fn read_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Says moments in one language.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    words: &'a Words,
    locale: Locale,
}

impl<'a> Teller<'a> {
    /// A teller for one language.
    pub fn new(words: &'a Words, locale: Locale) -> Self {
        Self { words, locale }
    }

    /// Says an instant. `now` matters for [`Style::Row`] alone.
    pub fn moment(&self, at: OffsetDateTime, style: Style, now: Option<OffsetDateTime>) -> Result<String, WordsError> {
        let at = at.tokyo();
        match style {
            Style::Full => self.join(key!("shared-moment-full"), self.date(at.date(), Style::Date)?, self.clock_words(at)?),
            Style::Both => self.join(key!("shared-moment-full"), self.date(at.date(), Style::DateBoth)?, self.clock_words(at)?),
            Style::Short => self.join(key!("shared-moment-short"), self.month_day(at.date())?, self.clock(at)?),
            Style::Clock => self.clock(at),
            Style::Row => self.row(at, now.map(|n| n.tokyo())),
            Style::Date | Style::DateBoth | Style::Day => self.date(at.date(), style),
        }
    }

    /// Says a date; styles with a time of day fall back to [`Style::Date`].
    pub fn date(&self, date: Date, style: Style) -> Result<String, WordsError> {
        let weekday = date.weekday().number_from_monday();
        if style == Style::Day {
            let args = [("day", date.day().into()), ("month", u8::from(date.month()).into()), ("weekday", weekday.into())];
            return self.words.say(self.locale, key!("shared-date-weekday"), &args);
        }
        let year = self.year(date, style == Style::DateBoth)?;
        let args =
            [("year", year.into()), ("month", u8::from(date.month()).into()), ("day", date.day().into()), ("weekday", weekday.into())];
        self.words.say(self.locale, key!("shared-date"), &args)
    }

    /// How long until `until`, or by how much it has passed: あと23分, 12分超過.
    pub fn left(&self, until: OffsetDateTime, now: OffsetDateTime) -> Result<String, WordsError> {
        let gap = until - now;
        if gap.is_negative() {
            let (unit, n) = Self::measure(-gap, false, 2);
            let key = match unit {
                Unit::Minutes => key!("shared-late-minutes"),
                Unit::Hours => key!("shared-late-hours"),
                Unit::Days => key!("shared-late-days"),
            };
            return self.words.say(self.locale, key, &[("n", n.into())]);
        }
        let (unit, n) = Self::measure(gap, true, 2);
        let key = match unit {
            Unit::Minutes => key!("shared-left-minutes"),
            Unit::Hours => key!("shared-left-hours"),
            Unit::Days => key!("shared-left-days"),
        };
        self.words.say(self.locale, key, &[("n", n.into())])
    }

    /// How long ago: たった今, 5分前, 3時間前, 2日前.
    pub fn since(&self, at: OffsetDateTime, now: OffsetDateTime) -> Result<String, WordsError> {
        let gap = now - at;
        if gap < Duration::minutes(1) {
            return self.words.say(self.locale, key!("shared-ago-now"), &[]);
        }
        // A list sets this beside dates, which count days as well.
        let (unit, n) = Self::measure(gap, false, 1);
        let key = match unit {
            Unit::Minutes => key!("shared-ago-minutes"),
            Unit::Hours => key!("shared-ago-hours"),
            Unit::Days => key!("shared-ago-days"),
        };
        self.words.say(self.locale, key, &[("n", n.into())])
    }

    /// Minutes up to an hour, hours up to so many `days`, then days. Time that is left is rounded up, so "0 minutes left" never
    /// stands there while a minute is running; time gone by is rounded down but is at least one.
    fn measure(gap: Duration, up: bool, days: i64) -> (Unit, i64) {
        let seconds = gap.whole_seconds();
        let count = |unit: i64| if up { (seconds + unit - 1).div_euclid(unit) } else { (seconds / unit).max(1) };
        match seconds {
            s if s < 3_600 => (Unit::Minutes, count(60).max(1)),
            s if s < days * 86_400 => (Unit::Hours, count(3_600)),
            _ => (Unit::Days, count(86_400)),
        }
    }

    fn year(&self, date: Date, both: bool) -> Result<String, WordsError> {
        let western = [("n", Arg::from(date.year()))];
        match (self.locale, reiwa_year(date)) {
            (_, Some(era)) if both => {
                self.words.say(self.locale, key!("shared-year-both"), &[("era", era.into()), ("n", date.year().into())])
            }
            (Locale::Ja, Some(era)) => self.words.say(self.locale, key!("shared-year-era"), &[("era", era.into())]),
            _ => self.words.say(self.locale, key!("shared-year-western"), &western),
        }
    }

    fn month_day(&self, date: Date) -> Result<String, WordsError> {
        let args = [("day", date.day().into()), ("month", u8::from(date.month()).into())];
        self.words.say(self.locale, key!("shared-date-short"), &args)
    }

    fn clock(&self, at: OffsetDateTime) -> Result<String, WordsError> {
        let args = [("hour", at.hour().into()), ("minute", format!("{:02}", at.minute()).into())];
        self.words.say(self.locale, key!("shared-clock"), &args)
    }

    fn clock_words(&self, at: OffsetDateTime) -> Result<String, WordsError> {
        let args = [("hour", at.hour().into()), ("minute", format!("{:02}", at.minute()).into())];
        self.words.say(self.locale, key!("shared-clock-words"), &args)
    }

    fn row(&self, at: OffsetDateTime, now: Option<OffsetDateTime>) -> Result<String, WordsError> {
        match now {
            Some(now) if now.date() == at.date() => self.clock(at),
            Some(now) if now.date().previous_day() == Some(at.date()) => self.words.say(self.locale, key!("shared-yesterday"), &[]),
            Some(now) if now.year() == at.year() => self.month_day(at.date()),
            _ => Ok(format!("{}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())),
        }
    }

    fn join(&self, key: &str, date: String, clock: String) -> Result<String, WordsError> {
        self.words.say(self.locale, key, &[("date", date.into()), ("clock", clock.into())])
    }
}

enum Unit {
    Minutes,
    Hours,
    Days,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    fn said(locale: Locale, style: Style) -> String {
        let words = Words::load().unwrap();
        let at = datetime!(2026-11-17 00:05 UTC);
        Teller::new(&words, locale).moment(at, style, Some(datetime!(2026-11-17 03:00 UTC))).unwrap()
    }

    #[test]
    fn moments_are_said_in_tokyo() {
        assert_eq!(said(Locale::Ja, Style::Full), "令和8年11月17日（火）9時05分");
        assert_eq!(said(Locale::Ja, Style::Both), "令和8年（2026年）11月17日（火）9時05分");
        assert_eq!(said(Locale::Ja, Style::Short), "11月17日 9:05");
        assert_eq!(said(Locale::Ja, Style::Day), "11月17日（火）");
        assert_eq!(said(Locale::Ja, Style::Row), "9:05");
        assert_eq!(said(Locale::En, Style::Full), "Tuesday 17 November 2026, 9:05");
        assert_eq!(said(Locale::En, Style::Short), "17 Nov 9:05");
        assert_eq!(said(Locale::En, Style::DateBoth), "Tuesday 17 November 2026 (Reiwa 8)");
    }

    #[test]
    fn eras_begin_and_end() {
        let words = Words::load().unwrap();
        let ja = Teller::new(&words, Locale::Ja);
        assert_eq!(ja.date(date!(2019 - 05 - 01), Style::Date).unwrap(), "令和元年5月1日（水）");
        assert_eq!(ja.date(date!(2019 - 04 - 30), Style::Date).unwrap(), "2019年4月30日（火）");
    }

    #[test]
    fn time_left_is_rounded_for_the_one_who_waits() {
        let words = Words::load().unwrap();
        let ja = Teller::new(&words, Locale::Ja);
        let now = datetime!(2026-11-17 00:00 UTC);
        let left = |by: Duration| ja.left(now + by, now).unwrap();
        assert_eq!(left(Duration::seconds(1)), "あと1分");
        assert_eq!(left(Duration::minutes(23)), "あと23分");
        assert_eq!(left(Duration::hours(5)), "あと5時間");
        assert_eq!(left(Duration::hours(72)), "あと3日");
        assert_eq!(left(-Duration::minutes(12)), "12分超過");
        assert_eq!(left(-Duration::hours(50)), "2日超過");
        assert_eq!(ja.since(now - Duration::minutes(5), now).unwrap(), "5分前");
        assert_eq!(ja.since(now - Duration::seconds(5), now).unwrap(), "たった今");
        assert_eq!(left(Duration::hours(26)), "あと26時間");
        assert_eq!(ja.since(now - Duration::hours(23), now).unwrap(), "23時間前");
        assert_eq!(ja.since(now - Duration::hours(26), now).unwrap(), "1日前");
    }

    #[test]
    fn an_instant_in_a_page_is_read_back() {
        let at = datetime!(2026-11-17 00:05:09.25 UTC);
        let written = serde_json::to_value(Moment(at)).unwrap();
        assert_eq!(written, "2026-11-17T09:05:09+09:00");
        assert_eq!(read(written.as_str().unwrap()).unwrap(), datetime!(2026-11-17 00:05:09 UTC));
        assert_eq!(read("yesterday"), None);
        for wrong in ["2026-13-17T09:05:09+09:00", "2026-11-31T09:05:09+09:00", "2026-11-17T24:05:09+09:00", "2026-11-17T0x:05:09+09:00"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read("2026-11-17T00:05:09Z").unwrap(), datetime!(2026-11-17 00:05:09 UTC));
        for at in [datetime!(1868-01-01 00:00 UTC), datetime!(9999-12-31 14:59:59 UTC), datetime!(2026-02-28 15:00 UTC)] {
            let usual = at.tokyo().format(&Rfc3339).unwrap();
            assert_eq!((machine(at), read(&usual)), (usual.clone(), Some(at)));
        }
        assert_eq!(read_day("2026-11-27"), Some(date!(2026 - 11 - 27)));
        assert_eq!(read_day("2026-11-27T00:00:00Z"), None);
    }
}

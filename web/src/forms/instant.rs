//! Dates and times as people write them. A person in trouble types what comes to mind; what a reader would understand at
//! once is understood here, and everything else is asked for again with an example.

use crate::phrase;
use crate::words::Phrase;
use kernel::clock::TOKYO;
use kernel::{Jst, text};
use time::{Date, Duration, Month, OffsetDateTime, Time};

/// Reads a date with or without a time of day, in Tokyo. Without a year it is the latest such day that is not after
/// tomorrow; without a time it is the beginning of the day.
pub(super) fn read(raw: &str, now: OffsetDateTime) -> Result<OffsetDateTime, Phrase> {
    let unclear = || phrase!("shared-error-when");
    let plain = text::narrow(raw).to_lowercase().replace("頃", "").replace("ごろ", "").replace("ころ", "");
    if let Ok(exact) = OffsetDateTime::parse(&plain.to_uppercase(), &time::format_description::well_known::Rfc3339) {
        return Ok(exact);
    }
    let (date, rest) = date(&plain, now.tokyo_date()).ok_or_else(unclear)?;
    let time = clock(&rest).ok_or_else(unclear)?;
    Ok(date.with_time(time).assume_offset(TOKYO))
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The date at the beginning of the text, and what follows it.
fn date(plain: &str, today: Date) -> Option<(Date, String)> {
    for (word, back) in [
        ("今日", 0),
        ("きょう", 0),
        ("本日", 0),
        ("today", 0),
        ("昨日", 1),
        ("きのう", 1),
        ("yesterday", 1),
        ("一昨日", 2),
        ("おととい", 2),
    ] {
        if let Some(rest) = plain.strip_prefix(word) {
            return Some((today.checked_sub(Duration::days(back))?, rest.to_owned()));
        }
    }
    let numbers = Numbers::of(plain);
    let (year, month, day, used) = written(plain, &numbers)?;
    let date = match year {
        Some(year) => day_of(year, month, day)?,
        None => {
            let this = day_of(today.year(), month, day).filter(|d| *d <= today + Duration::days(1));
            this.or_else(|| day_of(today.year() - 1, month, day))?
        }
    };
    let rest = plain.get(used..)?.trim_start_matches(['日', ',', 't', ' ', '\u{3000}']);
    // A weekday in brackets says nothing new.
    let rest = match rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
        Some((weekday, after)) if weekday.chars().count() <= 3 => after,
        _ => rest,
    };
    Some((date, rest.to_owned()))
}

type Written = (Option<i32>, u32, u32, usize);

/// Year (if written), month, day and where the date ends.
fn written(plain: &str, numbers: &Numbers) -> Option<Written> {
    if let Some(found) = english(plain, numbers) {
        return Some(found);
    }
    let era = plain.starts_with("令和") || (plain.starts_with('r') && plain.chars().nth(1).is_some_and(|c| c.is_ascii_digit()));
    if plain.starts_with("令和元年") {
        let [month, day, ..] = numbers.0.as_slice() else { return None };
        return Some((Some(2019), month.value, day.value, day.end));
    }
    let first = numbers.0.first()?;
    let begins = if era { first.start <= "令和".len() } else { first.start == 0 };
    if !begins {
        return None;
    }
    let three = era || first.digits == 4 || plain[first.end..].starts_with('年');
    match numbers.0.as_slice() {
        [year, month, day, ..] if three => {
            dated(plain, &[year, month, day])?;
            let year = i32::try_from(year.value).ok()?;
            let year = if era || year < 100 { year + 2018 } else { year };
            Some((Some(year), month.value, day.value, day.end))
        }
        [month, day, ..] if !three => {
            dated(plain, &[month, day])?;
            Some((None, month.value, day.value, day.end))
        }
        _ => None,
    }
}

/// `16 November 2026` and `Nov 16, 2026`; the year may be left out.
fn english(plain: &str, numbers: &Numbers) -> Option<Written> {
    let (month, at) = MONTHS.iter().enumerate().find_map(|(i, m)| Some((u32::try_from(i).ok()? + 1, plain.find(m)?)))?;
    let after = at + plain[at..].chars().take_while(char::is_ascii_alphabetic).map(char::len_utf8).sum::<usize>();
    let day_index = numbers
        .0
        .iter()
        .position(|n| n.end <= at && n.digits <= 2)
        .or_else(|| numbers.0.iter().position(|n| n.start >= after && n.digits <= 2))?;
    let day = numbers.0.get(day_index)?;
    let year = numbers.0.iter().find(|n| n.digits == 4 && n.start >= after);
    let end = day.end.max(after).max(year.map_or(0, |y| y.end));
    Some((year.and_then(|y| i32::try_from(y.value).ok()), month, day.value, end))
}

/// Only signs that part a date may stand between its numbers, so that a telephone number is not read as a day.
fn dated(plain: &str, numbers: &[&Number]) -> Option<()> {
    for pair in numbers.windows(2) {
        let [a, b] = pair else { return None };
        let between = plain.get(a.end..b.start)?.trim();
        if !matches!(between, "/" | "-" | "." | "年" | "月") {
            return None;
        }
    }
    Some(())
}

/// A time of day; nothing is midnight. `6:40`, `6時40分`, `午後1時半`, `6:40 pm`, `06:40:12`.
fn clock(rest: &str) -> Option<Time> {
    let rest = rest.trim().trim_start_matches("の").trim();
    if rest.is_empty() {
        return Some(Time::MIDNIGHT);
    }
    let afternoon = ["午後", "pm", "p.m."].iter().any(|w| rest.contains(w));
    let morning = ["午前", "am", "a.m."].iter().any(|w| rest.contains(w));
    let mut bare = rest.to_owned();
    for word in ["午後", "午前", "p.m.", "a.m.", "pm", "am", "at "] {
        bare = bare.replace(word, "");
    }
    let numbers = Numbers::of(&bare);
    let signs: String = bare.chars().filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).collect();
    let (hour, minute) = match (numbers.0.as_slice(), signs.as_str()) {
        ([h], "時" | "時半" | "") if !signs.is_empty() || afternoon || morning => (h.value, if signs == "時半" { 30 } else { 0 }),
        ([h, m], ":" | "時" | "時分") | ([h, m, _], "::" | "::z" | "時分秒") => (h.value, m.value),
        _ => return None,
    };
    let hour = match (afternoon, morning, hour) {
        (true, _, 1..=11) => hour + 12,
        (_, true, 12) => 0,
        _ => hour,
    };
    Time::from_hms(u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, 0).ok()
}

fn day_of(year: i32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok().filter(|d| (2000..=2100).contains(&d.year()))
}

struct Number {
    value: u32,
    digits: usize,
    start: usize,
    end: usize,
}

/// The runs of digits in a text.
struct Numbers(Vec<Number>);

impl Numbers {
    fn of(plain: &str) -> Self {
        let mut found: Vec<Number> = Vec::new();
        for (at, c) in plain.char_indices() {
            let Some(digit) = c.to_digit(10) else { continue };
            match found.last_mut() {
                Some(last) if last.end == at => {
                    last.value = last.value.saturating_mul(10).saturating_add(digit);
                    last.digits += 1;
                    last.end = at + 1;
                }
                _ => found.push(Number { value: digit, digits: 1, start: at, end: at + 1 }),
            }
        }
        Self(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-17 09:12 +9);

    #[test]
    fn one_instant_is_understood_however_it_is_written() {
        for typed in [
            "2026-11-16T06:40",
            "2026-11-16 6:40",
            "2026/11/16 6:40",
            "2026.11.16 06:40",
            "2026年11月16日 6時40分",
            "2026年11月16日6時40分",
            "令和8年11月16日 6時40分",
            "令和８年１１月１６日　６時４０分",
            "R8.11.16 6:40",
            "r8/11/16 6:40",
            "11/16 6:40",
            "11月16日 6時40分",
            "11月16日（月）6時40分ごろ",
            "11月16日の午前6時40分",
            "昨日 6:40",
            "きのうの6時40分",
            "yesterday at 6:40 am",
            "16 November 2026, 6:40",
            "Nov 16, 2026 6:40 am",
            "16 Nov 6:40",
            "2026-11-16T06:40:00+09:00",
            "2026-11-15T21:40:00Z",
            "１１／１６　６：４０",
        ] {
            assert_eq!(read(typed, NOW).map(|t| t.unix_timestamp()), Ok(datetime!(2026-11-16 06:40 +9).unix_timestamp()), "{typed}");
        }
    }

    #[test]
    fn parts_that_are_left_out_are_filled_in_sensibly() {
        let day = |typed: &str| read(typed, NOW).unwrap();
        assert_eq!(day("11月16日"), datetime!(2026-11-16 00:00 +9));
        assert_eq!(day("12/30 23:00"), datetime!(2025-12-30 23:00 +9));
        assert_eq!(day("令和元年5月1日"), datetime!(2019-05-01 00:00 +9));
        assert_eq!(day("今日 午後1時半"), datetime!(2026-11-17 13:30 +9));
        assert_eq!(day("11/16 午後12時10分"), datetime!(2026-11-16 12:10 +9));
        assert_eq!(day("11/16 午前12時10分"), datetime!(2026-11-16 00:10 +9));
        assert_eq!(day("2024/2/29 8時"), datetime!(2024-02-29 08:00 +9));
    }

    #[test]
    fn what_is_unclear_is_asked_again() {
        for typed in [
            "",
            "先週",
            "2026-13-01",
            "2026/2/30",
            "6:40",
            "090-0000-0123",
            "11/16 25:00",
            "11/16 朝",
            "1 2 3 4 5 6",
            "月",
            "99999999999999999999",
            "r",
            "令和",
            "11-16-2026",
        ] {
            assert_eq!(read(typed, NOW), Err(phrase!("shared-error-when")), "{typed}");
        }
    }
}

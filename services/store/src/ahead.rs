//! What a page is known to read before anybody knows who asks for it.
//!
//! The statements of a page that take their reader from the scope travel with the question who is asking, and with the end of the transaction:
//! one message instead of four or five. Row security decides what they find, exactly as if they had been asked one after the other
//! (infra/decisions/lines.md).

use sea_orm::Value;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use time::macros::datetime;
use time::{Date, OffsetDateTime, UtcOffset};

/// A statement and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    /// The statement; the same text for the same question, for it is prepared once per connection.
    pub sql: String,
    /// Its values. Numbers, ids, times, dates and texts can travel ahead.
    pub values: Vec<Value>,
}

impl Asking {
    /// A statement and its values.
    pub fn new(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }

    /// By what a connection knows the statement.
    pub(crate) fn name(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.sql.hash(&mut hasher);
        format!("ahead_{:016x}", hasher.finish())
    }

    /// The values as they stand in `EXECUTE`; None when one of them is of no kind that is written so.
    pub(crate) fn literals(&self) -> Option<String> {
        let mut written = String::new();
        for (n, value) in self.values.iter().enumerate() {
            written += if n == 0 { "(" } else { "," };
            literal(&mut written, value)?;
        }
        if !written.is_empty() {
            written.push(')');
        }
        Some(written)
    }
}

/// Adds a value. A text goes as the digits of its bytes: whatever somebody typed ends nothing and begins nothing. None for what would be read
/// otherwise than it is meant: one statement that is refused would take the others with it.
fn literal(written: &mut String, value: &Value) -> Option<()> {
    let quoted = |written: &mut String, text: &dyn std::fmt::Display| write!(written, "'{text}'");
    match value {
        Value::Bool(None) | Value::Int(None) | Value::BigInt(None) | Value::String(None) | Value::Uuid(None) => write!(written, "NULL"),
        Value::Bool(Some(word)) => write!(written, "{word}"),
        Value::Int(Some(number)) => write!(written, "{number}"),
        Value::BigInt(Some(number)) => write!(written, "{number}"),
        Value::Uuid(Some(id)) => quoted(written, &id),
        Value::String(Some(text)) if !text.contains('\0') => write!(written, r"convert_from('\x{}','UTF8')", hex::encode(text.as_bytes())),
        Value::TimeDate(Some(date)) if date.year() > 0 => quoted(written, &date),
        Value::TimeDateTimeWithTimeZone(Some(at)) if at.year() > 0 => quoted(written, &instant(*at)),
        _ => return None,
    }
    .ok()
}

/// A time as PostgreSQL reads it, cut to its microseconds as everywhere else.
pub(crate) fn instant(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, (hour, minute, second, micro)) = (at.date(), at.time().as_hms_micro());
    format!("{date} {hour:02}:{minute:02}:{second:02}.{micro:06}+00")
}

/// The same read back: connections of ours speak UTC and ISO 8601. None when it is nothing of the kind.
pub(crate) fn read_instant(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = text.strip_suffix("+00")?.split_once(' ')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u16>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.splitn(3, ':').map(str::parse::<u8>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    let micro = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<u32>().ok()? * 10_u32.pow(6_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?)
    };
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()?;
    Some(date.with_hms_micro(hour, minute, second, micro).ok()?.assume_utc())
}

/// A time from the digits of its bytes, as the server sends it: microseconds since the year 2000 began in UTC.
pub(crate) fn read_bytes(digits: &str) -> Option<OffsetDateTime> {
    let micros = u64::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 16)?.cast_signed();
    datetime!(2000-01-01 00:00 UTC).checked_add(time::Duration::microseconds(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_so_that_none_ends_early() {
        let asking = Asking::new("SELECT $1, $2, $3", ["');DROP TABLE x;--".into(), 7.into(), Value::String(None)]);
        assert_eq!(asking.literals().expect("written"), r"(convert_from('\x27293b44524f50205441424c4520783b2d2d','UTF8'),7,NULL)");
        assert_eq!(Asking::new("SELECT 1", []).literals().expect("written"), "");
        for odd in [1.5_f64.into(), "a\0b".into(), datetime!(-0044-03-15 12:00 UTC).into()] {
            assert!(Asking::new("SELECT $1", [odd]).literals().is_none(), "does not travel");
        }
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for at in [datetime!(2026-11-23 20:41:02 UTC), datetime!(2026-11-23 20:41:02.5 UTC), datetime!(2026-01-02 00:00:00.000001 UTC)] {
            assert_eq!(read_instant(&instant(at)), Some(at));
        }
        assert_eq!(read_bytes("0000000000000001"), Some(datetime!(2000-01-01 00:00:00.000001 UTC)));
        assert_eq!(read_bytes("ffffffffffffffff"), Some(datetime!(1999-12-31 23:59:59.999999 UTC)));
        for odd in ["", "00", "7fffffffffffffff", "000000000000000g", "00000000000000001"] {
            assert_eq!(read_bytes(odd), None, "{odd}");
        }
        assert_eq!(read_instant("2026-11-23 20:41:02+00"), Some(datetime!(2026-11-23 20:41:02 UTC)));
        assert_eq!(read_instant("2026-11-23 20:41:02.12+00"), Some(datetime!(2026-11-23 20:41:02.12 UTC)));
        for odd in ["", "infinity", "2026-11-23", "2026-13-23 20:41:02+00", "2026-11-23 20:41:02+09", "2026-11-23 20:41:02.1234567+00"] {
            assert_eq!(read_instant(odd), None, "{odd}");
        }
    }
}

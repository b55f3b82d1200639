//! Telephone numbers as people in Japan type them.

use crate::phrase;
use crate::words::Phrase;
use kernel::text;

/// Japanese numbers of mobile and IP telephones have eleven digits, all others ten (総務省, 電気通信番号計画). Kept as typed
/// in narrow characters, because the hyphens help the one who dials.
pub(super) fn read(raw: &str) -> Result<String, Phrase> {
    let shown: String = text::narrow(raw).chars().filter(|c| !c.is_whitespace()).collect();
    let wrong = shown.chars().enumerate().any(|(i, c)| !(c.is_ascii_digit() || matches!(c, '-' | '(' | ')') || (c == '+' && i == 0)));
    if wrong {
        return Err(phrase!("shared-error-phone-signs"));
    }
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    if shown.starts_with('+') && !digits.starts_with("81") {
        return if (8..=15).contains(&digits.len()) { Ok(shown) } else { Err(phrase!("shared-error-phone-abroad")) };
    }
    let national = match digits.strip_prefix("81").filter(|_| shown.starts_with('+')) {
        // +81 (0)90…: the zero in brackets belongs to the national form.
        Some(rest) => format!("0{}", rest.trim_start_matches('0')),
        None => digits,
    };
    if !national.starts_with('0') {
        return Err(phrase!("shared-error-phone-area"));
    }
    let wanted = if mobile(&national) { 11 } else { 10 };
    match national.len() {
        n if n == wanted => Ok(shown),
        n if n < wanted => Err(phrase!("shared-error-phone-short", short = wanted - n, wanted = wanted)),
        n => Err(phrase!("shared-error-phone-long", over = n - wanted, wanted = wanted)),
    }
}

/// 0A0 with A from 5 to 9 (0A00 numbers such as 0800 are freephones with eleven digits too).
fn mobile(national: &str) -> bool {
    matches!(national.as_bytes(), [b'0', b'5'..=b'9', b'0', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_as_people_type_them() {
        for (typed, kept) in [
            ("０９０ー００００ー０１２３", "090-0000-0123"),
            ("090 0000 0123", "09000000123"),
            ("03-0000-0000", "03-0000-0000"),
            ("(026)000-0000", "(026)000-0000"),
            ("+81-90-0000-0123", "+81-90-0000-0123"),
            ("+81(0)90-0000-0123", "+81(0)90-0000-0123"),
            ("0120-000-000", "0120-000-000"),
            ("0800-000-0000", "0800-000-0000"),
            ("+1 202 555 0100", "+12025550100"),
        ] {
            assert_eq!(read(typed).as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(read("090-0000-012"), Err(phrase!("shared-error-phone-short", short = 1, wanted = 11)));
        assert_eq!(read("03-0000-00000"), Err(phrase!("shared-error-phone-long", over = 1, wanted = 10)));
        assert_eq!(read("0000-0000"), Err(phrase!("shared-error-phone-short", short = 2, wanted = 10)));
        assert_eq!(read("3000-0000"), Err(phrase!("shared-error-phone-area")));
        assert_eq!(read("受付まで"), Err(phrase!("shared-error-phone-signs")));
        assert_eq!(read("+1 2"), Err(phrase!("shared-error-phone-abroad")));
    }
}

//! The names of the texts that rooms ask for.

use crate::ContentError;

/// What the requester is told about sharing with the federation (programme.md section 6.9).
pub const SHARING: &str = "notice.sharing";
/// The warning beside every field that takes free text.
pub const PATIENT_DATA: &str = "notice.patient-data";
/// When the desk's telephone is answered, in a few words. A fact that changes: dated rows, shown by [`crate::DeskHours`].
pub const DESK_HOURS: &str = "desk.hours";

/// What somebody agrees to who lets `receiver` read a case (the desk's closed word, for example `programme_office`).
///
/// # Errors
/// `Key` when no key can be made of the word.
pub fn consent(receiver: &str) -> Result<String, ContentError> {
    key("consent", receiver)
}

/// The first advice of a desk category: the key of `INC-RAN` is `advice.inc-ran`.
///
/// # Errors
/// `Key` when no key can be made of the code.
pub fn advice(code: &str) -> Result<String, ContentError> {
    key("advice", code)
}

fn key(kind: &str, word: &str) -> Result<String, ContentError> {
    let word = word.to_ascii_lowercase();
    let plain = !word.is_empty()
        && word.len() <= 60
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
    if plain { Ok(format!("{kind}.{word}")) } else { Err(ContentError::Key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_of_plain_words_only() {
        assert_eq!(advice("INC-RAN").expect("key"), "advice.inc-ran");
        assert_eq!(consent("programme_office").expect("key"), "consent.programme_office");
        for bad in ["", "a b", "a.b", "é", "a'b"] {
            assert!(advice(bad).is_err(), "{bad}");
        }
    }
}

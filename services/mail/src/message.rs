//! One mail, checked when it is made.

use crate::MailError;
use kernel::Locale;
use std::fmt;
use std::str::FromStr;
use time::OffsetDateTime;

/// RFC 5321, 4.5.3.1.3 less the angle brackets.
const MAX_ADDRESS: usize = 254;
/// In characters; longer subjects are cut by readers anyway.
const MAX_SUBJECT: usize = 200;
/// In bytes. Mails here say that something happened, never what was written.
const MAX_BODY: usize = 64 * 1024;
const MAX_WORD: usize = 100;

/// A mail address: ASCII, one line, without quoted or commented parts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(lettre::Address);

impl Address {
    /// Reads an address as somebody typed it.
    ///
    /// # Errors
    /// [`MailError::Invalid`] if it is none that we would send to.
    pub fn parse(text: &str) -> Result<Self, MailError> {
        let wrong = MailError::Invalid("address");
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),:;<>[]\\".contains(&b));
        if !plain || text.len() > MAX_ADDRESS {
            return Err(wrong);
        }
        lettre::Address::from_str(text).map(Self).map_err(|_| wrong)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(crate) fn inner(&self) -> lettre::Address {
        self.0.clone()
    }
}

/// Not the address itself: debug output ends up in logs.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

/// What a mail is made of, not yet checked.
#[derive(Clone, Debug)]
pub struct Draft {
    /// To whom.
    pub to: Address,
    /// One line, at most 200 characters.
    pub subject: String,
    /// Plain text, at most 64 KiB; any line ends.
    pub body_text: String,
    /// What makes this mail one and the same when it is tried again: `a-z A-Z 0-9 . _ -`, at most 100. The sender's domain is added.
    pub message_id: String,
    /// The reader's language.
    pub locale: Locale,
    /// The event it tells of, like `desk.consultation_answered.v1`; same characters as the id.
    pub event: String,
    /// The `Date` header.
    pub at: OffsetDateTime,
}

/// A mail that can be sent: no header of it can hold a line break or any other control character.
#[derive(Clone, Debug)]
pub struct Message(Draft);

impl Message {
    /// Checks a draft.
    ///
    /// # Errors
    /// [`MailError::Invalid`] naming the part that cannot be sent. Nothing is dropped or mended silently, but line ends.
    pub fn new(mut draft: Draft) -> Result<Self, MailError> {
        let characters = draft.subject.chars().count();
        if characters == 0 || characters > MAX_SUBJECT || draft.subject.chars().any(breaks_a_line) {
            return Err(MailError::Invalid("subject"));
        }
        if !is_word(&draft.message_id) {
            return Err(MailError::Invalid("message id"));
        }
        if !is_word(&draft.event) {
            return Err(MailError::Invalid("event"));
        }
        draft.body_text = draft.body_text.replace("\r\n", "\n").replace('\r', "\n");
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if draft.body_text.len() > MAX_BODY || draft.body_text.chars().any(control) {
            return Err(MailError::Invalid("body"));
        }
        Ok(Self(draft))
    }

    /// To whom.
    pub fn to(&self) -> &Address {
        &self.0.to
    }

    /// The subject, one line.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The text, lines ended by `\n`.
    pub fn body_text(&self) -> &str {
        &self.0.body_text
    }

    /// The id without the sender's domain.
    pub fn message_id(&self) -> &str {
        &self.0.message_id
    }

    /// The reader's language.
    pub fn locale(&self) -> Locale {
        self.0.locale
    }

    /// The event it tells of.
    pub fn event(&self) -> &str {
        &self.0.event
    }

    /// The `Date` header.
    pub fn at(&self) -> OffsetDateTime {
        self.0.at
    }
}

/// Control characters, and the two Unicode line ends that some programs obey.
pub(crate) fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_word(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    plain && (1..=MAX_WORD).contains(&text.len()) && !text.starts_with('.')
}

//! What a letter is about and what its words are made of. There is no field for a title, a message or a note, so no letter
//! can carry one.

use kernel::Locale;
use time::OffsetDateTime;

/// The events that people are told of by mail. The database function `mail_recipients` knows the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LetterKind {
    /// A consultation arrived at the desk.
    Opened,
    /// The desk answered.
    DeskReplied,
    /// The requester answered.
    RequesterReplied,
    /// It was put into somebody's hands.
    Assigned,
    /// Another queue is asked to take it over.
    Offered,
    /// The desk holds it to be solved.
    Resolved,
    /// It is closed.
    Closed,
    /// It was opened again.
    Reopened,
}

impl LetterKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Opened,
        Self::DeskReplied,
        Self::RequesterReplied,
        Self::Assigned,
        Self::Offered,
        Self::Resolved,
        Self::Closed,
        Self::Reopened,
    ];

    /// The event's name in the outbox.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Opened => "desk.consultation_opened.v1",
            Self::DeskReplied => "desk.desk_replied.v1",
            Self::RequesterReplied => "desk.requester_replied.v1",
            Self::Assigned => "desk.consultation_assigned.v1",
            Self::Offered => "desk.consultation_offered.v1",
            Self::Resolved => "desk.consultation_resolved.v1",
            Self::Closed => "desk.consultation_closed.v1",
            Self::Reopened => "desk.consultation_reopened.v1",
        }
    }

    /// The letter for an event, if there is one.
    pub fn of(event: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.event() == event)
    }

    /// Locale key of the subject; takes `number`.
    pub const fn subject_key(self) -> &'static str {
        match self {
            Self::Opened => "mail-opened-subject",
            Self::DeskReplied => "mail-desk-replied-subject",
            Self::RequesterReplied => "mail-requester-replied-subject",
            Self::Assigned => "mail-assigned-subject",
            Self::Offered => "mail-offered-subject",
            Self::Resolved => "mail-resolved-subject",
            Self::Closed => "mail-closed-subject",
            Self::Reopened => "mail-reopened-subject",
        }
    }

    /// Locale key of the one sentence that says what happened; takes `number`.
    pub const fn lead_key(self) -> &'static str {
        match self {
            Self::Opened => "mail-opened-lead",
            Self::DeskReplied => "mail-desk-replied-lead",
            Self::RequesterReplied => "mail-requester-replied-lead",
            Self::Assigned => "mail-assigned-lead",
            Self::Offered => "mail-offered-lead",
            Self::Resolved => "mail-resolved-lead",
            Self::Closed => "mail-closed-lead",
            Self::Reopened => "mail-reopened-lead",
        }
    }

    /// Locale key of the letter around it; takes `lead`, `link` and `federation`.
    pub const BODY_KEY: &'static str = "mail-body";
}

/// Event name of a letter that collects others, in the `X-Tomoshibi-Event` header.
pub const COLLECTED: &str = "notifications.letters_collected.v1";
/// Locale key of a collecting letter's subject; takes `n`.
pub const COLLECTED_SUBJECT_KEY: &str = "mail-collected-subject";
/// Locale key of its one sentence; takes `n`.
pub const COLLECTED_LEAD_KEY: &str = "mail-collected-lead";
/// Locale key of one case in it; takes `number` and `link`.
pub const COLLECTED_CASE_KEY: &str = "mail-collected-case";
/// Locale key of the line after the last case that is named; takes `n` and `link`.
pub const COLLECTED_MORE_KEY: &str = "mail-collected-more";
/// Locale key of the letter around them; takes `lead`, `cases` and `federation`.
pub const COLLECTED_BODY_KEY: &str = "mail-collected-body";

/// One case that a collecting letter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The consultation's number.
    pub number: String,
    /// Where to read on, after signing in.
    pub link: String,
}

/// All that a collecting letter may be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected<'a> {
    /// How many letters it stands for.
    pub letters: usize,
    /// The cases they are about, each once, the first told of first.
    pub cases: &'a [Case],
    /// Cases that are not named any more.
    pub more: usize,
    /// Where all of them are, after signing in.
    pub home: &'a str,
    /// The federation's name in the reader's language.
    pub federation: &'a str,
}

/// Locale key of an invitation's subject; takes `federation`.
pub const INVITATION_SUBJECT_KEY: &str = "mail-invited-subject";
/// Locale key of an invitation; takes `federation`, `issuer`, `link` and `until`.
pub const INVITATION_BODY_KEY: &str = "mail-invited-body";

/// All that the letter of an invitation may be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation<'a> {
    /// Who invites, in the reader's language.
    pub federation: &'a str,
    /// Where to sign in, in the reader's language.
    pub issuer: &'a str,
    /// What to open; whoever holds it may redeem it, once.
    pub link: &'a str,
    /// Until when.
    pub until: OffsetDateTime,
}

/// All that a letter may be made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The consultation's number, for example `T-2026-0412`.
    pub number: &'a str,
    /// Where to read on, after signing in.
    pub link: &'a str,
    /// The federation's name in the reader's language.
    pub federation: &'a str,
}

/// The words could not be found; a fault of the build. Names the key.
#[derive(Debug, thiserror::Error)]
#[error("letter: {0}")]
pub struct Unsayable(pub String);

/// Says letters in a language; the locale files of `web` do.
pub trait LetterWords: Send + Sync {
    /// One line.
    ///
    /// # Errors
    /// When the locale has no such words.
    fn subject(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable>;

    /// Plain text.
    ///
    /// # Errors
    /// When the locale has no such words.
    fn body(&self, locale: Locale, kind: LetterKind, facts: &Facts<'_>) -> Result<String, Unsayable>;

    /// One line.
    ///
    /// # Errors
    /// When the locale has no such words.
    fn collected_subject(&self, locale: Locale, facts: &Collected<'_>) -> Result<String, Unsayable>;

    /// Plain text.
    ///
    /// # Errors
    /// When the locale has no such words.
    fn collected_body(&self, locale: Locale, facts: &Collected<'_>) -> Result<String, Unsayable>;

    /// One line.
    ///
    /// # Errors
    /// When the locale has no such words.
    fn invitation_subject(&self, locale: Locale, facts: &Invitation<'_>) -> Result<String, Unsayable>;

    /// Plain text.
    ///
    /// # Errors
    /// When the locale has no such words.
    fn invitation_body(&self, locale: Locale, facts: &Invitation<'_>) -> Result<String, Unsayable>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_letter_has_an_event_and_words_of_its_own() {
        let all = LetterKind::ALL;
        for of in [LetterKind::event, LetterKind::subject_key, LetterKind::lead_key] {
            assert_eq!(all.iter().map(|k| of(*k)).collect::<BTreeSet<_>>().len(), all.len());
        }
        for kind in all {
            assert_eq!(LetterKind::of(kind.event()), Some(*kind));
        }
        assert_eq!(LetterKind::of("desk.note_added.v1"), None, "a note is never told of (F17)");
    }
}

//! Telling people that something happened: one letter per event and person, in the reader's language, with a number and a
//! link and never a word of what was written (the attacker may be reading the mailbox).
//!
//! Who is told is decided by the database (`mail_recipients`); whom a letter was promised to is a row before anything is
//! sent, so however often the job runs, each person gets one letter. What goes beyond the budget of an address or a case is
//! collected into one letter, never dropped.

mod collect;
mod invitation;
mod letter;
mod rows;
mod send;

pub use letter::{
    COLLECTED_BODY_KEY, COLLECTED_CASE_KEY, COLLECTED_LEAD_KEY, COLLECTED_MORE_KEY, COLLECTED_SUBJECT_KEY, Case, Collected, Facts,
    INVITATION_BODY_KEY, INVITATION_SUBJECT_KEY, Invitation, LetterKind, LetterWords, Unsayable,
};
pub use rows::Waiting;
pub use send::{Budget, NotifyError, Post, Sent, Why};

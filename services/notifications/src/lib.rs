//! Telling people that something happened: one letter per event and person, in the reader's language, with a number and a
//! link and never a word of what was written (the attacker may be reading the mailbox).
//!
//! Who is told is decided by the database (`mail_recipients`); whom a letter was promised to is a row before anything is
//! sent, so however often the job runs, each person gets one letter.

mod letter;
mod rows;
mod send;

pub use letter::{Facts, LetterKind, LetterWords, Unsayable};
pub use send::{NotifyError, Post, Sent};

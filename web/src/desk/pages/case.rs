//! One consultation, as data.

use super::{Advice, Begun, FileView, Line};
use crate::desk::rows;
use crate::forms::FormView;
use crate::moment::Moment;
use crate::page::{Fragment, Fragments, Page, Said, Sample};
use crate::words::{Label, WordsError};
use serde::Serialize;

/// One thing in the thread.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadEntry {
    /// `message`, `note` or `event`.
    pub kind: &'static str,
    /// Anchor.
    pub id: String,
    /// The desk wrote it.
    pub desk: bool,
    /// Who.
    pub author: String,
    /// From where.
    pub unit: String,
    /// The words.
    pub body: String,
    /// Event word.
    pub verb: String,
    /// From, as a label.
    pub from: Option<Label>,
    /// To, as a label.
    pub to: Option<Label>,
    /// When.
    pub at: Moment,
    /// Its files.
    pub files: Vec<FileView>,
}

/// Of a thread that Rust writes, the template has the files: those of each message that has any.
fn attached<S: serde::Serializer>(thread: &[ThreadEntry], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(thread.iter().filter(|entry| entry.kind == "message" && !entry.files.is_empty()).map(|entry| &entry.files))
}

/// A live consent.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentLine {
    /// Receiver word.
    pub receiver: String,
    /// When given.
    pub at: Moment,
    /// Version of the words.
    pub version: i32,
}

/// An act the reader may do now: a link to its page or a button.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    /// Verb word.
    pub verb: &'static str,
    /// Address.
    pub href: String,
    /// True: a post of one button; false: a page.
    pub post: bool,
}

/// One consultation, for those who may read its text.
#[derive(Serialize)]
pub struct Case {
    /// The list's line of it.
    pub line: Line,
    /// Reader's relation word (`holder`, `offered`, `both`, `opener`, `requester`, `receiver`, `witness`).
    pub who: &'static str,
    /// Whether the reader works at the desk (sees notes and staff words).
    pub staff: bool,
    /// Version for the forms.
    pub version: i32,
    /// Call-back number and whom to ask for.
    pub phone: String,
    /// Whom to ask for.
    pub contact: String,
    /// When noticed, as written.
    pub noticed: String,
    /// What was done first.
    pub done: String,
    /// Care word.
    pub care: &'static str,
    /// Privacy word.
    pub privacy: &'static str,
    /// Line word.
    pub desk_line: &'static str,
    /// Queue's name.
    pub queue: String,
    /// Queue it is offered to.
    pub offered_to: Option<String>,
    /// Kind of organisation, as a word.
    pub unit_kind: String,
    /// The named member.
    pub member: Option<String>,
    /// Member's number.
    pub member_number: Option<String>,
    /// Member's category today; None when lapsed.
    pub member_category: Option<String>,
    /// Who wrote it.
    pub opener: Option<String>,
    /// When the desk first answered.
    pub first_answer_at: Option<Moment>,
    /// Until when it may be reopened.
    pub reopen_until: Option<Moment>,
    /// Consents.
    pub consents: Vec<ConsentLine>,
    /// The thread; the template has only the files, message by message.
    #[serde(serialize_with = "attached")]
    pub thread: Vec<ThreadEntry>,
    /// The reply or answer form, when the reader may write now.
    pub form: Option<FormView>,
    /// Where it is posted.
    pub action: String,
    /// What was begun in it.
    pub begun: Option<Begun>,
    /// Files waiting for the next message.
    pub pending: Vec<FileView>,
    /// Acts beside writing.
    pub acts: Vec<Act>,
    /// The list the reader came from.
    pub back: String,
    /// What to do until the desk answers, for whoever asked.
    pub advice: Option<Advice>,
}

impl Page for Case {
    const TEMPLATE: &'static str = "desk/case.html";
    fn fragments(&self, said: &Said) -> Result<Fragments, WordsError> {
        Ok(vec![("thread", Fragment::Pieces(rows::thread(&self.thread, self.staff, said)?))])
    }
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::case()
    }
}

/// One consultation, for those who may know that it exists and no more.
#[derive(Serialize)]
pub struct Header {
    /// The list's line of it; no title.
    pub line: Line,
    /// Care word.
    pub care: &'static str,
    /// Queue's name.
    pub queue: String,
    /// When the desk first answered.
    pub first_answer_at: Option<Moment>,
    /// Where an auditor reads the text with a reason.
    pub witness: Option<String>,
    /// The list the reader came from.
    pub back: String,
}

impl Page for Header {
    const TEMPLATE: &'static str = "desk/header.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::header()
    }
}

//! Asking, step by step, as data.

use super::{DraftLine, FileView};
use crate::forms::FormView;
use crate::moment::Moment;
use crate::page::{Page, Sample};
use crate::pages::Again;
use crate::words::{Label, Phrase};
use serde::Serialize;

/// Before asking: go on with a draft, or begin.
#[derive(Serialize)]
pub struct AskStart {
    /// Drafts to go on with.
    pub drafts: Vec<DraftLine>,
}

impl Page for AskStart {
    const TEMPLATE: &'static str = "desk/ask_start.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::ask_start()
    }
}

/// First advice beside the form, as dated text.
#[derive(Clone, Serialize)]
pub struct Advice {
    /// For what, in the reader's language; None where the page says it already.
    pub about: Option<String>,
    /// Lines, in order.
    pub lines: Vec<String>,
}

/// One question of asking.
#[derive(Serialize)]
pub struct AskStep {
    /// Step word.
    pub step: &'static str,
    /// Which question, from 1.
    pub at: usize,
    /// Of how many.
    pub of: usize,
    /// The form.
    pub form: FormView,
    /// Where it is posted.
    pub action: String,
    /// Where it is kept while somebody types; None where nobody does.
    pub keep: Option<String>,
    /// When what was begun here was kept.
    pub kept_at: Option<Moment>,
    /// The draft's version.
    pub version: i32,
    /// The step before.
    pub back: String,
    /// Codes of troubles (symptom step).
    pub trouble: Vec<String>,
    /// Codes of questions (symptom step).
    pub question: Vec<String>,
    /// A chosen member's membership has lapsed: shown, never a refusal.
    pub lapsed: bool,
    /// First advice while the form is open.
    pub advice: Option<Advice>,
}

impl Page for AskStep {
    const TEMPLATE: &'static str = "desk/ask_step.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::ask_step()
    }
}

/// 409: a step was answered in another window since its page was made.
#[derive(Serialize)]
pub struct AskOvertaken {
    /// Step word.
    pub step: &'static str,
    /// What is there now.
    pub there: Vec<AnswerLine>,
    /// What was sent, for the draft of now.
    pub again: Again,
    /// Where the step is answered anew.
    pub open: String,
}

impl Page for AskOvertaken {
    const TEMPLATE: &'static str = "desk/ask_overtaken.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::ask_overtaken()
    }
}

/// The step of asking that takes files.
#[derive(Serialize)]
pub struct AskFiles {
    /// Which question.
    pub at: usize,
    /// Of how many.
    pub of: usize,
    /// The form that announces a file.
    pub form: FormView,
    /// Where it is posted.
    pub announce: String,
    /// Where "next" is posted.
    pub action: String,
    /// The step before.
    pub back: String,
    /// Files so far.
    pub files: Vec<FileView>,
    /// First advice while the form is open.
    pub advice: Option<Advice>,
}

impl Page for AskFiles {
    const TEMPLATE: &'static str = "desk/ask_files.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::ask_files()
    }
}

/// An answer to check.
#[derive(Clone, Serialize)]
pub struct AnswerLine {
    /// The question.
    pub label: Phrase,
    /// The answer; None when left empty.
    pub value: Option<Label>,
    /// Where to change it.
    pub href: String,
    /// Missing: must be filled in before sending.
    pub missing: bool,
    /// Something else is being written there and not in it yet.
    pub begun: bool,
}

/// Check your answers.
#[derive(Serialize)]
pub struct AskCheck {
    /// Which question.
    pub at: usize,
    /// Of how many.
    pub of: usize,
    /// The form that sends.
    pub form: FormView,
    /// Where it is posted.
    pub action: String,
    /// The step before.
    pub back: String,
    /// The answers.
    pub answers: Vec<AnswerLine>,
    /// Files.
    pub files: Vec<FileView>,
    /// Where files are changed.
    pub files_href: String,
    /// How many answers are missing.
    pub missing: usize,
    /// The sharing notice in the reader's language.
    pub sharing: Option<String>,
    /// The words of each consent, by receiver.
    pub consents: Vec<ConsentText>,
}

/// The words of a consent.
#[derive(Clone, Serialize)]
pub struct ConsentText {
    /// Receiver word.
    pub receiver: &'static str,
    /// The words, in the reader's language.
    pub text: String,
    /// Version of the words.
    pub version: i32,
}

impl Page for AskCheck {
    const TEMPLATE: &'static str = "desk/ask_check.html";
    fn samples() -> Vec<Sample<Self>> {
        crate::desk::samples::ask_check()
    }
}

//! The demo's pages as data.

use super::samples;
use crate::moment::Moment;
use crate::page::{Density, Page, Sample};
use serde::Serialize;

/// A letter in the list.
#[derive(Clone, Debug, Serialize)]
pub struct LetterLine {
    /// Where to read it.
    pub href: String,
    /// The address it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub at: Moment,
    /// The event it tells of.
    pub event: String,
}

/// The letters, the newest first.
#[derive(Serialize)]
pub struct Letters {
    /// Whether letters are kept in a folder at all.
    pub kept: bool,
    /// The letters of this page.
    pub letters: Vec<LetterLine>,
    /// Number of the first one shown.
    pub from: usize,
    /// Number of the last one shown.
    pub until: usize,
    /// All letters.
    pub total: usize,
    /// The first page, when this is not it.
    pub first: String,
    /// The next page, if there is one.
    pub next: String,
    /// Letters on it.
    pub next_count: usize,
}

impl Page for Letters {
    const TEMPLATE: &'static str = "demo/letters.html";
    const DENSITY: Density = Density::Dense;
    fn samples() -> Vec<Sample<Self>> {
        samples::letters()
    }
}

/// One line of a letter.
#[derive(Clone, Debug, Serialize)]
pub struct TextLine {
    /// The line.
    pub text: String,
    /// Its path, when the line is an address of ours.
    pub href: Option<String>,
}

/// One letter.
#[derive(Serialize)]
pub struct Letter {
    /// The address it went to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub at: Moment,
    /// The event it tells of.
    pub event: String,
    /// The reader's language, as a tag.
    pub language: String,
    /// The plain text, line by line.
    pub lines: Vec<TextLine>,
}

impl Page for Letter {
    const TEMPLATE: &'static str = "demo/letter.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::letter()
    }
}

//! The demo's pages as data.

use crate::moment::Moment;
use crate::page::{Density, Page, Sample, Viewer};
use serde::Serialize;
use time::macros::datetime;

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
        let letter = |n: u8| LetterLine {
            href: format!("/_mail/{n}.eml"),
            to: "aizawa@clinic.example".into(),
            subject: "【ともしび】ご相談に返事がありました".into(),
            at: Moment(datetime!(2026-11-17 09:05 +9)),
            event: "desk.consultation_answered.v1".into(),
        };
        let page = |letters: Vec<LetterLine>, kept| Self {
            kept,
            from: 1,
            until: letters.len(),
            total: letters.len(),
            first: String::new(),
            next: String::new(),
            next_count: 0,
            letters,
        };
        let middle = Self {
            from: 26,
            until: 28,
            total: 40,
            first: "/_mail".into(),
            next: "/_mail?page=3".into(),
            next_count: 12,
            ..page((1..4).map(letter).collect(), true)
        };
        vec![
            Sample::new("some", page((1..3).map(letter).collect(), true)).seen_by(Viewer::Visitor),
            Sample::new("pages", middle).seen_by(Viewer::Visitor),
            Sample::new("none", page(Vec::new(), true)).seen_by(Viewer::Visitor),
            Sample::new("sent-elsewhere", page(Vec::new(), false)).seen_by(Viewer::Visitor),
        ]
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
        let line = |text: &str, href: Option<&str>| TextLine { text: text.into(), href: href.map(str::to_owned) };
        let lines = vec![
            line("相沢 美緒 さん", None),
            line("", None),
            line("ご相談（T-2026-0412）に返事がありました。", None),
            line("http://localhost:8780/c/0198a7c2-0000-7000-8000-000000000001", Some("/c/0198a7c2-0000-7000-8000-000000000001")),
        ];
        let letter = Self {
            to: "aizawa@clinic.example".into(),
            subject: "【ともしび】ご相談に返事がありました".into(),
            at: Moment(datetime!(2026-11-17 09:05 +9)),
            event: "desk.consultation_answered.v1".into(),
            language: "ja".into(),
            lines,
        };
        vec![Sample::new("one", letter).seen_by(Viewer::Visitor)]
    }
}

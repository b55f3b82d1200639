//! Samples of the demo's pages.

use super::pages::{Letter, LetterLine, Letters, TextLine};
use crate::moment::Moment;
use crate::page::{Sample, Viewer};
use time::macros::datetime;

pub fn letters() -> Vec<Sample<Letters>> {
    let letter = |n: u8| LetterLine {
        href: format!("/_mail/{n}.eml"),
        to: "aizawa@clinic.example".into(),
        subject: "【ともしび】ご相談に返事がありました".into(),
        at: Moment(datetime!(2026-11-17 09:05 +9)),
        event: "desk.consultation_answered.v1".into(),
    };
    let page = |letters: Vec<LetterLine>, kept| Letters {
        kept,
        from: 1,
        until: letters.len(),
        total: letters.len(),
        first: String::new(),
        next: String::new(),
        next_count: 0,
        letters,
    };
    let middle = Letters {
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

pub fn letter() -> Vec<Sample<Letter>> {
    let line = |text: &str, href: Option<&str>| TextLine { text: text.into(), href: href.map(str::to_owned) };
    let lines = vec![
        line("相沢 美緒 さん", None),
        line("", None),
        line("ご相談（T-2026-0412）に返事がありました。", None),
        line("http://localhost:8780/c/0198a7c2-0000-7000-8000-000000000001", Some("/c/0198a7c2-0000-7000-8000-000000000001")),
    ];
    let letter = Letter {
        to: "aizawa@clinic.example".into(),
        subject: "【ともしび】ご相談に返事がありました".into(),
        at: Moment(datetime!(2026-11-17 09:05 +9)),
        event: "desk.consultation_answered.v1".into(),
        language: "ja".into(),
        lines,
    };
    vec![Sample::new("one", letter).seen_by(Viewer::Visitor)]
}

//! What stands around every page: language, menu, the seat a person acts from, and what forms must carry.

use crate::moment::Moment;
use crate::pages::Kept;
use crate::words::{Label, Phrase};
use kernel::Locale;
use serde::Serialize;
use time::OffsetDateTime;

/// How closely a page is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Density {
    /// 17 px and 48 px controls: clinics and everybody who comes seldom.
    Roomy,
    /// 14 px and 36 px rows: people who work here all day.
    Dense,
}

/// A place in the menu.
#[derive(Clone, Debug)]
pub struct MenuItem {
    /// Its name.
    pub label: Phrase,
    /// Its address.
    pub href: String,
    /// Whether the reader is there.
    pub current: bool,
}

/// The seat a person acts from; shown on every signed-in page and posted back by every form.
#[derive(Clone, Debug, Serialize)]
pub struct SeatLine {
    /// The person's name, as they write it.
    pub person: String,
    /// The organisation's name in the reader's language where there is one.
    pub organisation: String,
    /// The role's stored word (`access::Role::word`).
    pub role: &'static str,
    /// The seat's id; forms carry it as `_seat`.
    pub seat_id: String,
    /// Live seats of the person; the switch shows when there is more than one.
    pub seat_count: i64,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Something to know.
    Info,
    /// It worked.
    Done,
    /// Something to put right.
    Warn,
}

/// A sentence at the top of the page, for example after a redirect.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// What sort.
    pub tone: Tone,
    /// The sentence.
    pub phrase: Phrase,
}

/// The desk's telephone and when it is answered, as the content of the day says.
#[derive(Clone, Debug, Serialize)]
pub struct Contact {
    /// The number as people read it.
    pub phone: String,
    /// Digits only, for `tel:`.
    pub digits: String,
    /// Hours in words, in the reader's language; or that one has to ask.
    pub hours: Label,
}

/// Everything around a page. Built once per request.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The reader's language.
    pub locale: Locale,
    /// Overrides the page's own density.
    pub density: Option<Density>,
    /// Path and query of this page, for the language switch.
    pub path: String,
    /// The request's instant.
    pub now: OffsetDateTime,
    /// The main menu, as the seat has it.
    pub menu: Vec<MenuItem>,
    /// Links at the end of the seat line (sessions, settings).
    pub tools: Vec<MenuItem>,
    /// The emergency door's address.
    pub emergency: Option<String>,
    /// None while nobody is signed in.
    pub seat: Option<SeatLine>,
    /// The session's CSRF token; forms carry it as `_csrf`.
    pub csrf: String,
    /// The request's id; error pages show it.
    pub request_id: String,
    /// What to say first.
    pub notices: Vec<Notice>,
    /// The desk's telephone.
    pub contact: Option<Contact>,
    /// What somebody typed that this page, a problem's, does not hold itself.
    pub kept: Vec<Kept>,
    /// The stream that says what moves while the page is open.
    pub live: Option<String>,
    /// Where the latest stands, when that is not this page's own address: it is opened beside a page that holds what somebody typed.
    pub latest: Option<String>,
}

impl Shell {
    /// The shell of a page that nobody is signed in for.
    pub fn visitor(locale: Locale, now: OffsetDateTime) -> Self {
        Self {
            locale,
            density: None,
            path: "/".to_owned(),
            now,
            menu: Vec::new(),
            tools: Vec::new(),
            emergency: None,
            seat: None,
            csrf: String::new(),
            request_id: String::new(),
            notices: Vec::new(),
            contact: None,
            kept: Vec::new(),
            live: None,
            latest: None,
        }
    }

    pub(super) fn view(&self, density: Density, traceless: bool) -> ShellView<'_> {
        ShellView {
            lang: self.locale,
            density: self.density.unwrap_or(density),
            now: Moment(self.now),
            desk: self.menu.iter().any(|item| item.href == "/queue"),
            emergency: self.emergency.as_deref(),
            seat: self.seat.as_ref(),
            csrf: &self.csrf,
            request_id: if traceless { "" } else { &self.request_id },
            notices: &self.notices,
            contact: self.contact.as_ref(),
            kept: &self.kept,
            live: self.live.as_deref().filter(|_| !traceless),
            again: self.latest.as_deref().unwrap_or(&self.path),
            aside: self.latest.is_some(),
        }
    }
}

/// The shell as templates see it; the frame of a page is written in Rust.
#[derive(Serialize)]
pub(super) struct ShellView<'a> {
    lang: Locale,
    density: Density,
    now: Moment,
    /// Whether the reader answers at a desk.
    desk: bool,
    emergency: Option<&'a str>,
    seat: Option<&'a SeatLine>,
    csrf: &'a str,
    request_id: &'a str,
    notices: &'a [Notice],
    contact: Option<&'a Contact>,
    kept: &'a [Kept],
    live: Option<&'a str>,
    again: &'a str,
    aside: bool,
}

#[cfg(any(test, feature = "demo"))]
impl Shell {
    /// The shell that samples are shown in.
    pub(crate) fn sample(viewer: super::Viewer, locale: Locale, now: OffsetDateTime) -> Self {
        use super::Viewer;
        let item = |label: Phrase, current| MenuItem { label, href: "/sample".to_owned(), current };
        let contact = Contact {
            phone: "0120-000-000".to_owned(),
            digits: "0120000000".to_owned(),
            hours: Label::text(if locale == Locale::Ja { "毎日6時〜21時" } else { "daily 6:00 to 21:00" }),
        };
        let seat = |person: &str, organisation: &str, role, seat_count| SeatLine {
            person: person.to_owned(),
            organisation: organisation.to_owned(),
            role,
            seat_id: "0198a7c2-0000-7000-8000-000000000001".to_owned(),
            seat_count,
        };
        let base = Self {
            path: "/sample?x=1".to_owned(),
            csrf: "sample-token".to_owned(),
            request_id: "0198a7c2-0000-7000-8000-00000000abcd".to_owned(),
            emergency: Some("/emergency".to_owned()),
            contact: Some(contact),
            ..Self::visitor(locale, now)
        };
        match viewer {
            Viewer::Visitor => base,
            Viewer::Clinic => Self {
                menu: vec![item(crate::phrase!("gallery-specimen-home"), true), item(crate::phrase!("gallery-specimen-ask"), false)],
                seat: Some(seat("相沢 美緒", "ひだまり内科クリニック", "staff", 2)),
                notices: vec![Notice { tone: Tone::Done, phrase: crate::phrase!("gallery-specimen-done") }],
                ..base
            },
            Viewer::Desk => Self {
                density: Some(Density::Dense),
                menu: vec![item(crate::phrase!("gallery-specimen-queue"), true), item(crate::phrase!("gallery-specimen-ask"), false)],
                seat: Some(seat("藤代 岳", "北斗サイバー救援", "agent", 1)),
                tools: vec![item(crate::phrase!("gallery-specimen-tool"), false)],
                ..base
            },
        }
    }
}

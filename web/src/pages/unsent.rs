//! A form that was not taken although nothing is wrong with it: the session had ended, or another one, another seat or
//! another person is at this browser now. What was filled in stands in the page, in a form that can be sent on. It is
//! never sent by itself, and the button that really sends is there only for the person and the seat it was made for.

use super::Action;
use crate::forms::{FieldSpec, FormView, Kind};
use crate::page::{Page, Sample};
use crate::phrase;
use crate::words::{Label, Phrase};
use axum::http::StatusCode;
use serde::Serialize;

/// Why it was not taken.
#[derive(Clone, Debug)]
pub enum Why {
    /// 401: nobody is signed in (any more); the address of the sign-in.
    SignedOut(String),
    /// 409: the same person and seat, in another session than the form's.
    OtherSession {
        /// Who is signed in.
        person: String,
        /// Acting for whom.
        organisation: String,
    },
    /// 409: the form was made for another seat than the active one.
    OtherSeat {
        /// The seat it was made for, where it is one of the reader's.
        before: Option<String>,
        /// The seat the reader acts from now.
        now: String,
    },
    /// 403: the form was made for somebody else, or not by us.
    OtherPerson {
        /// Who is signed in.
        person: String,
    },
    /// 429: too much was asked for in a short time.
    TooMany {
        /// To wait.
        minutes: u32,
    },
    /// 503: the database is away.
    Away,
}

/// A field that people type into.
#[derive(Clone, Debug, Serialize)]
pub struct Typed {
    name: &'static str,
    kind: &'static str,
}

impl Typed {
    /// The field, and which component shows it.
    pub fn of(field: &FieldSpec) -> Self {
        let kind = match field.kind {
            Kind::Text { .. } => "text",
            Kind::Phone => "phone",
            Kind::DateTime => "moment",
            Kind::Int { .. } => "number",
            _ => "line",
        };
        Self { name: field.name, kind }
    }
}

/// What was chosen from a list. It is shown and sent on as it was, not offered anew: a consent counts with the words that
/// stood beside it.
#[derive(Clone, Debug, Serialize)]
pub struct Chosen {
    /// The field's name.
    pub label: Phrase,
    /// The choices.
    pub values: Vec<Label>,
}

/// The form, to be sent once more.
#[derive(Clone, Debug, Serialize)]
pub struct Again {
    /// Where it goes: the same address.
    pub action: String,
    /// The token as it came, which names whom the form was made for.
    pub token: String,
    /// The seat it was made for.
    pub seat: Option<String>,
    /// The version of the row its page showed.
    pub version: Option<i32>,
    /// The page that it was written on, where its text is kept while it is written.
    pub page: Option<String>,
    /// What was typed.
    pub form: FormView,
    /// The fields that people type into.
    pub typed: Vec<Typed>,
    /// What was chosen.
    pub chosen: Vec<Chosen>,
    /// Everything that is not typed, as it came.
    pub carried: Vec<Carried>,
}

/// A value that travels on unseen.
#[derive(Clone, Debug, Serialize)]
pub struct Carried {
    /// The field's name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct Unsent {
    #[serde(skip)]
    status: StatusCode,
    title: Phrase,
    lead: Phrase,
    next: Vec<Phrase>,
    /// What to do first, in another tab: this one holds the text.
    first: Option<Action>,
    /// The form; None when there was nothing in it.
    again: Option<Again>,
    /// What its button says.
    button: Phrase,
    /// Whether the button sends for this session; else it asks again with the token it came with.
    ready: bool,
    urgent: bool,
}

impl Unsent {
    /// The page of a reason.
    pub fn new(why: Why, again: Option<Again>) -> Self {
        let page = match why {
            Why::SignedOut(href) => Self::signed_out(href),
            Why::OtherSession { person, organisation } => Self::other_session(&person, &organisation),
            Why::OtherSeat { before, now } => Self::other_seat(before.as_deref(), &now, again.is_some()),
            Why::OtherPerson { person } => Self::other_person(&person),
            Why::TooMany { minutes } => Self::later(StatusCode::TOO_MANY_REQUESTS, phrase!("shared-too-many-title"), minutes),
            Why::Away => Self::later(StatusCode::SERVICE_UNAVAILABLE, phrase!("shared-busy-title"), 1),
        };
        Self { again, ..page }
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn bare(status: StatusCode, title: Phrase, lead: Phrase, next: Vec<Phrase>, button: Phrase) -> Self {
        Self { status, title, lead, next, first: None, again: None, button, ready: false, urgent: false }
    }

    fn signed_out(href: String) -> Self {
        let made = Self::bare(
            StatusCode::UNAUTHORIZED,
            phrase!("shared-unsent-signed-out-title"),
            phrase!("shared-unsent-signed-out-lead"),
            vec![phrase!("shared-unsent-signed-out-first"), phrase!("shared-unsent-signed-out-then")],
            phrase!("shared-unsent-signed-out-button"),
        );
        Self { first: Some(Action { label: phrase!("shared-unsent-signed-out-action"), href }), urgent: true, ..made }
    }

    fn other_session(person: &str, organisation: &str) -> Self {
        let made = Self::bare(
            StatusCode::CONFLICT,
            phrase!("shared-unsent-ready-title"),
            phrase!("shared-unsent-ready-lead", person = person, organisation = organisation),
            vec![phrase!("shared-unsent-ready-next")],
            phrase!("shared-unsent-ready-button"),
        );
        Self { ready: true, ..made }
    }

    fn other_seat(before: Option<&str>, now: &str, typed: bool) -> Self {
        let next = if typed {
            vec![phrase!("shared-unsent-seat-first"), phrase!("shared-unsent-seat-then")]
        } else {
            vec![phrase!("shared-seat-next")]
        };
        let label = if typed { phrase!("shared-unsent-seat-action") } else { phrase!("shared-seat-next-action") };
        let made = Self::bare(
            StatusCode::CONFLICT,
            phrase!("shared-seat-title"),
            match before {
                Some(before) => phrase!("shared-seat-lead", before = before, now = now),
                None => phrase!("shared-seat-lead-unknown", now = now),
            },
            next,
            phrase!("shared-unsent-seat-button"),
        );
        Self { first: Some(Action { label, href: "/seats".to_owned() }), ..made }
    }

    fn other_person(person: &str) -> Self {
        Self::bare(
            StatusCode::FORBIDDEN,
            phrase!("shared-unsent-person-title"),
            phrase!("shared-unsent-person-lead", person = person),
            vec![phrase!("shared-unsent-person-own"), phrase!("shared-unsent-person-other")],
            phrase!("shared-unsent-person-button"),
        )
    }

    fn later(status: StatusCode, title: Phrase, minutes: u32) -> Self {
        let made = Self::bare(
            status,
            title,
            phrase!("shared-unsent-later-lead"),
            vec![phrase!("shared-unsent-later-next", minutes = minutes.max(1))],
            phrase!("shared-unsent-later-button"),
        );
        Self { urgent: true, ..made }
    }
}

impl Page for Unsent {
    const TEMPLATE: &'static str = "shared/unsent.html";
    fn samples() -> Vec<Sample<Self>> {
        super::samples::unsent()
    }
}

//! What stops a request, and the page each of it becomes: the status law in one place.

use super::Visit;
use crate::forms::BadForm;
use crate::page::Shell;
use crate::pages::{Absent, Stale, Trouble, Why};
use crate::words::Phrase;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::{Arc, Mutex};
use store::StoreError;

/// What stops a request.
#[derive(Debug)]
pub enum Problem {
    /// Absent or hidden.
    NotFound,
    /// Visible, not allowed; the rule in a sentence.
    Forbidden(Phrase),
    /// No page of ours sends this.
    BadRequest,
    /// The form's token is not of this session.
    Expired,
    /// The form is too large.
    TooLarge,
    /// Nobody is signed in.
    SignIn,
    /// The sign-in is too old or too weak for this; the address makes up for it (`identity::step_up::require`).
    StepUp(String),
    /// Somebody was faster; nothing was overwritten.
    Stale(Box<Stale>),
    /// The form was made for another seat; its name, where it is one of the reader's.
    OtherSeat(Option<String>),
    /// Too much was asked for; so many seconds to wait.
    TooMany(u32),
    /// The sign-in service of this name does not answer.
    IssuerDown(String),
    /// Full or away.
    Busy(String),
    /// A fault of ours.
    Broken(String),
}

impl IntoResponse for Problem {
    /// A placeholder that `guard::error_pages` turns into the page; it knows the reader.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(Mutex::new(Some(self))));
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Gone => Self::SignIn,
            // Row security refused what a permit allowed: fails closed and looks like an absent row.
            StoreError::Denied => {
                tracing::warn!("refused by row security");
                Self::NotFound
            }
            StoreError::Busy(why) | StoreError::Unreachable(why) => Self::Busy(why),
            StoreError::Conflict(what) => Self::Broken(format!("constraint {what}")),
            StoreError::Internal(why) => Self::Broken(why),
        }
    }
}

impl From<BadForm> for Problem {
    fn from(error: BadForm) -> Self {
        tracing::warn!(%error, "form refused");
        Self::BadRequest
    }
}

impl Visit {
    /// The page of a problem. Whatever somebody typed is on it: ready to be sent on where that can help, else to be copied.
    pub fn answer(&self, problem: Problem) -> Response {
        let shell = self.shell();
        let keeping = || Shell { kept: self.kept(), ..shell.clone() };
        let trouble = |page: Trouble| self.render(&keeping(), page.status(), &page);
        match problem {
            Problem::NotFound => self.render(&keeping(), StatusCode::NOT_FOUND, &Absent {}),
            Problem::Forbidden(rule) => trouble(Trouble::refused(rule)),
            Problem::BadRequest => trouble(Trouble::bad_request()),
            Problem::Expired => self.other_session(&shell),
            Problem::TooLarge => trouble(Trouble::too_large()),
            Problem::SignIn => self.nobody(&shell),
            Problem::StepUp(href) => Redirect::to(&href).into_response(),
            Problem::Stale(page) => self.render(&shell, StatusCode::CONFLICT, &*page),
            Problem::OtherSeat(before) => self.unsent(&shell, self.other_seat(before)),
            Problem::IssuerDown(name) => trouble(Trouble::issuer_down(&name, "/sign-in")),
            Problem::TooMany(seconds) => {
                let minutes = seconds.div_ceil(60);
                let page = || trouble(Trouble::too_many(minutes));
                let mut response = if self.has_work() { self.unsent(&shell, Why::TooMany { minutes }) } else { page() };
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                response
            }
            Problem::Busy(why) => {
                tracing::warn!(why, "busy");
                if self.has_work() { self.unsent(&shell, Why::Away) } else { trouble(Trouble::busy()) }
            }
            Problem::Broken(why) => {
                tracing::error!(why, "ours to mend");
                trouble(Trouble::broken())
            }
        }
    }

    fn nobody(&self, shell: &Shell) -> Response {
        let href = crate::identity::sign_in_address(&self.path);
        match self.method == Method::POST {
            true if self.has_work() => self.unsent(shell, Why::SignedOut(href)),
            true => self.render(shell, StatusCode::UNAUTHORIZED, &Trouble::sign_in(href)),
            false => Redirect::to(&href).into_response(),
        }
    }

    /// A form of another session: of an earlier one of the same person, of somebody else's, or of none at all.
    fn other_session(&self, shell: &Shell) -> Response {
        let (Some(actor), true) = (&self.actor, self.has_work()) else {
            let page = Trouble::expired(crate::identity::place_address(&self.path));
            return self.render(shell, page.status(), &page);
        };
        let (person, organisation) = (actor.person_name.clone(), self.organisation(actor));
        let why = match self.form.get() {
            Some(form) if !self.is_of_person(form.token()) => Why::OtherPerson { person },
            Some(form) if !form.is_of_seat(actor.seat) => self.other_seat(None),
            _ => Why::OtherSession { person, organisation },
        };
        self.unsent(shell, why)
    }

    fn other_seat(&self, before: Option<String>) -> Why {
        let now = self.actor.as_ref().map(|actor| self.seat_name(self.organisation(actor), actor.role)).unwrap_or_default();
        Why::OtherSeat { before, now }
    }

    /// Whether the post brought anything that somebody would have to do again.
    pub(super) fn has_work(&self) -> bool {
        self.form.get().is_some_and(|form| !form.is_empty())
    }

    fn unsent(&self, shell: &Shell, why: Why) -> Response {
        let page = crate::pages::Unsent::new(why, self.form.get().and_then(|form| form.again(&self.path)));
        self.render(shell, page.status(), &page)
    }
}

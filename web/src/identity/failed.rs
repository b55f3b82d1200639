//! Nobody was signed in: why, and what to do next. A page for each reason, none of which says more than the person knows.

use crate::page::{Page, Sample, Viewer};
use crate::phrase;
use crate::words::Phrase;
use ::identity::SignInError;
use axum::http::StatusCode;
use serde::Serialize;

/// A sign-in that did not come about.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    #[serde(skip)]
    status: StatusCode,
    title: Phrase,
    lead: Phrase,
    next: Vec<Phrase>,
    /// Whether to offer the desk's telephone.
    ask: bool,
    /// Whether the session from before goes on.
    goes_on: bool,
}

impl Failed {
    /// The page of a reason. Reasons that have pages elsewhere (issuer down, database) look like an answer that does not hold.
    pub fn of(error: &SignInError) -> Self {
        match error {
            SignInError::StateUnknownOrUsed => Self::again(),
            SignInError::Refused => Self::refused(),
            SignInError::NotInvited => Self::not_invited(),
            SignInError::NoLiveSeat => Self::no_seat(),
            SignInError::StepUpOther => Self::other(),
            SignInError::NoSuchIssuer => Self::closed(),
            SignInError::BadToken | SignInError::IssuerDown | SignInError::Store(_) => Self::unproved(),
        }
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn new(status: StatusCode, title: Phrase, lead: Phrase, next: Vec<Phrase>) -> Self {
        Self { status, title, lead, next, ask: false, goes_on: false }
    }

    fn again() -> Self {
        let next = vec![phrase!("identity-again-next")];
        Self::new(StatusCode::BAD_REQUEST, phrase!("identity-again-title"), phrase!("identity-again-lead"), next)
    }

    fn refused() -> Self {
        let next = vec![phrase!("identity-refused-next")];
        Self::new(StatusCode::FORBIDDEN, phrase!("identity-refused-title"), phrase!("identity-refused-lead"), next)
    }

    fn not_invited() -> Self {
        let next = vec![
            phrase!("identity-uninvited-mail"),
            phrase!("identity-invitation-once"),
            phrase!("identity-uninvited-account"),
            phrase!("identity-uninvited-whom"),
        ];
        let made = Self::new(StatusCode::FORBIDDEN, phrase!("identity-uninvited-title"), phrase!("identity-uninvited-lead"), next);
        Self { ask: true, ..made }
    }

    fn no_seat() -> Self {
        let next = vec![phrase!("identity-seatless-whom"), phrase!("identity-seatless-when")];
        let made = Self::new(StatusCode::FORBIDDEN, phrase!("identity-seatless-title"), phrase!("identity-seatless-lead"), next);
        Self { ask: true, ..made }
    }

    fn unproved() -> Self {
        let next = vec![phrase!("identity-unproved-next"), phrase!("identity-unproved-clock")];
        let made = Self::new(StatusCode::BAD_REQUEST, phrase!("identity-unproved-title"), phrase!("identity-unproved-lead"), next);
        Self { ask: true, ..made }
    }

    fn other() -> Self {
        let next = vec![phrase!("identity-other-next")];
        let made = Self::new(StatusCode::FORBIDDEN, phrase!("identity-other-title"), phrase!("identity-other-lead"), next);
        Self { goes_on: true, ..made }
    }

    fn closed() -> Self {
        let next = vec![phrase!("identity-closed-next")];
        let made = Self::new(StatusCode::FORBIDDEN, phrase!("identity-closed-title"), phrase!("identity-closed-lead"), next);
        Self { ask: true, ..made }
    }
}

impl Page for Failed {
    const TEMPLATE: &'static str = "identity/failed.html";
    fn samples() -> Vec<Sample<Self>> {
        vec![
            Sample::new("again", Self::again()).seen_by(Viewer::Visitor),
            Sample::new("refused", Self::refused()).seen_by(Viewer::Visitor),
            Sample::new("not-invited", Self::not_invited()).seen_by(Viewer::Visitor),
            Sample::new("no-seat", Self::no_seat()).seen_by(Viewer::Visitor),
            Sample::new("unproved", Self::unproved()).seen_by(Viewer::Visitor),
            Sample::new("step-up-other", Self::other()),
            Sample::new("closed", Self::closed()).seen_by(Viewer::Visitor),
        ]
    }
}

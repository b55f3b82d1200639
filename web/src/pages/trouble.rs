//! When something does not work: calm words, the rule where there is one, and the next step. Never a bare number.

use crate::page::{Page, Sample, Viewer};
use crate::phrase;
use crate::words::Phrase;
use axum::http::StatusCode;
use serde::Serialize;

/// 404. Hidden and absent things look the same to the last byte, so the page holds nothing of what was asked for.
#[derive(Serialize)]
pub struct Absent {}

impl Page for Absent {
    const TEMPLATE: &'static str = "shared/absent.html";
    const TRACELESS: bool = true;
    fn samples() -> Vec<Sample<Self>> {
        vec![Sample::new("visitor", Self {}).seen_by(Viewer::Visitor), Sample::new("signed-in", Self {})]
    }
}

/// A button to the next step.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    /// What it does.
    pub label: Phrase,
    /// Where it leads.
    pub href: String,
}

/// Everything else that stops a request. Made by one constructor for each reason.
#[derive(Clone, Debug, Serialize)]
pub struct Trouble {
    #[serde(skip)]
    status: StatusCode,
    title: Phrase,
    lead: Phrase,
    rule: Option<Phrase>,
    next: Vec<Phrase>,
    action: Option<Action>,
    urgent: bool,
    show_id: bool,
}

impl Trouble {
    fn new(status: StatusCode, title: Phrase, lead: Phrase, next: Phrase) -> Self {
        Self { status, title, lead, rule: None, next: vec![next], action: None, urgent: false, show_id: false }
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// 400: an unknown or repeated field, an unknown filter, bytes that are no form.
    pub fn bad_request() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            phrase!("shared-bad-request-title"),
            phrase!("shared-bad-request-lead"),
            phrase!("shared-bad-request-next"),
        )
    }

    /// 403: visible, but a rule forbids the action. `rule` names it in a sentence.
    pub fn refused(rule: Phrase) -> Self {
        let made = Self::new(
            StatusCode::FORBIDDEN,
            phrase!("shared-refused-title"),
            phrase!("shared-refused-lead"),
            phrase!("shared-refused-next"),
        );
        Self { rule: Some(rule), ..made }
    }

    /// 403: the token of the form does not belong to the session, and nothing was typed; `href` opens the page anew.
    pub fn expired(href: impl Into<String>) -> Self {
        let made = Self::new(
            StatusCode::FORBIDDEN,
            phrase!("shared-expired-title"),
            phrase!("shared-expired-lead"),
            phrase!("shared-expired-next"),
        );
        let action = Some(Action { label: phrase!("shared-expired-action"), href: href.into() });
        Self { action, ..made }
    }

    /// 413
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            phrase!("shared-too-large-title"),
            phrase!("shared-too-large-lead"),
            phrase!("shared-too-large-next"),
        )
    }

    /// 422 where there is no form to show again.
    pub fn unprocessable() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            phrase!("shared-unprocessable-title"),
            phrase!("shared-unprocessable-lead"),
            phrase!("shared-unprocessable-next"),
        )
    }

    /// 429: `minutes` to wait, at least one.
    pub fn too_many(minutes: u32) -> Self {
        let next = phrase!("shared-too-many-next", minutes = minutes.max(1));
        let made = Self::new(StatusCode::TOO_MANY_REQUESTS, phrase!("shared-too-many-title"), phrase!("shared-too-many-lead"), next);
        Self { urgent: true, ..made }
    }

    /// 500: a fault of ours; the page shows the request id.
    pub fn broken() -> Self {
        let made = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            phrase!("shared-broken-title"),
            phrase!("shared-broken-lead"),
            phrase!("shared-broken-next"),
        );
        Self { urgent: true, show_id: true, ..made }
    }

    /// 503: the database or a queue is full or away.
    pub fn busy() -> Self {
        let made = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            phrase!("shared-busy-title"),
            phrase!("shared-busy-lead"),
            phrase!("shared-busy-next"),
        );
        Self { urgent: true, show_id: true, ..made }
    }

    /// 401: `href` leads to signing in and back.
    pub fn sign_in(href: impl Into<String>) -> Self {
        let made = Self::new(
            StatusCode::UNAUTHORIZED,
            phrase!("shared-sign-in-title"),
            phrase!("shared-sign-in-lead"),
            phrase!("shared-sign-in-next"),
        );
        let action = Some(Action { label: phrase!("shared-sign-in-action"), href: href.into() });
        Self { action, urgent: true, ..made }
    }

    /// 503: the sign-in service called `issuer` does not answer; `href` tries again.
    pub fn issuer_down(issuer: &str, href: impl Into<String>) -> Self {
        let made = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            phrase!("shared-issuer-down-title"),
            phrase!("shared-issuer-down-lead", issuer = issuer),
            phrase!("shared-issuer-down-next"),
        );
        let action = Some(Action { label: phrase!("shared-trouble-retry"), href: href.into() });
        Self { action, urgent: true, show_id: true, ..made }
    }
}

impl Page for Trouble {
    const TEMPLATE: &'static str = "shared/trouble.html";
    fn samples() -> Vec<Sample<Self>> {
        vec![
            Sample::new("bad-request", Self::bad_request()),
            Sample::new("refused", Self::refused(phrase!("gallery-specimen-rule"))),
            Sample::new("expired", Self::expired("/sample")),
            Sample::new("too-large", Self::too_large()),
            Sample::new("unprocessable", Self::unprocessable()),
            Sample::new("too-many", Self::too_many(3)),
            Sample::new("broken", Self::broken()).seen_by(Viewer::Desk),
            Sample::new("busy", Self::busy()),
            Sample::new("sign-in", Self::sign_in("/sign-in")).seen_by(Viewer::Visitor),
            Sample::new("issuer-down", Self::issuer_down("県医師会ログイン", "/sign-in")).seen_by(Viewer::Visitor),
        ]
    }
}

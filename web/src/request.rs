//! What a handler gets and gives: the visit (who asks, in which language), posted forms, and answers that are pages.

use crate::app::App;
use crate::forms::{BadForm, Envelope, Filled, Form, Kind, pairs};
use crate::page::{MenuItem, Notice, Page, SeatLine, Shell, Tone};
use crate::pages::{Absent, Kept, SeatChanged, Stale, Trouble};
use crate::phrase;
use crate::words::{Label, Phrase};
use access::{Actor, Role};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use hmac::{Hmac, Mac};
use kernel::{Locale, RequestId};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use store::{StoreError, Tx};

/// Largest form we take, in bytes: two texts of 8,000 Japanese characters in their urlencoded form, and room.
const LARGEST_FORM: usize = 256 * 1024;

/// One request and who makes it.
pub struct Visit {
    /// The application.
    pub app: App,
    /// The request's id, in the log and on error pages.
    pub id: RequestId,
    /// The reader's language.
    pub locale: Locale,
    /// The session token, as presented.
    pub token: Option<String>,
    /// Who; None when nobody is signed in.
    pub actor: Option<Actor>,
    /// Method.
    pub method: Method,
    /// Path and query.
    pub path: String,
}

impl Visit {
    /// The shell around any page for this reader.
    pub fn shell(&self) -> Shell {
        let mut shell = Shell::visitor(self.locale, self.app.clock.now());
        let (federation, today) = (self.actor.as_ref().map(|a| a.federation), self.app.clock.today());
        shell.path = self.path.clone();
        shell.request_id = self.id.to_string();
        shell.contact = self.app.settings.phone.as_ref().map(|phone| self.app.hours.contact(phone, federation, self.locale, today));
        let Some(actor) = &self.actor else { return shell };
        // People who work here all day get the close setting everywhere; everybody else what the page is made for.
        shell.density = actor.role.is_desk().then_some(crate::page::Density::Dense);
        shell.csrf = self.csrf();
        shell.menu = menu(actor, &self.path);
        shell.tools = vec![MenuItem {
            label: phrase!("shared-tool-sessions"),
            href: "/sessions".into(),
            current: self.path.starts_with("/sessions"),
        }];
        let english = if self.locale == Locale::En { actor.unit_name_en.clone() } else { None };
        shell.seat = Some(SeatLine {
            person: actor.person_name.clone(),
            organisation: english.unwrap_or_else(|| actor.unit_name.clone()),
            role: actor.role.word(),
            seat_id: actor.seat.to_string(),
            seat_count: actor.seat_count,
        });
        shell
    }

    /// The token of this session's forms; it is bound to the session and dies with it. It outlives a change of seat, so
    /// that a form of the old seat can be told apart from a forged one and its text be kept.
    pub fn csrf(&self) -> String {
        let Some(actor) = &self.actor else { return String::new() };
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.app.settings.secret_key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(b"form-token");
        mac.update(actor.session.0.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    /// The query, every name of which must be in `known`, once (F12).
    pub fn query(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
        let query = self.path.split_once('?').map_or("", |(_, q)| q);
        let mut found = BTreeMap::new();
        for (name, value) in pairs(query.as_bytes())? {
            if !known.contains(&name.as_str()) || found.contains_key(&name) {
                return Err(Problem::BadRequest);
            }
            if !value.is_empty() {
                found.insert(name, value);
            }
        }
        Ok(found)
    }

    /// A page with a status.
    pub fn render<P: Page>(&self, shell: &Shell, status: StatusCode, page: &P) -> Response {
        match self.app.renderer.render(shell, page) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(request = %self.id, %error, "page does not render");
                (StatusCode::INTERNAL_SERVER_ERROR, Html(self.app.renderer.last_resort(self.locale))).into_response()
            }
        }
    }

    /// The page of a problem.
    pub fn answer(&self, problem: Problem) -> Response {
        let shell = self.shell();
        let trouble = |page: Trouble| self.render(&shell, page.status(), &page);
        match problem {
            Problem::NotFound => self.render(&shell, StatusCode::NOT_FOUND, &Absent {}),
            Problem::Forbidden(rule) => trouble(Trouble::refused(rule)),
            Problem::BadRequest => trouble(Trouble::bad_request()),
            Problem::Expired => trouble(Trouble::expired()),
            Problem::TooLarge => trouble(Trouble::too_large()),
            Problem::SignIn if self.method == Method::GET => Redirect::to(&crate::identity::sign_in_address(&self.path)).into_response(),
            Problem::SignIn => trouble(Trouble::sign_in(crate::identity::sign_in_address(&self.path))),
            Problem::StepUp(href) => Redirect::to(&href).into_response(),
            Problem::Stale(page) => self.render(&shell, StatusCode::CONFLICT, &*page),
            Problem::SeatChanged(page) => self.render(&shell, StatusCode::CONFLICT, &*page),
            Problem::IssuerDown(name) => trouble(Trouble::issuer_down(&name, "/sign-in")),
            Problem::Busy(why) => {
                tracing::warn!(request = %self.id, why, "busy");
                trouble(Trouble::busy())
            }
            Problem::Broken(why) => {
                tracing::error!(request = %self.id, why, "ours to mend");
                trouble(Trouble::broken())
            }
        }
    }
}

/// The main menu of a role: what that person comes for.
fn menu(actor: &Actor, path: &str) -> Vec<MenuItem> {
    let item = |label: Phrase, href: &str| MenuItem {
        label,
        href: href.into(),
        current: path == href || path.starts_with(&format!("{href}/")) || path.starts_with(&format!("{href}?")),
    };
    let mut items = vec![MenuItem { current: path == "/", ..item(phrase!("shared-menu-home"), "/") }];
    if !actor.queues.is_empty() {
        items.push(item(phrase!("shared-menu-queue"), "/queue"));
    }
    if matches!(actor.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer) {
        items.push(item(phrase!("shared-menu-consultations"), "/consultations"));
    }
    if matches!(actor.role, Role::Officer | Role::ProgrammeOwner | Role::Auditor) {
        items.push(item(phrase!("shared-menu-area"), "/area"));
    }
    if matches!(actor.role, Role::Officer | Role::ProgrammeOwner) {
        items.push(item(phrase!("shared-menu-shared"), "/shared"));
    }
    items
}

/// What stops a request; the status law in one place.
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
    /// The form was made for another seat.
    SeatChanged(Box<SeatChanged>),
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

/// What every handler gives.
pub type Answer = Result<Response, Problem>;

/// A signed-in visit.
pub struct Cx {
    visit: Arc<Visit>,
    actor: Actor,
}

impl std::ops::Deref for Cx {
    type Target = Visit;
    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Cx {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Arc<Visit>>().cloned().ok_or(Problem::SignIn)?;
        let actor = visit.actor.clone().ok_or(Problem::SignIn)?;
        Ok(Self { visit, actor })
    }
}

impl Cx {
    /// Who.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// A read-only transaction in the actor's scope.
    pub async fn read(&self) -> Result<Tx, Problem> {
        Ok(self.app.db.read(&self.actor, self.id).await?)
    }

    /// A read-write transaction in the actor's scope.
    pub async fn begin(&self) -> Result<Tx, Problem> {
        Ok(self.app.db.begin(&self.actor, self.id).await?)
    }

    /// A page.
    pub fn page<P: Page>(&self, page: &P) -> Answer {
        Ok(self.render(&self.shell(), StatusCode::OK, page))
    }

    /// A page that begins with the answer to what was just done, when the address says so (`?done=word`).
    pub fn page_after<P: Page>(&self, page: &P, said: Option<Phrase>) -> Answer {
        let mut shell = self.shell();
        shell.notices.extend(said.map(|phrase| Notice { tone: Tone::Done, phrase }));
        Ok(self.render(&shell, StatusCode::OK, page))
    }

    /// The same page with its form to put right.
    pub fn again<P: Page>(&self, page: &P) -> Answer {
        Ok(self.render(&self.shell(), StatusCode::UNPROCESSABLE_ENTITY, page))
    }
}

/// Reads an optional word of a query; an unknown word is a 400.
pub fn word<T: FromStr>(query: &BTreeMap<String, String>, name: &str) -> Result<Option<T>, Problem> {
    query.get(name).map(|text| text.parse().map_err(|_| Problem::BadRequest)).transpose()
}

/// An open page's visit: somebody may or may not be signed in.
pub struct Anybody(pub Arc<Visit>);

impl<S: Send + Sync> FromRequestParts<S> for Anybody {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Arc<Visit>>().cloned().map(Self).ok_or_else(|| Problem::Broken("no visit".into()))
    }
}

/// Ids in the path; anything that is none is simply not there.
pub struct Ids<T>(pub T);

impl<S: Send + Sync, T: serde::de::DeserializeOwned + Send> FromRequestParts<S> for Ids<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(ids)| Self(ids)).map_err(|_| Problem::NotFound)
    }
}

/// A posted form of a signed-in person: its token and seat are checked, its text is kept.
pub struct Posted<F> {
    /// Version of the row that the page showed.
    pub version: Option<i32>,
    pairs: Vec<(String, String)>,
    form: std::marker::PhantomData<fn() -> F>,
}

impl<S: Send + Sync, F: Form> FromRequest<S> for Posted<F> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let visit = request.extensions().get::<Arc<Visit>>().cloned().ok_or(Problem::SignIn)?;
        let body = body(request).await?;
        let (envelope, pairs) = Envelope::open(pairs(&body)?)?;
        // Also for forms of one button, whose handlers read nothing: what is not declared is refused (F14).
        let fields = F::fields();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !fields.iter().any(|f| f.name == name)) {
            return Err(BadForm::Unknown(name.chars().take(40).collect()).into());
        }
        let version = envelope.version.map(i32::try_from).transpose().map_err(|_| Problem::BadRequest)?;
        let posted = Self { version, pairs, form: std::marker::PhantomData };
        if let Some(actor) = &visit.actor {
            if !kernel::secret::same(envelope.csrf.as_bytes(), visit.csrf().as_bytes()) {
                return Err(Problem::Expired);
            }
            if envelope.seat.as_deref() != Some(actor.seat.to_string().as_str()) {
                let now = Label::text(actor.unit_name.clone());
                let page = SeatChanged { before: phrase!("shared-seat-before").into(), now, kept: posted.kept() };
                return Err(Problem::SeatChanged(Box::new(page)));
            }
        }
        Ok(posted)
    }
}

async fn body(request: Request) -> Result<Bytes, Problem> {
    let form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.starts_with("application/x-www-form-urlencoded"));
    if !form && request.headers().get(header::CONTENT_LENGTH).is_some_and(|v| v != "0") {
        return Err(Problem::BadRequest);
    }
    axum::body::to_bytes(request.into_body(), LARGEST_FORM).await.map_err(|_| Problem::TooLarge)
}

impl<F: Form> Posted<F> {
    /// The form's value, or the form to show again. `given` holds what is on offer now for lists that are data.
    pub fn read(&self, cx: &Cx, given: &[(&'static str, Vec<String>)]) -> Result<Result<F, Box<Filled>>, Problem> {
        self.read_at(cx.app.clock.now(), given)
    }

    /// The same on an open page, where nobody may be signed in.
    pub fn read_at(&self, now: time::OffsetDateTime, given: &[(&'static str, Vec<String>)]) -> Result<Result<F, Box<Filled>>, Problem> {
        Ok(Filled::read::<F>(self.pairs.clone(), now, given)?)
    }

    /// The version of the row the page showed; a form without one is none of ours.
    pub fn seen(&self) -> Result<i32, Problem> {
        self.version.ok_or(Problem::BadRequest)
    }

    /// Whether a field came with anything in it.
    pub fn has(&self, field: &str) -> bool {
        self.pairs.iter().any(|(name, value)| name == field && !value.is_empty())
    }

    /// The posted pairs, for showing the form again with a refusal that only the command knew.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.pairs.clone()
    }

    /// What was typed, for pages that must not lose it.
    pub fn kept(&self) -> Vec<Kept> {
        let fields = F::fields();
        let typed = |name: &str| {
            fields.iter().find(|f| f.name == name && matches!(f.kind, Kind::Text { .. } | Kind::Line { .. } | Kind::DateTime | Kind::Phone))
        };
        self.pairs
            .iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .filter_map(|(name, value)| typed(name).map(|f| Kept { label: Phrase::new(f.label), text: kernel::text::paragraphs(value) }))
            .collect()
    }
}

/// A form without fields of its own: one button.
pub struct Press;

impl Form for Press {
    const NAME: &'static str = "press";
    fn fields() -> Vec<crate::forms::FieldSpec> {
        vec![]
    }
    fn read(_: &mut Filled) -> Option<Self> {
        Some(Self)
    }
}

/// One cookie of a request.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    all.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v.to_owned())
}

/// A `Set-Cookie` of ours: host-bound, not for scripts; `None` takes it away.
pub fn set_cookie(name: &str, value: Option<&str>, seconds: i64, same_site: &str) -> HeaderValue {
    let (value, age) = value.map_or(("", 0), |v| (v, seconds));
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}; Max-Age={age}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Where a form leads when it worked.
pub fn see(path: &str) -> Answer {
    Ok(Redirect::to(path).into_response())
}

//! What a handler gets and gives: the visit (who asks, in which language), posted forms, and answers that are pages.

mod posted;
mod problem;

pub use posted::{Brought, Offer, Posted, Press};
pub use problem::Problem;

use crate::app::App;
use crate::forms::pairs;
use crate::page::{MenuItem, Notice, Page, SeatLine, Shell, Tone};
use crate::pages::Kept;
use crate::phrase;
use crate::routes::Access;
use crate::words::Phrase;
use access::{Actor, Role};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use hmac::{Hmac, Mac};
use kernel::{Locale, RequestId};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use store::Tx;
use uuid::Uuid;

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
    /// Whether another server asks, not somebody at a page.
    pub peer: bool,
    /// Whether a page can be fetched at this path too: a link to it leads somewhere.
    pub shows_page: bool,
    /// What stopped a post before its form was read. It is answered afterwards, because the form holds what somebody typed.
    pub stopped: Mutex<Option<Problem>>,
    /// The posted form, once it was read.
    pub form: OnceLock<Brought>,
    /// The reader's transaction that came with the session, until a handler takes it.
    pub arrived: Mutex<Option<Tx>>,
}

impl Visit {
    /// The shell around any page for this reader.
    pub fn shell(&self) -> Shell {
        let mut shell = Shell::visitor(self.locale, self.app.clock.now());
        let (federation, today) = (self.actor.as_ref().map(|a| a.federation), self.app.clock.today());
        let leads_somewhere = self.shows_page || self.method == Method::GET;
        shell.path = if leads_somewhere { self.path.clone() } else { crate::identity::place_address(&self.path) };
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
        shell.seat = Some(SeatLine {
            person: actor.person_name.clone(),
            organisation: self.organisation(actor),
            role: actor.role.word(),
            seat_id: actor.seat.to_string(),
            seat_count: actor.seat_count,
        });
        shell
    }

    /// For whom an actor acts, in the reader's language where there is a name in it.
    fn organisation(&self, actor: &Actor) -> String {
        let english = if self.locale == Locale::En { actor.unit_name_en.clone() } else { None };
        english.unwrap_or_else(|| actor.unit_name.clone())
    }

    /// The transaction that came with the session. What asks the database by another way lets it go first: a request holds one
    /// connection.
    pub fn take_arrived(&self) -> Option<Tx> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The token of this session's forms. Its first half is bound to the session and dies with it; it outlives a change of
    /// seat. Its second half names the person and outlives the session: it opens nothing, but a form that comes too late
    /// can be told apart from a forged one and from somebody else's, and its text be kept for the one who wrote it.
    pub fn csrf(&self) -> String {
        let Some(actor) = &self.actor else { return String::new() };
        format!("{}.{}", self.mac(b"form-token", actor.session.0), self.mac(b"form-person", actor.person.0))
    }

    /// Whether a form's token names the person who is signed in now, whatever session it was made in.
    fn is_of_person(&self, token: &str) -> bool {
        let (Some(actor), Some((_, person))) = (&self.actor, token.split_once('.')) else { return false };
        kernel::secret::same(person.as_bytes(), self.mac(b"form-person", actor.person.0).as_bytes())
    }

    fn mac(&self, purpose: &[u8], id: Uuid) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.app.settings.secret_key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(purpose);
        mac.update(id.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }

    /// Stops a post as soon as its form was read.
    pub fn stop(&self, problem: Problem) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    /// Who posts; None only where anybody may.
    ///
    /// # Errors
    /// `SignIn`, or what stopped the post before.
    pub fn poster(&self, access: Access) -> Result<Option<&Actor>, Problem> {
        if let Some(problem) = self.stopped.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(problem);
        }
        match &self.actor {
            None if access == Access::Signed => Err(Problem::SignIn),
            actor => Ok(actor.as_ref()),
        }
    }

    /// Whether a post may go on to its handler: whoever is signed in needs a form of this session and this seat.
    ///
    /// # Errors
    /// As [`Visit::poster`], `Expired` or `OtherSeat`, still without a name; each has a page that keeps what was typed.
    pub fn admits(&self, access: Access) -> Result<(), Problem> {
        let Some(actor) = self.poster(access)? else { return Ok(()) };
        let form = self.form.get().ok_or(Problem::BadRequest)?;
        if !kernel::secret::same(form.token().as_bytes(), self.csrf().as_bytes()) {
            return Err(Problem::Expired);
        }
        if form.is_of_seat(actor.seat) { Ok(()) } else { Err(Problem::OtherSeat(None)) }
    }

    /// The same problem, with the name of the seat that the form was made for, when it is another one of the reader's: also for
    /// a form of an earlier session, if anybody would have to fill it in again.
    pub async fn named(&self, problem: Problem) -> Problem {
        let of_person = || self.form.get().is_some_and(|form| self.is_of_person(form.token()));
        match problem {
            Problem::OtherSeat(None) => Problem::OtherSeat(self.former_seat().await),
            Problem::Expired if self.has_work() && of_person() => match self.former_seat().await {
                Some(name) => Problem::OtherSeat(Some(name)),
                None => Problem::Expired,
            },
            other => other,
        }
    }

    /// Whether the form was made by the person who is signed in now, for the seat they act from, in an earlier session.
    pub fn brings_back_own_form(&self) -> bool {
        let (Some(form), Some(actor)) = (self.form.get(), &self.actor) else { return false };
        self.has_work() && self.is_of_person(form.token()) && form.is_of_seat(actor.seat)
    }

    /// The seat of the posted form; None when it is the active one, has ended or is nobody's who is asking.
    async fn former_seat(&self) -> Option<String> {
        let (form, token, actor) = (self.form.get()?, self.token.as_deref()?, self.actor.as_ref()?);
        let seats = identity::seats(&self.app.db, token).await.ok()?;
        let seat = seats.into_iter().find(|seat| seat.id != actor.seat && form.is_of_seat(seat.id))?;
        let english = if self.locale == Locale::En { seat.unit_name_en } else { None };
        Some(self.seat_name(english.unwrap_or(seat.unit_name), seat.role))
    }

    /// A seat by its organisation and role, as the header says it.
    fn seat_name(&self, organisation: String, role: Role) -> String {
        let words = self.app.renderer.words();
        let role = words.phrase(self.locale, &Phrase::word("shared-role", role.word()));
        let of = role.and_then(|role| words.phrase(self.locale, &phrase!("shared-seat-of", role = role)));
        organisation + &of.unwrap_or_default()
    }

    /// What was typed into the posted form, if there is one.
    pub fn kept(&self) -> Vec<Kept> {
        self.form.get().map(Brought::kept).unwrap_or_default()
    }

    /// The query, every name of which must be in `known`, once (F12).
    pub fn query(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
        names(self.path.split_once('?').map_or("", |(_, q)| q), known)
    }

    /// A page with a status.
    pub fn render<P: Page>(&self, shell: &Shell, status: StatusCode, page: &P) -> Response {
        match self.app.renderer.render(shell, page) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, "page does not render");
                (StatusCode::INTERNAL_SERVER_ERROR, Html(self.app.renderer.last_resort(self.locale))).into_response()
            }
        }
    }
}

/// The names and values of a query, each name of `known` once.
pub(crate) fn names(query: &str, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
    let mut found = BTreeMap::new();
    for (name, value) in pairs(query.as_bytes())? {
        // The database has no text with a NUL in it, and no page of ours makes one.
        if !known.contains(&name.as_str()) || found.contains_key(&name) || value.contains('\0') {
            return Err(Problem::BadRequest);
        }
        if !value.is_empty() {
            found.insert(name, value);
        }
    }
    Ok(found)
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
    /// The visit of somebody who is signed in.
    pub fn of(visit: &Arc<Visit>) -> Option<Self> {
        visit.actor.clone().map(|actor| Self { visit: visit.clone(), actor })
    }

    /// Who.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// A read-only transaction in the actor's scope.
    pub async fn read(&self) -> Result<Tx, Problem> {
        match self.take_arrived() {
            Some(tx) => Ok(tx),
            None => Ok(self.app.db.read(&self.actor, self.id).await?),
        }
    }

    /// Asks again who sits behind the session, with a read-only transaction in their scope: for what outlives its request. From
    /// then on the actor is as the database has it now.
    ///
    /// # Errors
    /// `SignIn` when nobody does any more, or in another seat.
    pub async fn arrive_anew(&mut self) -> Result<Tx, Problem> {
        let token = self.visit.token.as_deref().ok_or(Problem::SignIn)?;
        let arrived = identity::arrive(&self.visit.app.db, token, self.visit.id, Vec::new()).await?.ok_or(Problem::SignIn)?;
        if arrived.actor.seat != self.actor.seat {
            return Err(Problem::SignIn);
        }
        self.actor = arrived.actor;
        Ok(arrived.tx)
    }

    /// A read-write transaction in the actor's scope.
    pub async fn begin(&self) -> Result<Tx, Problem> {
        drop(self.take_arrived());
        Ok(self.app.db.begin(&self.actor, self.id).await?)
    }

    /// A page.
    pub fn page<P: Page>(&self, page: &P) -> Answer {
        Ok(self.render(&self.shell(), StatusCode::OK, page))
    }

    /// A page that hears of what moves while it is open: by the stream at `live`, whose place was taken before the page was read.
    pub fn open_page<P: Page>(&self, page: &P, live: String, said: Option<Phrase>) -> Answer {
        let mut shell = self.shell();
        shell.live = Some(live);
        shell.notices.extend(said.map(|phrase| Notice { tone: Tone::Done, phrase }));
        Ok(self.render(&shell, StatusCode::OK, page))
    }

    /// A page that begins with the answer to what was just done, when the address says so (`?done=word`).
    pub fn page_after<P: Page>(&self, page: &P, said: Option<Phrase>) -> Answer {
        let mut shell = self.shell();
        shell.notices.extend(said.map(|phrase| Notice { tone: Tone::Done, phrase }));
        Ok(self.render(&shell, StatusCode::OK, page))
    }

    /// A page that hears of what moves while it is open, in answer to a form: with what was typed, which nothing may take away. The
    /// latest stands at another address and is opened beside it.
    pub fn open_again<P: Page>(&self, page: &P, live: String, latest: String) -> Answer {
        let shell = Shell { live: Some(live), latest: Some(latest), ..self.shell() };
        Ok(self.render(&shell, StatusCode::UNPROCESSABLE_ENTITY, page))
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

//! The layers around every handler: who is asking, safe headers, problems turned into pages, one log line.

use crate::ahead::Coming;
use crate::app::{App, is_for_peers, names_a_thing, reads_of, reads_page, shows_page};
use crate::forms::Form;
use crate::request::{Brought, Problem, Visit, cookie};
use crate::routes::Access;
use crate::unfound::until_its_moment;
use access::Actor;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::{Locale, RequestId};
use std::sync::{Arc, Mutex, OnceLock};
use store::{Asking, StoreError, Tx};
use tracing::Instrument;

/// The session's cookie. `__Host-`: this host only, this path, https (or localhost) only.
pub const SESSION: &str = "__Host-tomoshibi";
/// The language chosen in this browser.
pub const LANGUAGE: &str = "tomoshibi-lang";

/// Finds out who is asking and puts it beside the request. A database that does not answer becomes an honest page.
pub async fn visit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new(&app.clock);
    let started = tokio::time::Instant::now();
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // A server is known by what it signs: whatever cookie comes along is nobody's here, and so is the page that it comes from.
    let peer = matched.as_deref().is_some_and(is_for_peers);
    let token = cookie(request.headers(), SESSION).filter(|_| !peer);
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let chosen: Option<Locale> = cookie(request.headers(), LANGUAGE).and_then(|word| word.parse().ok());
    let accepted = Locale::negotiate(accept);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let plain = path.starts_with("/assets/") || path.starts_with("/favicon");
    let reads = method == Method::GET && matched.as_deref().is_some_and(reads_page);
    let (actor, arrived, failed) = match &token {
        // On the heap: what it holds while it waits is large, and every handler's future would carry it.
        Some(token) if !plain => {
            match Box::pin(who(&app, token, reads.then(|| (id, ahead(&app, matched.as_deref(), request.uri()))))).await {
                Ok(Some((actor, tx))) => (Some(actor), tx, None),
                Ok(None) => (None, None, None),
                Err(error) => (None, None, Some(error)),
            }
        }
        _ => (None, None, None),
    };
    // The last choice in this browser, else what is stored for letters, else what the browser asks for.
    let locale = chosen.or(actor.as_ref().map(|a| a.locale)).unwrap_or(accepted);
    let full = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let posted = method == Method::POST;
    let mut failed = failed.map(Problem::from);
    let stopped = if posted { failed.take() } else { None };
    let visit = Arc::new(Visit {
        app: app.clone(),
        id,
        locale,
        token,
        actor,
        method: method.clone(),
        peer,
        shows_page: matched.as_deref().is_some_and(shows_page),
        path: full,
        stopped: Mutex::new(stopped),
        form: OnceLock::new(),
        arrived: Mutex::new(arrived),
    });
    request.extensions_mut().insert(visit.clone());
    let same_origin = peer || is_same_origin(&app, &request);
    let span = span(&visit, matched.as_deref());
    let answered = async {
        match failed {
            _ if posted && !same_origin => visit.answer(Problem::Expired),
            Some(problem) => visit.answer(problem),
            None => next.run(request).await,
        }
    };
    let mut response = answered.instrument(span.clone()).await;
    // Nobody took it: its connection is somebody else's before the answer travels.
    drop(visit.take_arrived());
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        // The 404 of a hidden row and of an absent one differ in nothing but this random number.
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    if !plain {
        let status = response.status().as_u16();
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.in_scope(|| tracing::info!(status, ms, "answered"));
        metrics::counter!("portal_requests_total", "status" => status.to_string()).increment(1);
        metrics::histogram!("portal_request_seconds").record(started.elapsed().as_secs_f64());
    }
    // Last, when nothing of the request is held or left to do: the log says what finding out took, the answer does not.
    if response.status() == StatusCode::NOT_FOUND && visit.actor.is_some() && matched.as_deref().is_some_and(names_a_thing) {
        until_its_moment(started, app.settings.not_found).await;
    }
    response
}

/// What a page is known to read from its address. An address that is no good is its handler's to refuse.
fn ahead(app: &App, matched: Option<&str>, address: &Uri) -> Vec<Asking> {
    let Some(reads) = matched.and_then(reads_of) else { return Vec::new() };
    let coming = Coming { path: address.path(), query: address.query().unwrap_or_default(), today: app.clock.today() };
    reads(&coming).unwrap_or_default()
}

/// Who stands behind a token; for a page with the transaction that it reads in, and what it reads.
async fn who(app: &App, token: &str, page: Option<(RequestId, Vec<Asking>)>) -> Result<Option<(Actor, Option<Tx>)>, StoreError> {
    let (actor, tx, idle) = match page {
        Some((request, ahead)) => match identity::arrive(&app.db, token, request, ahead).await? {
            Some(arrived) => (arrived.actor, Some(arrived.tx), arrived.idle),
            None => return Ok(None),
        },
        None => match identity::known(&app.db, token).await? {
            Some(known) => (known.actor, None, known.idle),
            None => return Ok(None),
        },
    };
    if idle {
        app.sightings.note(token, app.clock.now());
    }
    Ok(Some((actor, tx)))
}

/// What every log line of a request carries: its id, the seat and the room (the first part of the route). Never the path
/// itself: what somebody typed into the address line is theirs.
fn span(visit: &Visit, matched: Option<&str>) -> tracing::Span {
    let seat = visit.actor.as_ref().map(|a| a.seat.to_string()).unwrap_or_default();
    let room = matched.and_then(|path| path.split('/').nth(1)).unwrap_or("none");
    tracing::info_span!("request", request = %visit.id, seat, room, method = %visit.method)
}

/// A browser says where a post comes from; anything but our own pages is refused unread (F19). The form's token is asked as
/// well. `Sec-Fetch-Site` goes before `Origin`, which is `null` for a page that hides its address (an invitation's).
fn is_same_origin(app: &App, request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == app.settings.public_url,
        (None, None) => true,
    }
}

/// Only signed-in people pass.
pub async fn signed(request: Request, next: Next) -> Response {
    match request.extensions().get::<Arc<Visit>>() {
        Some(visit) if visit.actor.is_some() => next.run(request).await,
        _ => Problem::SignIn.into_response(),
    }
}

/// Only a form of a signed-in person, made for this session and seat, passes.
pub async fn signed_form<F: Form>(request: Request, next: Next) -> Response {
    form::<F>(Access::Signed, request, next).await
}

/// A form on a page for anybody. Whoever is signed in needs their own form here too.
pub async fn open_form<F: Form>(request: Request, next: Next) -> Response {
    form::<F>(Access::Open, request, next).await
}

/// Reads the form first and asks whose it is afterwards, so that a refusal can give back what was typed.
async fn form<F: Form>(access: Access, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Arc<Visit>>().cloned() else { return Problem::SignIn.into_response() };
    let (parts, body) = request.into_parts();
    let read = match Brought::read::<F>(&parts.headers, body).await {
        // Read once: nobody was before us.
        Ok(form) => visit.form.set(form).map_err(|_| Problem::BadRequest),
        // Whoever is not signed in is told that before anything about the form.
        Err(problem) => visit.poster(access).and(Err(problem)),
    };
    match read.and_then(|()| visit.admits(access)) {
        Ok(()) => next.run(Request::from_parts(parts, Body::empty())).await,
        Err(problem) => {
            let problem = visit.named(problem).await;
            if matches!(problem, Problem::Expired) && visit.brings_back_own_form() {
                crate::desk::name_choices(&visit).await;
            }
            problem.into_response()
        }
    }
}

/// Turns a problem into its page, in the reader's language and shell.
pub async fn error_pages(request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Arc<Visit>>().cloned();
    let mut response = next.run(request).await;
    match (response.extensions_mut().remove::<Arc<Mutex<Option<Problem>>>>(), visit) {
        (Some(held), Some(visit)) => {
            let problem = held.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            match problem {
                Some(Problem::Stale(page)) => match crate::desk::overtaken(&visit, &page).await {
                    Some(shown) => shown,
                    None => visit.answer(Problem::Stale(page)),
                },
                Some(problem) => visit.answer(problem),
                None => response,
            }
        }
        _ => response,
    }
}

/// The policy of every page. Uploads go straight to the object store: as a form without script, by script with progress.
fn policy(store: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self' {store}; form-action 'self' {store}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Headers of every answer: nothing of ours may be framed, sniffed, cached by others or run from elsewhere.
pub async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let map = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if !map.contains_key(&name)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            map.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &policy(&app.settings.store_origin));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    if app.settings.https_only {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    response
}

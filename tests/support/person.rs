//! A person at a browser: pages are fetched and forms are posted through the real router, with the form's own token.

use crate::{Form, Stage, Stream};
use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::Clock;
use sqlx::Row;
use std::collections::BTreeMap;
use store::{Db, Door};
use tower::ServiceExt;
use uuid::Uuid;

/// A signed-in person (or nobody).
pub struct Person {
    router: axum::Router,
    /// The session's token; None for nobody.
    pub token: Option<String>,
    /// The active seat.
    pub seat: Option<Uuid>,
    /// Who.
    pub person: Option<Uuid>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Where it leads, for a redirect.
    pub location: Option<String>,
    /// Headers.
    pub headers: axum::http::HeaderMap,
    /// Body as text.
    pub body: String,
}

impl Page {
    /// The value of the first input of this name in the page.
    pub fn input(&self, name: &str) -> Option<String> {
        let tag = self.body.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\"")))?;
        tag.split("value=\"").nth(1)?.split('"').next().map(str::to_owned)
    }

    /// The address of the page's stream, with the rows of a list, as its script makes it.
    ///
    /// # Panics
    /// When the page names none.
    pub fn stream(&self) -> String {
        let address = self.body.split("data-live=\"").nth(1).and_then(|rest| rest.split('"').next());
        let address = address.unwrap_or_else(|| panic!("no stream: {}", self.body)).replace("&amp;", "&");
        if address.starts_with("/live/c/") {
            return address;
        }
        let links = self.body.split("href=\"/c/").skip(1).filter_map(|rest| rest.split('"').next());
        let rows: Vec<&str> = links.filter(|id| id.parse::<Uuid>().is_ok()).collect();
        format!("{address}&rows={}", rows.join(","))
    }

    /// Fails unless the status is this, showing the page.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:?} {}", self.location, self.body);
        self
    }

    /// Where it leads; fails unless it is a redirect.
    #[track_caller]
    pub fn leads(self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.location.unwrap_or_else(|| panic!("a redirect without a place"))
    }
}

impl Person {
    /// Nobody in particular.
    pub fn nobody(stage: &Stage) -> Self {
        Self { router: web::app::router(stage.portal.clone()), token: None, seat: None, person: None }
    }

    /// Opens a session for a person of the story in their first seat.
    pub async fn sign_in(stage: &Stage, key: &str) -> Self {
        let mut god = stage.god().await;
        let email = portal::story::demo_people()
            .expect("people")
            .into_iter()
            .find(|p| p.key == key)
            .unwrap_or_else(|| panic!("nobody is called {key}"))
            .email;
        let person = sqlx::query_scalar("SELECT person_id FROM people_contacts WHERE email = $1")
            .bind(&email)
            .fetch_one(&mut god)
            .await
            .unwrap_or_else(|error| panic!("{key}: {error}"));
        Self::sign_in_as(stage, person).await
    }

    /// Opens a session for anybody who has a seat, in their first one.
    pub async fn sign_in_as(stage: &Stage, person: Uuid) -> Self {
        let issuer: Uuid = sqlx::query_scalar(
            "SELECT i.id FROM seats s JOIN issuers i ON i.federation_id = s.federation_id WHERE s.person_id = $1 LIMIT 1",
        )
        .bind(person)
        .fetch_one(&mut stage.god().await)
        .await
        .unwrap_or_else(|error| panic!("{person}: {error}"));
        Self::sign_in_through(stage, person, issuer).await
    }

    /// Opens a session for somebody whom an issuer vouches for; without a seat when they have none there.
    pub async fn sign_in_through(stage: &Stage, person: Uuid, issuer: Uuid) -> Self {
        let (token, seat) = open_session(stage.db(), &stage.clock, person, issuer, None).await;
        Self { router: web::app::router(stage.portal.clone()), token: Some(token), seat, person: Some(person) }
    }

    /// The same person at a portal that lets everybody ask for so many pages a minute.
    pub async fn limited_to(&self, stage: &Stage, requests: u32) -> Self {
        let mut config = stage.config.clone();
        (config.portal.requests_per_person, config.portal.requests_per_address) = (requests, requests);
        self.at(stage, &config).await
    }

    /// The same person at a portal with these settings.
    pub async fn at(&self, stage: &Stage, config: &portal::config::Config) -> Self {
        let portal = portal::wire::portal(config, stage.clock.clone()).await.expect("portal");
        Self { router: web::app::router(portal), token: self.token.clone(), seat: self.seat, person: self.person }
    }

    /// Fetches a page.
    pub async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Asks with another method, or with more headers, as a script on some page could.
    pub async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Page {
        self.send(method, path, None, headers).await
    }

    /// Posts exactly these fields.
    pub async fn post_raw(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// Posts a form as its page would: with the token and seat, and the version when given.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.csrf().await;
        let seat = self.seat.map(|s| s.to_string()).unwrap_or_default();
        let mut all = vec![("_csrf", csrf.as_str()), ("_seat", seat.as_str())];
        all.extend(fields);
        self.post_raw(path, &all).await
    }

    /// Sends a form as it stands, whatever page it came from.
    pub async fn send_form(&self, form: &Form) -> Page {
        self.send_form_with(form, &[]).await
    }

    /// The same with what a browser says beside it.
    pub async fn send_form_with(&self, form: &Form, headers: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        self.send(Method::POST, &form.action, Some(body), headers).await
    }

    /// The form token of this session, read from a page as a browser would.
    pub async fn csrf(&self) -> String {
        let page = self.get("/sessions").await;
        assert!(!page.status.is_server_error(), "{}", page.body);
        page.input("_csrf").unwrap_or_default()
    }

    /// The person's actor, for tests of commands.
    pub async fn actor(&self, stage: &Stage) -> access::Actor {
        identity::read_session(stage.db(), self.token.as_deref().unwrap_or_default()).await.expect("database").expect("a live session")
    }

    /// Opens a page and follows the stream that it names, as its script does.
    pub async fn follow(&self, path: &str) -> Stream {
        self.stream(&self.get(path).await.expect(200).stream()).await
    }

    /// Follows a stream.
    pub async fn stream(&self, address: &str) -> Stream {
        self.stream_after(address, None).await
    }

    /// Follows a stream again after the last event that was heard, as browsers do.
    pub async fn stream_after(&self, address: &str, last: Option<&str>) -> Stream {
        let mut request = Request::get(address).header(header::ACCEPT_LANGUAGE, "ja");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        if let Some(token) = &self.token {
            request = request.header(header::COOKIE, format!("{}={token}", web::guard::SESSION));
        }
        let request = request.body(Body::empty()).expect("request");
        let response = self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        Stream::of(response)
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Page {
        let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT_LANGUAGE, "ja");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.header(header::COOKIE, format!("{}={token}", web::guard::SESSION));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        answer(&self.router, request.body(Body::from(body.unwrap_or_default())).expect("request")).await
    }
}

/// Opens a session for somebody whom an issuer vouches for, as their sign-in would: its token, and the seat that they asked for, else their
/// first one.
pub async fn open_session(db: &Db, clock: &Clock, person: Uuid, issuer: Uuid, seat: Option<Uuid>) -> (String, Option<Uuid>) {
    let (token, hash) = kernel::secret::new_secret();
    let now = clock.now();
    let values = [
        kernel::ids::new_uuid(clock).into(),
        hash.to_vec().into(),
        person.into(),
        issuer.into(),
        None::<Vec<u8>>.into(),
        None::<String>.into(),
        Some("urn:tomoshibi:acr:2".to_owned()).into(),
        vec!["pwd".to_owned(), "otp".to_owned()].into(),
        true.into(),
        now.into(),
        "test".into(),
        36_000.into(),
        now.into(),
        (now + time::Duration::hours(12)).into(),
        seat.into(),
    ];
    let rows = db.door(Door::SessionOpen, values).await.expect("session opens");
    let seat: Option<Uuid> = rows[0].try_get("", "seat").expect("seat");
    (token, seat)
}

/// What the portal answers to a request.
pub(crate) async fn answer(router: &axum::Router, request: Request<Body>) -> Page {
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    let (parts, body) = response.into_parts();
    // A stream has no end to wait for; whoever wants to hear it follows it (`Person::follow`).
    let stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    let bytes = if stream { Bytes::new() } else { body.collect().await.expect("body").to_bytes() };
    Page {
        status: parts.status,
        location: parts.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).map(str::to_owned),
        headers: parts.headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// Hidden and visible inputs of a page's forms, by name.
pub fn fields(page: &Page) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for tag in page.body.split("<input").skip(1) {
        let attribute = |name: &str| tag.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        if let Some(name) = attribute("name") {
            found.insert(name, attribute("value").unwrap_or_default());
        }
    }
    found
}

/// Runs waiting jobs one by one as the worker would; a failing job fails the test.
pub(crate) async fn run_jobs(stage: &Stage) {
    let mut god = stage.god().await;
    loop {
        let row = sqlx::query("SELECT id, task_identifier FROM graphile_worker.jobs ORDER BY priority, run_at, id LIMIT 1")
            .fetch_optional(&mut god)
            .await;
        let row = match row {
            Ok(Some(row)) => row,
            Ok(None) => return,
            Err(error) => panic!("job queue: {error}"),
        };
        let (id, task): (i64, String) = (row.get("id"), row.get("task_identifier"));
        let payload: serde_json::Value = sqlx::query_scalar("SELECT payload FROM graphile_worker._private_jobs WHERE id = $1")
            .bind(id)
            .fetch_one(&mut god)
            .await
            .expect("payload");
        let uuid = |name: &str| {
            payload[name].as_str().and_then(|text| text.parse::<Uuid>().ok()).unwrap_or_else(|| panic!("{task} without {name}: {payload}"))
        };
        match task.as_str() {
            "send_mail" => stage.bench.send(kernel::EventId(uuid("event"))).await.unwrap_or_else(|error| panic!("send_mail: {error}")),
            "scan_file" => files::scan(&stage.bench.db, &stage.bench.blobs, &*stage.bench.scanner, kernel::FileVersionId(uuid("version")))
                .await
                .unwrap_or_else(|error| panic!("scan_file: {error}")),
            other => panic!("unknown task {other}"),
        }
        sqlx::query("DELETE FROM graphile_worker._private_jobs WHERE id = $1").bind(id).execute(&mut god).await.expect("job done");
    }
}

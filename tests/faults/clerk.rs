//! A person at a browser: over HTTP, patient, and pressing again what was not answered.

use crate::ledger::Ledger;
use crate::world::World;
use anyhow::{Context, bail};
use std::time::{Duration, Instant};
use tests::{Page, Stream, open_session};
use uuid::Uuid;

/// How long somebody goes on pressing.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long somebody waits for one answer.
const ANSWER: Duration = Duration::from_secs(25);

/// Somebody signed in.
#[derive(Clone)]
pub struct Clerk {
    http: reqwest::Client,
    home: String,
    token: String,
    seat: String,
    csrf: String,
    ledger: Ledger,
}

/// How a press ended.
pub enum Pressed {
    /// It was taken; where it leads.
    Taken(String),
    /// It had been taken by an earlier press, whose answer was cut off.
    Before,
}

impl Clerk {
    /// A session of a person of the story.
    pub async fn sign_in(world: &World, ledger: &Ledger, key: &str) -> anyhow::Result<Self> {
        let mut god = world.god().await?;
        let people = portal::story::demo_people()?;
        let email = people.into_iter().find(|p| p.key == key).with_context(|| format!("nobody is called {key}"))?.email;
        let sql = "SELECT pc.person_id, i.id FROM people_contacts pc JOIN seats s USING (person_id) JOIN issuers i ON i.federation_id = s.federation_id
            WHERE pc.email = $1 LIMIT 1";
        let (person, issuer): (Uuid, Uuid) = sqlx::query_as(sql).bind(&email).fetch_one(&mut god).await?;
        let (token, seat) = open_session(&world.db, &world.clock, person, issuer, None).await;
        Self::with(world.home(), token, seat.context("a seat")?.to_string(), ledger).await
    }

    async fn with(home: &str, token: String, seat: String, ledger: &Ledger) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(ANSWER).build()?;
        let mut clerk = Self { http, home: home.to_owned(), token, seat, csrf: String::new(), ledger: ledger.clone() };
        clerk.csrf = clerk.get("/sessions").await?.expect(200).input("_csrf").context("a form's token")?;
        Ok(clerk)
    }

    /// The same session at another portal.
    pub fn at(&self, home: &str) -> Self {
        Self { home: home.to_owned(), ..self.clone() }
    }

    /// Asks for a page once.
    pub async fn get(&self, path: &str) -> anyhow::Result<Page> {
        page(self.cookie(self.http.get(self.home.clone() + path)).send().await?).await
    }

    /// Sends a form once, with what its page adds.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Page> {
        let mut all = vec![("_csrf", self.csrf.as_str()), ("_seat", self.seat.as_str())];
        all.extend(fields);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let request = self.http.post(self.home.clone() + path).header("content-type", "application/x-www-form-urlencoded");
        page(self.cookie(request.body(body)).send().await?).await
    }

    /// Opens a page and follows its stream.
    pub async fn follow(&self, path: &str) -> anyhow::Result<Stream> {
        let body = self.get(path).await?.expect(200).body;
        let address = body.split("data-live=\"").nth(1).and_then(|rest| rest.split('"').next()).context("a stream's address")?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let answer = self.cookie(client.get(self.home.clone() + &address.replace("&amp;", "&"))).send().await?;
        let mut response = axum::http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let chunks =
            futures::stream::unfold(answer, |mut answer| async move { answer.chunk().await.transpose().map(|chunk| (chunk, answer)) });
        Ok(Stream::of(response.body(axum::body::Body::from_stream(chunks))?))
    }

    fn cookie(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.header("cookie", format!("{}={}", web::guard::SESSION, self.token)).header("accept-language", "ja")
    }

    /// Opens a page, again and again until it comes.
    pub async fn open(&self, path: &str) -> anyhow::Result<Page> {
        let began = Instant::now();
        loop {
            match self.get(path).await {
                Ok(page) if page.status == 200 => return Ok(page),
                Ok(page) if page.status == 503 => self.ledger.away(true),
                Ok(page) => bail!("{path}: {}", page.status),
                Err(_) => self.ledger.cut(),
            }
            wait(began, path).await?;
        }
    }

    /// The seat that this session is in.
    pub fn seat(&self) -> &str {
        &self.seat
    }

    /// Keeps what is being written, as the page's script does, until it is kept (204).
    pub async fn keep(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            match self.post(path, fields).await {
                Ok(page) if page.status == 204 => {
                    self.ledger.taken();
                    return Ok(());
                }
                Ok(page) if page.status == 503 => self.ledger.away(true),
                Ok(page) => bail!("{path}: {} {}", page.status, page.body),
                Err(_) => self.ledger.cut(),
            }
            wait(began, path).await?;
        }
    }

    /// Presses the button until the form is taken. What a 503 does not give back of `typed` is a fault.
    pub async fn press(&self, path: &str, fields: &[(&str, &str)], typed: Option<&str>) -> anyhow::Result<Pressed> {
        let (began, mut cut) = (Instant::now(), false);
        loop {
            match self.post(path, fields).await {
                Ok(page) if page.status == 303 => {
                    let to = page.leads();
                    if to.starts_with("/sign-in") {
                        bail!("{path}: sent away to sign in");
                    }
                    self.ledger.taken();
                    return Ok(Pressed::Taken(to));
                }
                Ok(page) if page.status == 503 => self.ledger.away(typed.is_none_or(|text| page.body.contains(text))),
                Ok(page) if page.status == 409 && cut => return Ok(Pressed::Before),
                Ok(page) => bail!("{path}: {} {}", page.status, page.body),
                Err(_) => {
                    cut = true;
                    self.ledger.cut();
                }
            }
            wait(began, path).await?;
        }
    }
}

async fn wait(began: Instant, path: &str) -> anyhow::Result<()> {
    if began.elapsed() > PATIENCE {
        bail!("{path}: not taken in {} s", PATIENCE.as_secs());
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    Ok(())
}

async fn page(answer: reqwest::Response) -> anyhow::Result<Page> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let location = headers.get("location").and_then(|v| v.to_str().ok()).map(str::to_owned);
    Ok(Page { status, location, headers, body: answer.text().await? })
}

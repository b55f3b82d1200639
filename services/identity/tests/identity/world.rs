//! A federation with a clinic, an issuer, and a browser that goes between them.

use crate::support::Stage;
use access::{Actor, Role};
use demo::issuer::{ACR_TWO_FACTORS, DemoPerson, Issuer, IssuerSettings};
use identity::{Begin, Next, Redirect, Returned, SignIn, SignInError, SignInSettings, SignedIn, StepUpOf, Visitor};
use kernel::{Clock, InvitationId, IssuerId, Locale, PersonId, RequestId, SeatId, UnitId, secret};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use store::{Db, Tx};
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;
use uuid::Uuid;

pub const BACK: &str = "http://localhost:8780/sign-in/back";
pub const GOODBYE: &str = "http://localhost:8780/goodbye";
const SECRET: &str = "se cret/+%:";

/// An issuer that can be stopped and started at the same address.
pub struct Peer {
    pub base: String,
    pub issuer: Issuer,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _dir: tempfile::TempDir,
}

impl Peer {
    pub async fn start(clock: Clock) -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let settings = issuer_settings(base.clone(), dir.path());
        let open = move || {
            lend_key(&settings.state_dir);
            Issuer::open_at(settings, clock)
        };
        let issuer = tokio::task::spawn_blocking(open).await.expect("no panic").expect("opened");
        let mut peer = Self { base, issuer, running: None, _dir: dir };
        peer.serve(listener);
        peer
    }

    fn serve(&mut self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel::<()>();
        let router = self.issuer.router();
        let serving = async move {
            let until = async {
                stopped.await.expect("told to stop");
            };
            axum::serve(listener, router).with_graceful_shutdown(until).await.expect("served");
        };
        self.running = Some((stop, tokio::spawn(serving)));
    }

    pub async fn stop(&mut self) {
        let (stop, serving) = self.running.take().expect("running");
        stop.send(()).expect("told");
        serving.await.expect("stopped");
    }

    pub async fn start_again(&mut self) {
        let address = self.base.strip_prefix("http://").expect("address").to_owned();
        let listener = TcpListener::bind(address).await.expect("the same port");
        self.serve(listener);
    }

    pub async fn rotate(&self) {
        let issuer = self.issuer.clone();
        tokio::task::spawn_blocking(move || issuer.rotate()).await.expect("no panic").expect("rotated");
    }
}

/// Puts one key, made once per test run, into a new issuer's folder: unoptimised RSA needs seconds for each.
fn lend_key(state_dir: &Path) {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("folder");
        drop(Issuer::open(issuer_settings("http://127.0.0.1:1".into(), dir.path())).expect("a key"));
        dir
    });
    std::fs::create_dir_all(state_dir.join("issuer-keys")).expect("folder");
    for entry in std::fs::read_dir(made.path().join("issuer-keys")).expect("folder") {
        let entry = entry.expect("entry");
        std::fs::copy(entry.path(), state_dir.join("issuer-keys").join(entry.file_name())).expect("copied");
    }
}

fn issuer_settings(base: String, state_dir: &Path) -> IssuerSettings {
    let person = |key: &str| DemoPerson {
        key: key.into(),
        subject: format!("subject-{key}"),
        email: format!("{key}@Example.jp"),
        name: "看護 花子".into(),
        name_en: "Hanako Kango".into(),
        group: "医療機関".into(),
        line_ja: "診療所".into(),
        line_en: "A clinic".into(),
    };
    IssuerSettings {
        issuer_url: base,
        page_url: None,
        client_ids: vec!["portal".into()],
        client_secret: SECRET.into(),
        redirect_uris: vec![BACK.into()],
        post_logout_redirect_uris: vec![GOODBYE.into()],
        people: ["nurse", "doctor", "stranger", "chief"].map(person).into(),
        state_dir: state_dir.into(),
    }
}

pub struct World {
    pub stage: Stage,
    pub peer: Peer,
    pub sign_in: SignIn,
    pub issuer: IssuerId,
    pub federation: UnitId,
    pub clinic: UnitId,
    http: reqwest::Client,
}

/// What a browser holds after the issuer sent it back.
pub struct Trip {
    pub redirect: Redirect,
    pub back: Returned,
}

impl World {
    pub async fn new() -> Self {
        let stage = Stage::new().await;
        let peer = Peer::start(stage.db().clock().clone()).await;
        let settings = SignInSettings {
            redirect_uri: Url::parse(BACK).expect("address"),
            signed_out_uri: Url::parse(GOODBYE).expect("address"),
            secrets: BTreeMap::from([("demo".into(), SECRET.into())]),
            session_idle: Duration::hours(1),
            session_length: Duration::hours(12),
            plain_http: true,
        };
        let mut loader = PgConnection::connect(stage.loader_url()).await.expect("loader");
        let (federation, clinic) = tree(&mut loader).await;
        let issuer = issuer_row(&mut loader, federation, &peer.base, stage.db().clock()).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("browser");
        Self { sign_in: SignIn::new(settings).expect("settings"), stage, peer, issuer, federation, clinic, http }
    }

    pub fn db(&self) -> &Db {
        self.stage.db()
    }

    pub fn clock(&self) -> &Clock {
        self.db().clock()
    }

    pub fn wait(&self, by: Duration) {
        assert!(self.clock().advance(by), "the clock of these tests is held");
    }

    pub fn request(&self) -> RequestId {
        RequestId::new(self.clock())
    }

    pub async fn loader(&self) -> PgConnection {
        PgConnection::connect(self.stage.loader_url()).await.expect("loader")
    }

    /// A person with a contact and nothing else.
    pub async fn person(&self) -> PersonId {
        let id = PersonId::new(self.clock());
        let mut loader = self.loader().await;
        sqlx::query("INSERT INTO people (id, name, created_at) VALUES ($1, '看護 花子', now())")
            .bind(id.0)
            .execute(&mut loader)
            .await
            .expect("person");
        sqlx::query("INSERT INTO people_contacts (person_id, email) VALUES ($1, 'x@example.jp')")
            .bind(id.0)
            .execute(&mut loader)
            .await
            .expect("contact");
        id
    }

    pub async fn seat(&self, person: PersonId, federation: UnitId, unit: UnitId, role: Role) -> SeatId {
        let id = SeatId::new(self.clock());
        sqlx::query("INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) VALUES ($1, $2, $3, $4, $5, '2026-01-01', now())")
            .bind(id.0)
            .bind(federation.0)
            .bind(person.0)
            .bind(unit.0)
            .bind(role.word())
            .execute(&mut self.loader().await)
            .await
            .expect("seat");
        id
    }

    /// An open invitation by address, and by link when `token` is given; valid for a day.
    pub async fn invitation(&self, person: PersonId, email: &str, token: Option<&str>) -> InvitationId {
        let id = InvitationId::new(self.clock());
        let now = self.clock().now();
        sqlx::query("INSERT INTO invitations (id, federation_id, issuer_id, person_id, email, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7::text::timestamptz, $7::text::timestamptz + interval '1 day')")
            .bind(id.0)
            .bind(self.federation.0)
            .bind(self.issuer.0)
            .bind(person.0)
            .bind(email)
            .bind(token.map(|token| secret::hash(token).to_vec()))
            .bind(instant(now))
            .execute(&mut self.loader().await)
            .await
            .expect("invitation");
        id
    }

    /// A person with a seat at the clinic whom the issuer's `key` may sign in as.
    pub async fn member(&self, key: &str, role: Role) -> (PersonId, SeatId) {
        let person = self.person().await;
        let unit = if role == Role::Administrator { self.federation } else { self.clinic };
        let seat = self.seat(person, self.federation, unit, role).await;
        self.invitation(person, &format!("{key}@example.jp"), None).await;
        (person, seat)
    }

    pub fn begin<'a>(&self, key: &'a str) -> Begin<'a> {
        Begin {
            issuer: self.issuer,
            next: Next::Ask,
            invitation: None,
            step_up: None,
            locale: Locale::Ja,
            login_hint: Some(key),
            browser_secret: None,
        }
    }

    /// Begins, goes to the issuer, presses the button of the hinted person, and comes back.
    pub async fn trip(&self, ask: Begin<'_>, factor: &str) -> Trip {
        let redirect = self.sign_in.begin(self.db(), ask).await.expect("begun");
        let back = self.visit(&redirect.url, factor).await;
        Trip { redirect, back }
    }

    /// What the issuer answers to an address of ours.
    pub async fn visit(&self, url: &Url, factor: &str) -> Returned {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("auto", "1").append_pair("factor", factor);
        let answer = self.http.get(url).send().await.expect("answer");
        let to = Url::parse(answer.headers()["location"].to_str().expect("text")).expect("address");
        assert!(to.as_str().starts_with(BACK), "{to}");
        let field = |name: &str| to.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        Returned { state: field("state").expect("state"), code: field("code"), error: field("error"), iss: field("iss") }
    }

    pub async fn get(&self, url: Url) -> reqwest::Response {
        self.http.get(url).send().await.expect("answer")
    }

    pub async fn finish(&self, trip: &Trip, previous: Option<&str>) -> Result<SignedIn, SignInError> {
        let visitor =
            Visitor { browser_secret: &trip.redirect.browser_secret, device: "Firefox\n Linux", previous, request: self.request() };
        self.sign_in.finish(self.db(), &trip.back, visitor).await
    }

    /// The whole way for somebody with `key` at the issuer.
    pub async fn enter(&self, key: &str) -> Result<SignedIn, SignInError> {
        self.finish(&self.trip(self.begin(key), "pwd").await, None).await
    }

    pub async fn step_up(&self, key: &str, step_up: StepUpOf, factor: &str, token: &str) -> Result<SignedIn, SignInError> {
        let trip = self.trip(Begin { step_up: Some(step_up), ..self.begin(key) }, factor).await;
        self.finish(&trip, Some(token)).await
    }

    pub async fn tx(&self, actor: &Actor) -> Tx {
        self.db().begin(actor, self.request()).await.expect("a live actor")
    }

    pub async fn count(&self, sql: &'static str, id: Uuid) -> i64 {
        sqlx::query_scalar(sql).bind(id).fetch_one(&mut self.loader().await).await.expect("count")
    }

    pub async fn run(&self, sql: &'static str, id: Uuid) {
        let done = sqlx::query(sql).bind(id).execute(&mut self.loader().await).await.expect("done");
        assert_eq!(done.rows_affected(), 1, "{sql}");
    }

    /// The audit entries about a subject.
    pub async fn audited(&self, verb: &'static str, subject: Uuid) -> i64 {
        let sql = "SELECT count(*) FROM audit_entries WHERE verb = $1 AND subject = $2";
        sqlx::query_scalar(sql).bind(verb).bind(subject).fetch_one(&mut self.loader().await).await.expect("count")
    }
}

/// sqlx and the rest of the house do not share a time type in tests; PostgreSQL reads both.
pub fn instant(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!("{date} {:02}:{:02}:{:02}.{:06}+00", time.hour(), time.minute(), time.second(), time.microsecond())
}

/// A federation with one prefecture and one clinic.
pub async fn tree(loader: &mut PgConnection) -> (UnitId, UnitId) {
    let federation: i32 = sqlx::query_scalar(
        "WITH n AS (SELECT nextval(pg_get_serial_sequence('units', 'id'))::int AS id)
         INSERT INTO units (id, federation_id, level, kind, name, number_prefix, opened_on) SELECT id, id, 'federation', 'national_body', '連合会', 'T', '2000-01-01' FROM n RETURNING id",
    )
    .fetch_one(&mut *loader)
    .await
    .expect("federation");
    let prefecture: i32 = sqlx::query_scalar(
        "INSERT INTO units (federation_id, level, kind, parent_id, name, opened_on) VALUES ($1, 'prefectural', 'prefectural_association', $1, '県医師会', '2000-01-01') RETURNING id",
    )
    .bind(federation)
    .fetch_one(&mut *loader)
    .await
    .expect("prefecture");
    let clinic: i32 = sqlx::query_scalar(
        "INSERT INTO units (federation_id, level, kind, parent_id, prefecture_id, name, opened_on) VALUES ($1, 'institution', 'clinic', $2, $2, '灯医院', '2000-01-01') RETURNING id",
    )
    .bind(federation)
    .bind(prefecture)
    .fetch_one(&mut *loader)
    .await
    .expect("clinic");
    (UnitId(federation), UnitId(clinic))
}

pub async fn issuer_row(loader: &mut PgConnection, federation: UnitId, url: &str, clock: &Clock) -> IssuerId {
    let id = IssuerId(kernel::ids::new_uuid(clock));
    // The system may lend a port again that an earlier test on the same database had.
    let retire = "UPDATE issuers SET issuer_url = issuer_url || '#' || id WHERE issuer_url = $1";
    sqlx::query(retire).bind(url).execute(&mut *loader).await.expect("retired");
    sqlx::query(
        "INSERT INTO issuers (id, federation_id, unit_id, name, issuer_url, client_id, secret_name, second_factor_acrs, second_factor_amrs)
         VALUES ($1, $2, $2, '会員認証', $3, 'portal', 'demo', ARRAY[$4], '{}')",
    )
    .bind(id.0)
    .bind(federation.0)
    .bind(url)
    .bind(ACR_TWO_FACTORS)
    .execute(loader)
    .await
    .expect("issuer");
    id
}

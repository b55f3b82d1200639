//! Sign-in issuers for a test: real ones over a socket, that can be stopped, started again and made ill.

use crate::Stage;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo::issuer::{DemoPerson, IssuerSettings};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The secret that the stage's settings give to the demo's clients.
const SECRET: &str = "test-issuer-secret";

/// An issuer of the first federation, known to the portal by its row.
pub struct Issuer {
    /// Its address.
    pub base: String,
    /// Its row.
    pub id: Uuid,
    inside: demo::issuer::Issuer,
    ill: Arc<AtomicBool>,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _folder: tempfile::TempDir,
}

impl Issuer {
    /// The story's own issuer of the first federation, now at a real address.
    pub async fn of_story(stage: &Stage) -> Self {
        let issuer = Self::start(stage).await;
        let id = "UPDATE issuers SET issuer_url = $1 WHERE client_id = 'tomoshibi-1' RETURNING id";
        let id = sqlx::query_scalar(id).bind(&issuer.base).fetch_one(&mut stage.god().await).await.expect("the story's issuer");
        Self { id, ..issuer }
    }

    /// One more issuer of the first federation, called `name`.
    pub async fn another(stage: &Stage, name: &str) -> Self {
        let issuer = Self::start(stage).await;
        let id = insert(stage, name, &issuer.base).await;
        Self { id, ..issuer }
    }

    async fn start(stage: &Stage) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let (settings, clock) = (settings(base.clone(), folder.path()), stage.clock.clone());
        let open = move || {
            lend_key(&settings.state_dir);
            demo::issuer::Issuer::open_at(settings, clock)
        };
        let inside = tokio::task::spawn_blocking(open).await.expect("no panic").expect("opened");
        let mut issuer = Self { base, id: Uuid::nil(), inside, ill: Arc::default(), running: None, _folder: folder };
        issuer.serve(listener);
        issuer
    }

    fn serve(&mut self, listener: TcpListener) {
        let (stop, stopped) = oneshot::channel::<()>();
        let router = self.inside.router().layer(from_fn_with_state(self.ill.clone(), token_endpoint));
        let serving =
            async move { axum::serve(listener, router).with_graceful_shutdown(async { drop(stopped.await) }).await.expect("served") };
        self.running = Some((stop, tokio::spawn(serving)));
    }

    /// Nobody answers at its address any more.
    pub async fn stop(&mut self) {
        let (stop, serving) = self.running.take().expect("running");
        stop.send(()).expect("told");
        serving.await.expect("stopped");
    }

    /// It is back, at the same address.
    pub async fn start_again(&mut self) {
        let address = self.base.strip_prefix("http://").expect("address").to_owned();
        self.serve(TcpListener::bind(address).await.expect("the same port"));
    }

    /// Signs whatever is to be said in its name, also what is not so.
    pub fn sign(&self, claims: &serde_json::Value) -> String {
        self.inside.sign(claims).expect("signed")
    }

    /// Whether its token endpoint answers with 500 from now on.
    pub fn be_ill(&self, ill: bool) {
        self.ill.store(ill, Ordering::SeqCst);
    }
}

/// One more row of the first federation.
pub(crate) async fn insert(stage: &Stage, name: &str, base: &str) -> Uuid {
    let sql = "INSERT INTO issuers (id, federation_id, unit_id, name, issuer_url, client_id, secret_name, second_factor_acrs)
        SELECT $1, federation_id, unit_id, $2, $3, client_id, secret_name, second_factor_acrs FROM issuers WHERE client_id = 'tomoshibi-1'";
    let id = kernel::ids::new_uuid(&stage.clock);
    sqlx::query(sql).bind(id).bind(name).bind(base).execute(&mut stage.god().await).await.expect("one more issuer");
    id
}

/// An issuer that the portal knows by a row.
pub trait Known {
    /// Its row.
    fn id(&self) -> Uuid;
}

impl Known for Issuer {
    fn id(&self) -> Uuid {
        self.id
    }
}

impl Known for crate::Peer {
    fn id(&self) -> Uuid {
        self.id
    }
}

async fn token_endpoint(State(ill): State<Arc<AtomicBool>>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/token" && ill.load(Ordering::SeqCst) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    next.run(request).await
}

/// The people of the story, and a stranger whom the portal does not know.
fn settings(base: String, state_dir: &Path) -> IssuerSettings {
    let person = |key: &str, email: &str| DemoPerson {
        key: key.to_owned(),
        subject: format!("subject-{key}"),
        email: email.to_owned(),
        name: key.to_owned(),
        name_en: key.to_owned(),
        group: "people".into(),
        line_ja: String::new(),
        line_en: String::new(),
    };
    let story = portal::story::demo_people().expect("people");
    let strangers = ["stranger", "other-stranger"].map(|key| person(key, &format!("{key}@private.example")));
    IssuerSettings {
        issuer_url: base,
        page_url: None,
        client_ids: vec!["tomoshibi-1".into()],
        client_secret: SECRET.into(),
        redirect_uris: vec!["http://localhost:8780/sign-in/return".into()],
        post_logout_redirect_uris: vec!["http://localhost:8780/signed-out".into()],
        people: story.iter().map(|p| person(&p.key, &p.email)).chain(strangers).collect(),
        state_dir: state_dir.to_owned(),
    }
}

/// Puts one key, made once per test run, into a new issuer's folder: unoptimised RSA needs seconds for each.
fn lend_key(state_dir: &Path) {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("folder");
        drop(demo::issuer::Issuer::open(settings("http://127.0.0.1:1".into(), folder.path())).expect("a key"));
        folder
    });
    std::fs::create_dir_all(state_dir.join("issuer-keys")).expect("folder");
    for entry in std::fs::read_dir(made.path().join("issuer-keys")).expect("folder") {
        let entry = entry.expect("entry");
        std::fs::copy(entry.path(), state_dir.join("issuer-keys").join(entry.file_name())).expect("copied");
    }
}

/// What a JWT claims, unproved.
pub fn claims_of(token: &str) -> serde_json::Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

//! Sign-in issuers that are not ours: npm oidc-provider in a process of its own, which can be stopped, started again, given
//! other keys and made ill. It lives by the stage's clock and posts its logouts to a portal that really listens.

use crate::{Stage, service};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use kernel::Clock;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdout, Command};
use uuid::Uuid;

const SECRET: &str = "test-issuer-secret";
/// A client of the provider that is not ours.
const OTHER_CLIENT: &str = "another-portal";
/// A busy machine may take its time to start it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a provider posted to the portal, and what it was answered.
#[derive(Clone, Debug)]
pub struct LogoutPost {
    /// The form as it came.
    pub body: Bytes,
    /// The status of the answer.
    pub status: u16,
}

impl LogoutPost {
    /// The claims of the token in it.
    pub fn claims(&self) -> Value {
        let token =
            url::form_urlencoded::parse(&self.body).find(|(name, _)| name == "logout_token").expect("a logout token").1.into_owned();
        crate::claims_of(&token)
    }
}

type Posted = Arc<Mutex<Vec<LogoutPost>>>;

/// Keeps what comes, and passes it on.
async fn listen_in(State(posted): State<Posted>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
    let answer = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    posted.lock().expect("posts").push(LogoutPost { body, status: answer.status().as_u16() });
    answer
}

/// An issuer of the first federation, known to the portal by its row.
pub struct Peer {
    /// Its address.
    pub base: String,
    /// Its row.
    pub id: Uuid,
    port: u16,
    portal: String,
    clock: Clock,
    keys: u32,
    posted: Posted,
    /// The process, and its output, which must stay open as long as it writes.
    running: Option<(Child, Lines<BufReader<ChildStdout>>)>,
    folder: tempfile::TempDir,
}

impl Peer {
    /// The story's own issuer of the first federation, now an independent one.
    pub async fn of_story(stage: &Stage) -> Self {
        let peer = Self::start(stage).await;
        let id = "UPDATE issuers SET issuer_url = $1 WHERE client_id = 'tomoshibi-1' RETURNING id";
        let id = sqlx::query_scalar(id).bind(&peer.base).fetch_one(&mut stage.god().await).await.expect("the story's issuer");
        Self { id, ..peer }
    }

    /// One more issuer of the first federation, called `name`.
    pub async fn another(stage: &Stage, name: &str) -> Self {
        let peer = Self::start(stage).await;
        let id = crate::issuer::insert(stage, name, &peer.base).await;
        Self { id, ..peer }
    }

    async fn start(stage: &Stage) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let portal = format!("http://{}", listener.local_addr().expect("address"));
        let posted = Posted::default();
        let router = web::app::router(stage.portal.clone()).layer(from_fn_with_state(posted.clone(), listen_in));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        let port = free_port().await;
        let folder = tempfile::tempdir().expect("folder");
        let base = format!("http://127.0.0.1:{port}");
        let mut peer = Self { base, id: Uuid::nil(), port, portal, clock: stage.clock.clone(), keys: 1, posted, running: None, folder };
        peer.start_again().await;
        peer
    }

    /// What it has posted to the portal so far, in order.
    pub fn posted(&self) -> Vec<LogoutPost> {
        self.posted.lock().expect("posts").clone()
    }

    /// Posts a form of its own once more, as somebody could who has read it on its way: the status of the answer.
    pub async fn post_again(&self, post: &LogoutPost) -> u16 {
        let http = reqwest::Client::builder().no_proxy().build().expect("client");
        let request = http.post(format!("{}/back-channel-logout", self.portal)).body(post.body.clone());
        request.header("content-type", "application/x-www-form-urlencoded").send().await.expect("an answer").status().as_u16()
    }

    /// Where its other client, which is not the portal, begins a sign-in of this person.
    pub fn sign_in_elsewhere(&self, key: &str) -> url::Url {
        let mut at = url::Url::parse(&format!("{}/authorize", self.base)).expect("address");
        at.query_pairs_mut().extend_pairs([
            ("client_id", OTHER_CLIENT),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("redirect_uri", "http://localhost:8780/elsewhere"),
            // The example of RFC 7636, appendix B.
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("login_hint", key),
            ("state", "x"),
        ]);
        at
    }

    /// Nobody answers at its address any more; its sessions are forgotten.
    pub async fn stop(&mut self) {
        let (mut child, _) = self.running.take().expect("running");
        child.start_kill().expect("told");
        child.wait().await.expect("stopped");
    }

    /// It is back, at the same address and with the same keys.
    pub async fn start_again(&mut self) {
        std::fs::write(self.file("settings.json"), self.settings().to_string()).expect("settings");
        let log = std::fs::File::create(self.file("log")).expect("log");
        let program = PathBuf::from(service("TOMOSHIBI_TEST_OIDC_PROVIDER"));
        let mut command = Command::new("node");
        command.arg("--no-warnings").arg(program).arg(self.file("settings.json"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("output")).lines();
        let said = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("a line");
        assert_eq!(said.as_deref(), Some("listening"), "oidc-provider did not start: {}", self.log());
        self.running = Some((child, lines));
    }

    /// It stops, and comes back with other keys: the old ones are not published any more.
    pub async fn change_keys(&mut self) {
        self.stop().await;
        self.keys += 1;
        self.start_again().await;
    }

    /// Whether its token endpoint answers with 500 from now on.
    pub fn be_ill(&self, ill: bool) {
        let file = self.file("ill");
        if ill { std::fs::write(file, "").expect("ill") } else { std::fs::remove_file(file).expect("well") }
    }

    /// What it had to complain of since it was started; its advice to operators is not for us.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(self.file("log")).expect("log");
        log.lines().filter(|line| !line.is_empty() && !line.starts_with("oidc-provider ")).collect()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn settings(&self) -> Value {
        let now = self.clock.now().unix_timestamp_nanos() / 1_000_000;
        json!({
            "issuer": self.base, "port": self.port, "now": i64::try_from(now).expect("an instant"),
            "keys": self.file(&format!("keys-{}.json", self.keys)), "ill": self.file("ill"), "people": people(),
            "clients": [{
                "client_id": "tomoshibi-1", "client_secret": SECRET, "require_auth_time": true,
                "redirect_uris": ["http://localhost:8780/sign-in/return"], "post_logout_redirect_uris": ["http://localhost:8780/signed-out"],
                "backchannel_logout_uri": format!("{}/back-channel-logout", self.portal), "backchannel_logout_session_required": true,
            }, {
                "client_id": OTHER_CLIENT, "client_secret": SECRET, "redirect_uris": ["http://localhost:8780/elsewhere"],
                // Set up wrongly, or with ill will: what is meant for it comes to the portal.
                "backchannel_logout_uri": format!("{}/back-channel-logout", self.portal), "backchannel_logout_session_required": true,
            }],
        })
    }
}

/// The people of the story, and strangers whom the portal does not know.
fn people() -> Vec<Value> {
    let story = portal::story::demo_people().expect("people").into_iter().map(|p| (p.key, p.email));
    let strangers = ["stranger", "other-stranger"].map(|key| (key.to_owned(), format!("{key}@private.example")));
    let person = |(key, email): (String, String)| json!({ "key": key, "subject": format!("subject-{key}"), "email": email });
    story.chain(strangers).map(person).collect()
}

/// Below the range that outgoing connections take theirs from, so that it is still free after a restart.
async fn free_port() -> u16 {
    for _ in 0..200 {
        let port = 20_000 + u16::from_le_bytes(kernel::secret::random::<2>()) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
    panic!("no free port between 20000 and 32000");
}

//! A running issuer, a client library in front of it, and a browser without script.

use demo::issuer::{DemoPerson, Issuer, IssuerSettings};
use kernel::Clock;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenVerifier};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadataWithLogout, RedirectUrl, Scope,
};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;
use tokio::net::TcpListener;
use url::Url;

pub const CALLBACK: &str = "http://localhost:8780/callback";
pub const GOODBYE: &str = "http://localhost:8780/goodbye";
const SECRET: &str = "se cret/+%:";

pub struct Peer {
    pub base: String,
    pub clock: Clock,
    pub issuer: Issuer,
    http: Client,
    _dir: tempfile::TempDir,
}

impl Peer {
    /// Starts an issuer whose clock stands at the present until it is moved.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// The same with settings that are changed first.
    pub async fn start_with(change: impl FnOnce(&mut IssuerSettings)) -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let mut settings = settings(base.clone(), dir.path());
        change(&mut settings);
        let clock = Clock::held(Clock::wall().now());
        let held = clock.clone();
        let open = move || {
            lend_key(&settings.state_dir);
            Issuer::open_at(settings, held)
        };
        let issuer = tokio::task::spawn_blocking(open).await.expect("no panic").expect("opened");
        let router = issuer.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
        Self { base, clock, issuer, http, _dir: dir }
    }

    pub async fn metadata(&self) -> ProviderMetadataWithLogout {
        let issuer = IssuerUrl::new(self.base.clone()).expect("address");
        ProviderMetadataWithLogout::discover_async(issuer, &self.http).await.expect("discovery")
    }

    pub async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.expect("answer")
    }

    pub async fn post_form(&self, path: &str, fields: &[(String, String)]) -> Response {
        let body = serde_urlencoded::to_string(fields).expect("form");
        let request = self.http.post(format!("{}{path}", self.base)).header("content-type", "application/x-www-form-urlencoded");
        request.body(body).send().await.expect("answer")
    }

    /// Calls the token endpoint with the fields as they are: status and error.
    pub async fn token(&self, fields: &[(String, String)]) -> (StatusCode, Option<String>) {
        let answer = self.post_form("/token", fields).await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let status = answer.status();
        let body: Value = serde_json::from_slice(&answer.bytes().await.expect("body")).expect("json");
        (status, body["error"].as_str().map(str::to_owned))
    }

    pub async fn userinfo(&self, token: &str) -> Response {
        self.http.get(format!("{}/userinfo", self.base)).bearer_auth(token).send().await.expect("answer")
    }
}

/// Puts one key, made once per test run, into a new issuer's folder: unoptimised RSA needs seconds for each.
fn lend_key(state_dir: &Path) {
    static MADE: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("folder");
        let settings = settings("http://127.0.0.1:1".into(), dir.path());
        drop(Issuer::open(settings).expect("a key"));
        dir
    });
    std::fs::create_dir_all(state_dir.join("issuer-keys")).expect("folder");
    for entry in std::fs::read_dir(made.path().join("issuer-keys")).expect("folder") {
        let entry = entry.expect("entry");
        std::fs::copy(entry.path(), state_dir.join("issuer-keys").join(entry.file_name())).expect("copied");
    }
}

fn settings(base: String, state_dir: &Path) -> IssuerSettings {
    IssuerSettings {
        issuer_url: base,
        page_url: None,
        client_ids: vec!["portal".into()],
        client_secret: SECRET.into(),
        redirect_uris: vec![CALLBACK.into()],
        post_logout_redirect_uris: vec![GOODBYE.into()],
        people: people(),
        state_dir: state_dir.into(),
    }
}

fn people() -> Vec<DemoPerson> {
    let person = |key: &str, group: &str, name: &str, line_ja: &str| DemoPerson {
        key: key.into(),
        subject: format!("subject-{key}"),
        email: format!("{key}@example.jp"),
        name: name.into(),
        name_en: format!("{key} in English"),
        group: group.into(),
        line_ja: line_ja.into(),
        line_en: "A role somewhere".into(),
    };
    vec![person("clinic", "医療機関", "看護 花子", "診療所 <1>"), person("desk", "連合会", "相談 太郎", "相談員")]
}

/// One sign-in attempt of the client.
pub struct Flow {
    pub state: CsrfToken,
    pub verifier: PkceCodeVerifier,
    nonce: Nonce,
    url: Url,
}

impl Flow {
    /// Builds the authorisation request with the client library.
    pub fn new(peer: &Peer) -> Self {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::new(
            ClientId::new("portal".into()),
            IssuerUrl::new(peer.base.clone()).expect("address"),
            openidconnect::JsonWebKeySet::new(vec![]),
        )
        .set_auth_uri(openidconnect::AuthUrl::new(format!("{}/authorize", peer.base)).expect("address"))
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).expect("address"));
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".into()))
            .set_pkce_challenge(challenge)
            .url();
        Self { state, verifier, nonce, url }
    }

    /// The request's address, with some parameters added or replaced.
    pub fn authorize(&self, changes: &[(&str, &str)]) -> String {
        let changed = |name: &str| changes.iter().any(|(other, _)| *other == name);
        let kept: Vec<_> = self.url.query_pairs().into_owned().filter(|(name, _)| !changed(name)).collect();
        let mut url = self.url.clone();
        url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(changes);
        url.into()
    }

    /// A code without the page, as tests may get one.
    pub async fn auto_code(&self, peer: &Peer, extra: &[(&str, &str)]) -> String {
        let mut changes = vec![("login_hint", "clinic"), ("auto", "1")];
        changes.extend_from_slice(extra);
        let answer = peer.get(&self.authorize(&changes)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        query(&location(&answer), "code").expect("code")
    }

    /// Redeems a code with the client library (HTTP Basic): the raw token response.
    pub async fn exchange(&self, peer: &Peer, code: &str) -> Result<Value, String> {
        let metadata = peer.metadata().await;
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new("portal".into()), Some(ClientSecret::new(SECRET.into())))
            .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).expect("address"));
        let verifier = PkceCodeVerifier::new(self.verifier.secret().clone());
        let request = client.exchange_code(AuthorizationCode::new(code.into())).map_err(|error| error.to_string())?;
        let answer = request.set_pkce_verifier(verifier).request_async(&peer.http).await.map_err(|error| error.to_string())?;
        serde_json::to_value(&answer).map_err(|error| error.to_string())
    }

    /// The fields of a token request with the secret in the form.
    pub fn fields(&self, code: &str, verifier: &str, redirect_uri: &str) -> Vec<(String, String)> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
            ("client_id", "portal"),
            ("client_secret", SECRET),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// Verifies the ID token as the portal would (signature, issuer, audience, expiry, nonce) and gives all its claims.
    pub async fn verify(&self, peer: &Peer, tokens: &Value) -> Value {
        let metadata = peer.metadata().await;
        let verifier = CoreIdTokenVerifier::new_confidential_client(
            ClientId::new("portal".into()),
            ClientSecret::new(SECRET.into()),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        );
        let token = CoreIdToken::from_str(&id_token(tokens)).expect("a JWT");
        token.claims(&verifier, &self.nonce).expect("verified");
        assert!(token.claims(&verifier, &Nonce::new_random()).is_err(), "another nonce is refused");
        jwt_part(&id_token(tokens), 1)
    }
}

pub fn id_token(tokens: &Value) -> String {
    tokens["id_token"].as_str().expect("ID token").to_owned()
}

pub fn access_token(tokens: &Value) -> String {
    tokens["access_token"].as_str().expect("access token").to_owned()
}

pub fn key_id(tokens: &Value) -> String {
    jwt_part(&id_token(tokens), 0)["kid"].as_str().expect("key id").to_owned()
}

fn jwt_part(token: &str, index: usize) -> Value {
    use base64::Engine;
    let part = token.split('.').nth(index).expect("part");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).expect("base64");
    serde_json::from_slice(&bytes).expect("json")
}

pub fn location(answer: &Response) -> String {
    answer.headers().get("location").expect("a redirect").to_str().expect("text").to_owned()
}

pub fn query(url: &str, name: &str) -> Option<String> {
    Url::parse(url).expect("address").query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// What a browser would post when a person's button is pressed.
pub fn form_of(html: &str, person: &str, factor: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = html
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").expect("value");
            let (value, _) = rest.split_once('"').expect("end");
            (name.to_owned(), value.replace("&amp;", "&").replace("&#39;", "'"))
        })
        .collect();
    assert!(fields.len() > 5, "the request travels in the form");
    fields.push(("person".into(), person.into()));
    fields.push(("factor".into(), factor.into()));
    fields
}

//! A small OpenID Connect provider whose people are buttons: code flow with PKCE, discovery, key rotation, RP-initiated logout.
//!
//! There is no session and no cookie here: every authorisation shows the page, so the demo can always change person. The only
//! exception is for tests: `auto=1` together with a known `login_hint` answers at once (`factor=pwd|otp|passkey` chooses the
//! second factor; without it `acr_values` does).

mod authorize;
mod codes;
mod discovery;
mod keys;
mod logout;
mod page;
mod texts;
mod token;

use crate::{DemoError, server};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use codes::Codes;
use kernel::Clock;
use keys::Keys;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use texts::Texts;
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tower_http::set_header::SetResponseHeaderLayer;
use url::Url;

/// Authentication context of one factor.
pub const ACR_ONE_FACTOR: &str = "urn:tomoshibi:acr:1";
/// Authentication context of two factors.
pub const ACR_TWO_FACTORS: &str = "urn:tomoshibi:acr:2";

/// Forms here carry a few short fields.
const MAX_BODY: usize = 64 * 1024;

/// A person the demo can sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// Short name used in `login_hint`, for example `clinic-nurse`.
    pub key: String,
    /// The `sub` claim; never changes for one person.
    pub subject: String,
    /// The `email` claim, always said to be verified.
    pub email: String,
    /// Name as written in Japanese; the `name` claim.
    pub name: String,
    /// Name in Latin letters.
    pub name_en: String,
    /// Heading under which the person stands; people of one group are shown together.
    pub group: String,
    /// Role and organisation in Japanese.
    pub line_ja: String,
    /// Role and organisation in English.
    pub line_en: String,
}

/// One issuer and the clients it knows (one per federation); they share a secret and addresses.
#[derive(Clone)]
pub struct IssuerSettings {
    /// The issuer's address without a path, as the client is told it, for example `http://127.0.0.1:8783`.
    pub issuer_url: String,
    /// Where the page with the people stands when it is not there, for example `http://localhost:8783`: browsers are sent on
    /// to it, as many issuers send people from one of their hosts to another.
    pub page_url: Option<String>,
    /// The clients' ids.
    pub client_ids: Vec<String>,
    /// The clients' secret.
    pub client_secret: String,
    /// Addresses a code may be sent to, compared exactly.
    pub redirect_uris: Vec<String>,
    /// Addresses a sign-out may return to, compared exactly.
    pub post_logout_redirect_uris: Vec<String>,
    /// Who can sign in; keys and subjects are unique.
    pub people: Vec<DemoPerson>,
    /// Folder for the signing keys; made if absent, so that a restart keeps them.
    pub state_dir: PathBuf,
}

/// A running issuer's state; cloning shares it.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

pub(crate) struct Inner {
    base: String,
    settings: IssuerSettings,
    keys: Keys,
    codes: Codes,
    texts: Texts,
    clock: Clock,
    page_policy: HeaderValue,
}

impl Issuer {
    /// Opens the issuer: checks the settings, reads its keys or makes the first one (this blocks for the time RSA needs).
    ///
    /// # Errors
    /// A setting that cannot work, or keys that cannot be read or written.
    pub fn open(settings: IssuerSettings) -> Result<Self, DemoError> {
        Self::open_at(settings, Clock::wall())
    }

    /// As [`Issuer::open`], with the given clock: for tests of expiry.
    ///
    /// # Errors
    /// As [`Issuer::open`].
    pub fn open_at(settings: IssuerSettings, clock: Clock) -> Result<Self, DemoError> {
        let base = base_of(&settings.issuer_url)?;
        settings.page_url.as_deref().map(base_of).transpose()?;
        check_people(&settings.people)?;
        Ok(Self(Arc::new(Inner {
            base,
            page_policy: page::policy(&settings.redirect_uris)?,
            keys: Keys::open(settings.state_dir.join("issuer-keys"))?,
            codes: Codes::default(),
            texts: Texts::load()?,
            settings,
            clock,
        })))
    }

    /// Makes a new signing key the current one; the one before stays published, older ones go.
    ///
    /// # Errors
    /// A key that cannot be made or written.
    pub fn rotate(&self) -> Result<(), DemoError> {
        self.0.keys.rotate()
    }

    /// Signs whatever claims with the current key (a compact RS256 JWT), also untrue ones: for tests of what a client believes.
    ///
    /// # Errors
    /// Claims that cannot be written as JSON.
    pub fn sign(&self, claims: &serde_json::Value) -> Result<String, DemoError> {
        self.0.keys.sign(claims)
    }

    /// The issuer's pages and endpoints.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/authorize", get(authorize::show).post(authorize::choose))
            .merge(token::routes())
            .merge(discovery::routes())
            .route("/logout", get(logout::by_link).post(logout::by_form))
            .route("/issuer.css", get(style_sheet))
            .route("/favicon.ico", get(|| async { axum::http::StatusCode::NO_CONTENT }))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
            .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .with_state(self.clone())
    }
}

impl Inner {
    /// The present instant: the only place of this crate where time comes from.
    fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    fn person(&self, key: &str) -> Option<&DemoPerson> {
        self.settings.people.iter().find(|person| person.key == key)
    }
}

/// The issuer as a router.
///
/// # Errors
/// As [`Issuer::open`].
pub fn router(settings: IssuerSettings) -> Result<Router, DemoError> {
    Ok(Issuer::open(settings)?.router())
}

/// Serves the issuer on `listener` until `shutdown` resolves.
///
/// # Errors
/// As [`Issuer::open`], or a socket that fails.
pub async fn serve(
    listener: TcpListener,
    settings: IssuerSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DemoError> {
    let opened = tokio::task::spawn_blocking(move || router(settings)).await;
    let router = opened.map_err(|error| DemoError::Key(error.to_string()))??;
    server::run(listener, router, shutdown).await
}

async fn style_sheet() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("../../issuer.css"))
}

/// The issuer's address without a closing slash, exactly as clients will compare it.
fn base_of(issuer_url: &str) -> Result<String, DemoError> {
    let wrong = || DemoError::Setting(format!("issuer address must be http(s)://host[:port] without a path: {issuer_url}"));
    let url = Url::parse(issuer_url).map_err(|_| wrong())?;
    let plain = matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !plain || issuer_url.ends_with('/') {
        return Err(wrong());
    }
    Ok(issuer_url.to_owned())
}

fn check_people(people: &[DemoPerson]) -> Result<(), DemoError> {
    for (index, person) in people.iter().enumerate() {
        let twice = people[..index].iter().any(|p| p.key == person.key || p.subject == person.subject);
        if twice || person.key.is_empty() || person.subject.is_empty() {
            return Err(DemoError::Setting(format!("demo person without own key and subject: {}", person.key)));
        }
    }
    Ok(())
}

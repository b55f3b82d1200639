//! The way out: which issuers there are, and sending a browser to one.

use crate::client::{Client, Metadata, client};
use crate::error::{SettingsError, SignInError};
use crate::http::Http;
use crate::next::Next;
use crate::providers::{BEFORE_SENDING, Providers};
use crate::rows::{self, IssuerRow};
use crate::step_up::StepUpOf;
use kernel::{IssuerId, Locale, secret, text};
use openidconnect::core::{CoreAuthPrompt, CoreResponseType};
use openidconnect::{
    AuthenticationContextClass, AuthenticationFlow, CsrfToken, LanguageTag, LoginHint, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope,
};
use std::collections::BTreeMap;
use store::{Db, StoreError};
use time::Duration;
use url::Url;

/// What the sign-in must be told.
#[derive(Clone, Debug)]
pub struct SignInSettings {
    /// Where issuers send the browser back to; registered there, compared exactly.
    pub redirect_uri: Url,
    /// Where issuers send the browser after a sign-out; registered there, compared exactly.
    pub signed_out_uri: Url,
    /// Client secrets by the name that an issuer's row gives.
    pub secrets: BTreeMap<String, String>,
    /// A session without a request for this long ends.
    pub session_idle: Duration,
    /// A session ends this long after its sign-in in any case.
    pub session_length: Duration,
    /// Allows issuers over `http://`: demo and tests only.
    pub plain_http: bool,
}

/// Sign-in by OpenID Connect: authorization code with PKCE at any of the issuers in the database.
pub struct SignIn {
    pub(crate) settings: SignInSettings,
    pub(crate) providers: Providers,
}

/// One issuer as offered on the sign-in page.
#[derive(Clone, Debug)]
pub struct IssuerChoice {
    /// Names it in [`Begin::issuer`].
    pub id: IssuerId,
    /// Its name in Japanese.
    pub name: String,
    /// Its name in English, when there is one.
    pub name_en: Option<String>,
    /// The federation that trusts it.
    pub federation_name: String,
    /// The federation's name in English, when there is one.
    pub federation_name_en: Option<String>,
}

/// What a sign-in begins with.
#[derive(Clone, Copy, Debug)]
pub struct Begin<'a> {
    /// Where.
    pub issuer: IssuerId,
    /// Where to go afterwards.
    pub next: Next,
    /// The secret from an invitation's link.
    pub invitation: Option<&'a str>,
    /// Who comes back stronger; None for an ordinary sign-in.
    pub step_up: Option<StepUpOf>,
    /// The language of the issuer's page.
    pub locale: Locale,
    /// A name the issuer may fill in.
    pub login_hint: Option<&'a str>,
    /// The browser secret of a sign-in begun earlier in this browser (its cookie): kept, so that two tabs can both end.
    pub browser_secret: Option<&'a str>,
}

/// Where to send the browser, and what to put into its cookie.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The issuer's page.
    pub url: Url,
    /// For an HttpOnly `__Host-` cookie of ten minutes; ties the way back to this browser (login CSRF).
    pub browser_secret: String,
}

impl SignIn {
    /// A sign-in with these settings; asks nobody yet.
    ///
    /// # Errors
    /// Settings that cannot work.
    pub fn new(settings: SignInSettings) -> Result<Self, SettingsError> {
        for address in [&settings.redirect_uri, &settings.signed_out_uri] {
            if !may_visit(address, settings.plain_http) {
                return Err(SettingsError::Address(address.clone()));
            }
        }
        if settings.session_idle < Duration::SECOND || settings.session_length < Duration::SECOND {
            return Err(SettingsError::Times);
        }
        let providers = Providers::new(Http::new(settings.plain_http)?);
        Ok(Self { settings, providers })
    }

    /// The issuers one may sign in with, in their order.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn issuers(&self, db: &Db) -> Result<Vec<IssuerChoice>, StoreError> {
        let rows = rows::issuers(db).await?;
        let choice = |row: rows::IssuerChoiceRow| IssuerChoice {
            id: IssuerId(row.id),
            name: row.name,
            name_en: row.name_en,
            federation_name: row.federation_name,
            federation_name_en: row.federation_name_en,
        };
        Ok(rows.into_iter().map(choice).collect())
    }

    /// Begins a sign-in: notes it (hashed, for ten minutes) and says where to send the browser. Asks the issuer first
    /// whether it is there, so that nobody is sent to a dead page.
    ///
    /// # Errors
    /// `IssuerDown`, `NoSuchIssuer` or the database.
    pub async fn begin(&self, db: &Db, ask: Begin<'_>) -> Result<Redirect, SignInError> {
        let row = rows::issuer(db, ask.issuer).await?.ok_or(SignInError::NoSuchIssuer)?;
        let metadata = self.providers.metadata(&row.issuer_url, db.clock().now(), BEFORE_SENDING).await?;
        let client = self.client(metadata, &row)?;
        if !self.may_visit(client.auth_uri().url()) {
            tracing::warn!(issuer = row.issuer_url, "issuer's page is not at an https address");
            return Err(SignInError::IssuerDown);
        }
        let (state, state_hash) = secret::new_secret();
        let (nonce, _) = secret::new_secret();
        let (verifier, _) = secret::new_secret();
        let browser_secret = ask.browser_secret.filter(|kept| is_secret(kept)).map_or_else(|| secret::new_secret().0, str::to_owned);
        let way = rows::UnderWay {
            state: state_hash,
            issuer: ask.issuer,
            browser: secret::hash(&browser_secret),
            nonce: &nonce,
            verifier: &verifier,
            next: ask.next.word(),
            invitation: ask.invitation.map(secret::hash),
            step_up_of: ask.step_up.map(|step_up| step_up.person),
        };
        rows::begin(db, way).await?;
        Ok(Redirect { url: address(&client, &row, &ask, state, nonce, verifier), browser_secret })
    }

    /// Whether a browser may be sent there.
    pub(crate) fn may_visit(&self, url: &Url) -> bool {
        may_visit(url, self.settings.plain_http)
    }

    /// The client of one issuer's row.
    pub(crate) fn client(&self, metadata: Metadata, row: &IssuerRow) -> Result<Client, SignInError> {
        let Some(secret) = self.settings.secrets.get(&row.secret_name) else {
            tracing::error!(name = row.secret_name, "the client secret of an issuer is not set");
            return Err(SignInError::IssuerDown);
        };
        Ok(client(metadata, &row.client_id, secret, &self.settings.redirect_uri))
    }
}

fn address(client: &Client, row: &IssuerRow, ask: &Begin<'_>, state: String, nonce: String, verifier: String) -> Url {
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier));
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let mut request = client
        .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce))
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .add_ui_locale(LanguageTag::new(ask.locale.word().into()));
    if let Some(hint) = ask.login_hint.map(text::line).filter(|hint| (1..=254).contains(&text::length(hint))) {
        request = request.set_login_hint(LoginHint::new(hint));
    }
    if let Some(step_up) = ask.step_up {
        // A session at the issuer is not enough; and asking for an age makes auth_time mandatory (Core 3.1.2.1).
        request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(step_up.wish.max_age.try_into().unwrap_or_default());
        if step_up.wish.second_factor {
            for acr in &row.second_factor_acrs {
                request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
            }
        }
    }
    request.url().0
}

fn may_visit(url: &Url, plain_http: bool) -> bool {
    url.scheme() == "https" || (plain_http && url.scheme() == "http")
}

/// Looks like a secret of ours; anything else from a cookie is passed over.
fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(redirect: &str, plain_http: bool) -> SignInSettings {
        SignInSettings {
            redirect_uri: Url::parse(redirect).expect("address"),
            signed_out_uri: Url::parse("https://portal.example/").expect("address"),
            secrets: BTreeMap::new(),
            session_idle: Duration::hours(1),
            session_length: Duration::hours(12),
            plain_http,
        }
    }

    #[test]
    fn plain_http_must_be_asked_for() {
        assert!(SignIn::new(settings("https://portal.example/back", false)).is_ok());
        assert!(matches!(SignIn::new(settings("http://portal.example/back", false)), Err(SettingsError::Address(_))));
        assert!(SignIn::new(settings("http://localhost:8780/back", true)).is_ok());
        assert!(matches!(SignIn::new(settings("ftp://portal.example/back", true)), Err(SettingsError::Address(_))));
        let none = SignInSettings { session_idle: Duration::ZERO, ..settings("https://portal.example/back", false) };
        assert!(matches!(SignIn::new(none), Err(SettingsError::Times)));
    }

    #[test]
    fn only_a_secret_of_ours_is_kept_from_a_cookie() {
        assert!(is_secret(&secret::new_secret().0));
        for bad in ["", "a", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
            assert!(!is_secret(bad), "{bad}");
        }
    }
}

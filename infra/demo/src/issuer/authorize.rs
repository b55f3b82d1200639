//! The authorisation endpoint: checks the request, shows the people, sends the chosen one's code back.

use super::codes::Grant;
use super::texts::{Words, locale_of};
use super::{ACR_ONE_FACTOR, ACR_TWO_FACTORS, DemoPerson, Inner, Issuer, page};
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use kernel::Locale;
use serde::Deserialize;
use url::Url;

/// What a client may ask, and what the page adds. Unknown parameters are passed over, repeated ones refused (RFC 6749, 3.1).
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub response_type: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: String,
    pub state: String,
    pub nonce: String,
    pub code_challenge: String,
    pub code_challenge_method: String,
    pub response_mode: String,
    pub prompt: String,
    pub max_age: String,
    pub acr_values: String,
    pub login_hint: String,
    pub ui_locales: String,
    pub request: String,
    pub request_uri: String,
    pub auto: String,
    pub person: String,
    pub factor: String,
}

/// How the person proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Factor {
    Password,
    OneTimeCode,
    Passkey,
}

impl Factor {
    pub(crate) const ALL: [Self; 3] = [Self::Password, Self::OneTimeCode, Self::Passkey];

    /// The value the form carries.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::OneTimeCode => "otp",
            Self::Passkey => "passkey",
        }
    }

    fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.key() == key)
    }

    /// The first known of `acr_values` decides what the page offers first.
    fn wished(acr_values: &str) -> Self {
        let known = acr_values.split_whitespace().find(|acr| [ACR_ONE_FACTOR, ACR_TWO_FACTORS].contains(acr));
        if known == Some(ACR_TWO_FACTORS) { Self::OneTimeCode } else { Self::Password }
    }

    pub(crate) fn acr(self) -> &'static str {
        match self {
            Self::Password => ACR_ONE_FACTOR,
            Self::OneTimeCode | Self::Passkey => ACR_TWO_FACTORS,
        }
    }

    /// RFC 8176 method references.
    pub(crate) fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::OneTimeCode => &["pwd", "otp"],
            Self::Passkey => &["hwk", "user"],
        }
    }
}

/// Why a request is not served: shown here when the return address cannot be trusted, else told to the client.
enum Refusal {
    Shown(fn(&Words) -> &str),
    Told(&'static str),
}

/// `GET /authorize`
pub(crate) async fn show(
    State(Issuer(issuer)): State<Issuer>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    if let Some(to) = elsewhere(&issuer, &headers) {
        return Redirect::to(&format!("{to}/authorize?{}", query.unwrap_or_default())).into_response();
    }
    let Ok(Query(asked)) = asked else { return issuer.error(Locale::default(), |words| &words.error_request) };
    if let Err(refusal) = check(&issuer, &asked) {
        return refuse(&issuer, &asked, refusal);
    }
    let hinted = issuer.person(&asked.login_hint);
    if let (Some(person), "1") = (hinted, asked.auto.as_str()) {
        return grant(&issuer, &asked, person, Factor::of(&asked.factor).unwrap_or(Factor::wished(&asked.acr_values)));
    }
    if asked.prompt.split_whitespace().any(|prompt| prompt == "none") {
        return refuse(&issuer, &asked, Refusal::Told("login_required"));
    }
    page::people(&issuer, &asked, Factor::wished(&asked.acr_values))
}

/// The host of the page, when this is another one.
fn elsewhere<'a>(issuer: &'a Inner, headers: &HeaderMap) -> Option<&'a str> {
    let to = issuer.settings.page_url.as_deref()?;
    let (_, wanted) = to.split_once("://")?;
    let here = headers.get(header::HOST)?.to_str().ok()?;
    (here != wanted).then_some(to)
}

/// `POST /authorize`: a button was pressed. Everything is checked again: the form may come from anywhere.
pub(crate) async fn choose(State(Issuer(issuer)): State<Issuer>, asked: Result<Form<Asked>, FormRejection>) -> Response {
    let Ok(Form(asked)) = asked else { return issuer.error(Locale::default(), |words| &words.error_request) };
    if let Err(refusal) = check(&issuer, &asked) {
        return refuse(&issuer, &asked, refusal);
    }
    let Some(factor) = Factor::of(&asked.factor) else { return refuse(&issuer, &asked, Refusal::Shown(|w| &w.error_request)) };
    let Some(person) = issuer.person(&asked.person) else { return refuse(&issuer, &asked, Refusal::Shown(|w| &w.error_person)) };
    grant(&issuer, &asked, person, factor)
}

/// OpenID Connect Core 3.1.2.2, plus PKCE with S256 for everybody.
fn check(issuer: &Inner, asked: &Asked) -> Result<(), Refusal> {
    if !issuer.settings.client_ids.contains(&asked.client_id) {
        return Err(Refusal::Shown(|words| &words.error_client));
    }
    if !issuer.settings.redirect_uris.contains(&asked.redirect_uri) {
        return Err(Refusal::Shown(|words| &words.error_redirect));
    }
    let challenged = asked.code_challenge_method == "S256"
        && asked.code_challenge.len() == 43
        && asked.code_challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let told = if !asked.request.is_empty() {
        "request_not_supported"
    } else if !asked.request_uri.is_empty() {
        "request_uri_not_supported"
    } else if asked.response_type != "code" {
        "unsupported_response_type"
    } else if !asked.scope.split(' ').any(|scope| scope == "openid") {
        "invalid_scope"
    } else if !challenged
        || !matches!(asked.response_mode.as_str(), "" | "query")
        || !(asked.max_age.is_empty() || asked.max_age.parse::<u32>().is_ok())
    {
        "invalid_request"
    } else {
        return Ok(());
    };
    Err(Refusal::Told(told))
}

fn refuse(issuer: &Inner, asked: &Asked, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Shown(words) => issuer.error(locale_of(&asked.ui_locales), words),
        Refusal::Told(error) => back(issuer, asked, "error", error),
    }
}

/// Every visit is a fresh sign-in, so `prompt=login` and any `max_age` are met by the present instant.
fn grant(issuer: &Inner, asked: &Asked, person: &DemoPerson, factor: Factor) -> Response {
    let now = issuer.now();
    let grant = Grant {
        person: person.key.clone(),
        client_id: asked.client_id.clone(),
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.code_challenge.clone(),
        nonce: (!asked.nonce.is_empty()).then(|| asked.nonce.clone()),
        scope: asked.scope.clone(),
        factor,
        locale: locale_of(&asked.ui_locales),
        auth_time: now,
    };
    back(issuer, asked, "code", &issuer.codes.issue(grant, now))
}

/// Sends the browser back to the client's registered address with one answer, the state and the issuer (RFC 9207).
fn back(issuer: &Inner, asked: &Asked, name: &str, value: &str) -> Response {
    let Ok(mut to) = Url::parse(&asked.redirect_uri) else {
        return issuer.error(locale_of(&asked.ui_locales), |words| &words.error_redirect);
    };
    to.query_pairs_mut().append_pair(name, value).append_pair("iss", &issuer.base);
    if !asked.state.is_empty() {
        to.query_pairs_mut().append_pair("state", &asked.state);
    }
    Redirect::to(to.as_str()).into_response()
}

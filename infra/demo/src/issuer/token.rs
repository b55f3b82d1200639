//! The token endpoint and `userinfo`.

use super::authorize::Factor;
use super::codes::{Grant, TOKEN_LIFETIME};
use super::{DemoPerson, Inner, Issuer};
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::secret;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

/// How long an ID token may be accepted.
const ID_TOKEN_LIFETIME: Duration = Duration::minutes(10);

pub(crate) fn routes() -> Router<Issuer> {
    Router::new().route("/token", post(token)).route("/userinfo", get(userinfo).post(userinfo))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// `POST /token`
async fn token(State(Issuer(issuer)): State<Issuer>, headers: HeaderMap, form: Result<Form<Exchange>, FormRejection>) -> Response {
    let Ok(Form(asked)) = form else { return refuse("invalid_request") };
    let client_id = match client(&headers, &asked) {
        Some((id, password)) if is_client(&issuer, &id, &password) => id,
        _ => return not_the_client(),
    };
    if asked.grant_type != "authorization_code" {
        return refuse("unsupported_grant_type");
    }
    let now = issuer.now();
    let fits = |grant: &Grant| {
        grant.client_id == client_id && grant.redirect_uri == asked.redirect_uri && verifies(&asked.code_verifier, &grant.challenge)
    };
    let Some((grant, access_token)) = issuer.codes.redeem(&asked.code, now, fits) else { return refuse("invalid_grant") };
    let Some(person) = issuer.person(&grant.person) else { return refuse("invalid_grant") };
    match issuer.keys.sign(&id_claims(&issuer, person, &grant, now)) {
        Ok(id_token) => Json(json!({
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME.whole_seconds(),
            "scope": grant.scope,
            "id_token": id_token,
        }))
        .into_response(),
        Err(error) => {
            tracing::error!(%error, "demo issuer: token not signed");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": "server_error" }))).into_response()
        }
    }
}

fn id_claims(issuer: &Inner, person: &DemoPerson, grant: &Grant, now: OffsetDateTime) -> Value {
    let factor: Factor = grant.factor;
    let mut claims = person_claims(person);
    claims["iss"] = issuer.base.as_str().into();
    claims["aud"] = grant.client_id.as_str().into();
    claims["iat"] = now.unix_timestamp().into();
    claims["exp"] = (now + ID_TOKEN_LIFETIME).unix_timestamp().into();
    claims["auth_time"] = grant.auth_time.unix_timestamp().into();
    claims["acr"] = factor.acr().into();
    claims["amr"] = json!(factor.amr());
    claims["locale"] = grant.locale.word().into();
    claims["sid"] = secret::new_key().into();
    if let Some(nonce) = &grant.nonce {
        claims["nonce"] = nonce.as_str().into();
    }
    claims
}

fn person_claims(person: &DemoPerson) -> Value {
    json!({ "sub": person.subject, "email": person.email, "email_verified": true, "name": person.name })
}

/// Who says to be the client: HTTP Basic or the form, never both (RFC 6749, 2.3).
fn client(headers: &HeaderMap, asked: &Exchange) -> Option<(String, String)> {
    let Some(basic) = headers.get(header::AUTHORIZATION) else {
        return Some((asked.client_id.clone()?, asked.client_secret.clone()?));
    };
    if asked.client_secret.is_some() {
        return None;
    }
    let (scheme, credentials) = basic.to_str().ok()?.split_once(' ')?;
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, password) = credentials.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then_some((form_decode(id)?, form_decode(password)?))
}

/// Id and secret are form-encoded before they are put into the Basic header (RFC 6749, 2.3.1).
fn form_decode(text: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&format!("v={text}")).ok()?;
    match <[(String, String); 1]>::try_from(pairs) {
        Ok([(_, value)]) => Some(value),
        Err(_) => None,
    }
}

fn is_client(issuer: &Inner, id: &str, password: &str) -> bool {
    let right = secret::same(&secret::hash(password), &secret::hash(&issuer.settings.client_secret));
    right && issuer.settings.client_ids.iter().any(|known| known == id)
}

/// RFC 7636, 4.6, S256 only.
fn verifies(verifier: &str, challenge: &str) -> bool {
    (43..=128).contains(&verifier.len()) && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge
}

/// `GET` or `POST /userinfo`
async fn userinfo(State(Issuer(issuer)): State<Issuer>, headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let key = bearer.and_then(|token| issuer.codes.bearer(token, issuer.now()));
    match key.and_then(|key| issuer.person(&key)) {
        Some(person) => Json(person_claims(person)).into_response(),
        None => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")]).into_response(),
    }
}

fn refuse(error: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
}

fn not_the_client() -> Response {
    let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"demo issuer\"")];
    (StatusCode::UNAUTHORIZED, challenge, Json(json!({ "error": "invalid_client" }))).into_response()
}

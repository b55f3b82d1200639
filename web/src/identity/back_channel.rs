//! An issuer says that a session there has ended (OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8).

use crate::request::{Anybody, Visit};
use ::identity::LogoutError;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A token is a kilobyte or two; what a server may send beside it is passed over.
const LARGEST: usize = 64 * 1024;
/// What every refusal says, whatever its reason: the log has it.
const REFUSED: &str = r#"{"error":"invalid_request"}"#;

/// `POST /back-channel-logout`: 200 when the token was obeyed, also when nothing was left to end; 400 when nothing was done.
pub async fn end(Anybody(visit): Anybody, headers: HeaderMap, body: Body) -> Response {
    let outcome = match token(&headers, body).await {
        Some(token) => obey(&visit, &token).await,
        None => Err("no_token"),
    };
    let (status, word, body) = match outcome {
        Ok(()) => (StatusCode::OK, "done", ""),
        Err(why) => (StatusCode::BAD_REQUEST, why, REFUSED),
    };
    metrics::counter!("portal_back_channel_logouts_total", "outcome" => word).increment(1);
    let mut response = (status, body).into_response();
    let kind = if body.is_empty() { "text/plain" } else { "application/json" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A logout that failed by a fault of ours is answered like one that was refused (section 2.8); the log tells them apart.
async fn obey(visit: &Visit, token: &str) -> Result<(), &'static str> {
    let error = match visit.app.sign_in.end_by_issuer(&visit.app.db, token, visit.id).await {
        Ok(ended) => {
            tracing::info!(ended, "an issuer ended sessions");
            return Ok(());
        }
        Err(error) => error,
    };
    match &error {
        LogoutError::Store(fault) => tracing::error!(error = %fault, "a logout that an issuer asked for was not done"),
        other => tracing::warn!(outcome = other.word(), "no session was ended"),
    }
    Err(error.word())
}

/// The one `logout_token` of a form; fields beside it are not ours to judge (section 2.5).
async fn token(headers: &HeaderMap, body: Body) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !kind.split(';').next()?.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    let bytes = axum::body::to_bytes(body, LARGEST).await.ok()?;
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).ok()?;
    let mut tokens = pairs.into_iter().filter(|(name, _)| name == "logout_token").map(|(_, value)| value);
    match (tokens.next(), tokens.next()) {
        (Some(token), None) => Some(token),
        _ => None,
    }
}

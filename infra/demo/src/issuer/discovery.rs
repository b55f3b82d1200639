//! What the issuer says of itself: metadata and public keys.

use super::{ACR_ONE_FACTOR, ACR_TWO_FACTORS, Issuer};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<Issuer> {
    Router::new().route("/.well-known/openid-configuration", get(metadata)).route("/jwks", get(jwks))
}

/// OpenID Connect Discovery 1.0, section 3, with RFC 9207 and RP-Initiated Logout 1.0.
async fn metadata(State(Issuer(issuer)): State<Issuer>) -> Json<Value> {
    let base = &issuer.base;
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/jwks"),
        "end_session_endpoint": format!("{base}/logout"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [ACR_ONE_FACTOR, ACR_TWO_FACTORS],
        "claims_supported": ["sub", "email", "email_verified", "name", "locale", "acr", "amr", "auth_time", "sid"],
        "ui_locales_supported": ["ja", "en"],
        "prompt_values_supported": ["login", "none"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(Issuer(issuer)): State<Issuer>) -> Response {
    match issuer.keys.jwks() {
        Ok(keys) => Json(keys).into_response(),
        Err(error) => {
            tracing::error!(%error, "demo issuer: key set");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

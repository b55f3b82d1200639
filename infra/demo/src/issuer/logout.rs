//! RP-initiated logout: there is no session to end here, but the way back is checked like at any issuer.

use super::texts::locale_of;
use super::{Inner, Issuer};
use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::Locale;
use serde::Deserialize;
use url::Url;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    id_token_hint: String,
    client_id: String,
    post_logout_redirect_uri: String,
    state: String,
    ui_locales: String,
}

/// The parts of an ID token that tell for whom it was made. Its expiry does not matter here (RP-Initiated Logout 1.0, section 2).
#[derive(Deserialize)]
struct Hint {
    iss: String,
    aud: String,
}

/// `GET /logout`
pub(crate) async fn by_link(State(Issuer(issuer)): State<Issuer>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    answer(&issuer, asked.ok().map(|Query(asked)| asked))
}

/// `POST /logout`
pub(crate) async fn by_form(State(Issuer(issuer)): State<Issuer>, asked: Result<Form<Asked>, FormRejection>) -> Response {
    answer(&issuer, asked.ok().map(|Form(asked)| asked))
}

fn answer(issuer: &Inner, asked: Option<Asked>) -> Response {
    let Some(asked) = asked else { return issuer.error(Locale::default(), |words| &words.error_request) };
    let locale = locale_of(&asked.ui_locales);
    let hint = (!asked.id_token_hint.is_empty()).then(|| is_ours(issuer, &asked));
    let wants_back = !asked.post_logout_redirect_uri.is_empty();
    // Without a token of ours nobody is sent anywhere, and a forged one is an error even without an address.
    match hint {
        Some(false) => return unverified(issuer, locale),
        None if wants_back => return unverified(issuer, locale),
        _ => {}
    }
    if !wants_back {
        return issuer.notice(StatusCode::OK, locale, |words| &words.signed_out_title, |words| &words.signed_out);
    }
    let known = issuer.settings.post_logout_redirect_uris.contains(&asked.post_logout_redirect_uri);
    match Url::parse(&asked.post_logout_redirect_uri) {
        Ok(mut to) if known => {
            if !asked.state.is_empty() {
                to.query_pairs_mut().append_pair("state", &asked.state);
            }
            Redirect::to(to.as_str()).into_response()
        }
        _ => unverified(issuer, locale),
    }
}

fn is_ours(issuer: &Inner, asked: &Asked) -> bool {
    let hint = issuer.keys.verify::<Hint>(&asked.id_token_hint);
    hint.is_some_and(|hint| {
        let client_agrees = asked.client_id.is_empty() || asked.client_id == hint.aud;
        client_agrees && hint.iss == issuer.base && issuer.settings.client_ids.contains(&hint.aud)
    })
}

fn unverified(issuer: &Inner, locale: Locale) -> Response {
    issuer.notice(StatusCode::BAD_REQUEST, locale, |words| &words.logout_title, |words| &words.error_logout)
}

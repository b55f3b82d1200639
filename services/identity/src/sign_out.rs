//! Ending a session here and, where the issuer offers it, there (OpenID Connect RP-Initiated Logout 1.0).

use crate::client::IdToken;
use crate::providers::BEFORE_SENDING;
use crate::rows;
use crate::sign_in::SignIn;
use kernel::{IssuerId, Locale, secret};
use openidconnect::{ClientId, CsrfToken, LanguageTag, LogoutRequest, PostLogoutRedirectUrl};
use store::{Db, StoreError};
use url::Url;

/// An ID token longer than this does not go into an address; the client's id has to do.
const MAX_HINT: usize = 4_000;

/// What is needed to end the issuer's session too.
#[derive(Clone)]
pub struct Ended {
    issuer: IssuerId,
    id_token: Option<String>,
}

/// Ends the session behind `token`. None when there was none to end.
///
/// # Errors
/// As the database reports.
pub async fn end_session(db: &Db, token: &str) -> Result<Option<Ended>, StoreError> {
    let row = rows::end(db, secret::hash(token)).await?;
    Ok(row.map(|row| Ended { issuer: IssuerId(row.issuer_id), id_token: row.id_token }))
}

impl SignIn {
    /// Where to send the browser so that the issuer's session ends as well; `state` comes back with it. None when the
    /// issuer offers no such thing, does not answer now or was switched off: the session here has ended anyway.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn logout_url(&self, db: &Db, ended: &Ended, state: &str, locale: Locale) -> Result<Option<Url>, StoreError> {
        let Some(row) = rows::issuer(db, ended.issuer).await? else { return Ok(None) };
        let Ok(metadata) = self.providers.metadata(&row.issuer_url, db.clock().now(), BEFORE_SENDING).await else { return Ok(None) };
        let Some(endpoint) = metadata.additional_metadata().end_session_endpoint.clone() else { return Ok(None) };
        if !self.may_visit(endpoint.url()) {
            return Ok(None);
        }
        let mut request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(row.client_id))
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(self.settings.signed_out_uri.clone()))
            .set_state(CsrfToken::new(state.to_owned()))
            .add_ui_locale(LanguageTag::new(locale.word().into()));
        let hint = ended.id_token.as_ref().filter(|token| token.len() <= MAX_HINT).and_then(|token| token.parse::<IdToken>().ok());
        if let Some(hint) = &hint {
            request = request.set_id_token_hint(hint);
        }
        Ok(Some(request.http_get_url()))
    }
}

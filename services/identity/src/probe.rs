//! Whether a sign-in with an issuer could work, asked without anybody signing in: for `portal doctor`.

use crate::client::TokenRefusal;
use crate::error::SignInError;
use crate::http::HttpError;
use crate::providers::{AFRESH, chain};
use crate::rows;
use crate::sign_in::SignIn;
use kernel::{IssuerId, secret};
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{AuthorizationCode, PkceCodeVerifier, RequestTokenError};
use store::{Db, StoreError};

/// What would stop a sign-in, and what mends it. Never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The setting with the client secret is missing.
    #[error("the client secret is not set: secrets.{0} (TOMOSHIBI_SECRETS_{upper})", upper = .0.to_uppercase())]
    NoSecret(String),
    /// No usable answer from the issuer's own address.
    #[error(
        "{0} does not answer as an OpenID Connect issuer: is it up, and is issuers.issuer_url exactly what it calls itself? (the log says more)"
    )]
    Down(String),
    /// Browsers would be sent over plain http.
    #[error("the issuer's sign-in page is not at an https address")]
    Plain,
    /// The token endpoint does not know us.
    #[error(
        "the issuer refuses our client id or client secret ({0}): compare issuers.client_id and secrets.{1} with what is registered there"
    )]
    Client(String, String),
    /// The token endpoint answered something else than a made-up code deserves.
    #[error("the issuer's token endpoint cannot be used: {0}")]
    Tokens(String),
    /// The issuer is gone or switched off.
    #[error("no such issuer")]
    NoSuchIssuer,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignIn {
    /// Asks for the issuer's metadata and keys, and shows its token endpoint a code that nobody was given: an issuer that knows
    /// us refuses the code (`invalid_grant`), any other one refuses us.
    ///
    /// # Errors
    /// As [`ProbeError`] lists.
    pub async fn probe(&self, db: &Db, issuer: IssuerId) -> Result<(), ProbeError> {
        let row = rows::issuer(db, issuer).await?.ok_or(ProbeError::NoSuchIssuer)?;
        if !self.settings.secrets.contains_key(&row.secret_name) {
            return Err(ProbeError::NoSecret(row.secret_name));
        }
        let down = |_: SignInError| ProbeError::Down(row.issuer_url.clone());
        let metadata = self.providers.metadata(&row.issuer_url, db.clock().now(), AFRESH).await.map_err(down)?;
        let client = self.client(metadata, &row).map_err(down)?;
        if !self.may_visit(client.auth_uri().url()) {
            return Err(ProbeError::Plain);
        }
        let exchange =
            client.exchange_code(AuthorizationCode::new(secret::new_key())).map_err(|error| ProbeError::Tokens(chain(&error)))?;
        let verifier = PkceCodeVerifier::new(secret::new_secret().0);
        match exchange.set_pkce_verifier(verifier).request_async(&self.providers.http).await {
            Err(refusal) => judge(&refusal, &row.secret_name),
            Ok(_) => Err(ProbeError::Tokens("it takes a code that it never gave".into())),
        }
    }
}

fn judge(refusal: &RequestTokenError<HttpError, TokenRefusal>, secret_name: &str) -> Result<(), ProbeError> {
    match refusal {
        RequestTokenError::ServerResponse(refused) => match refused.error() {
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                Err(ProbeError::Client(refused.error().to_string(), secret_name.to_owned()))
            }
            // The code, or the request around it: whatever else it says, it has let us in.
            _ => Ok(()),
        },
        RequestTokenError::Request(error) => Err(ProbeError::Tokens(chain(error))),
        RequestTokenError::Parse(..) => Err(ProbeError::Tokens("the answer is none of OAuth 2".into())),
        RequestTokenError::Other(why) => Err(ProbeError::Tokens(why.clone())),
    }
}

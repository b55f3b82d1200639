//! The address of a person at an issuer that does not put it into the ID token: with a code, Core 5.4 keeps it for `userinfo`.

use crate::client::{Client, Tokens};
use crate::error::SignInError;
use crate::http::HttpError;
use crate::proof;
use crate::providers::chain;
use crate::sign_in::SignIn;
use openidconnect::core::CoreGenderClaim;
use openidconnect::{EmptyAdditionalClaims, OAuth2TokenResponse, SubjectIdentifier, UserInfoClaims, UserInfoError};

type Claims = UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>;

impl SignIn {
    /// The address that the issuer verified, of exactly this subject (Core 5.3.2); None when it names none or has no such endpoint.
    ///
    /// # Errors
    /// `IssuerDown` when the endpoint cannot be used, `BadToken` when it speaks of somebody else.
    pub(crate) async fn address(&self, client: &Client, tokens: &Tokens, subject: &str) -> Result<Option<String>, SignInError> {
        let subject = SubjectIdentifier::new(subject.to_owned());
        // An issuer without the endpoint: whoever was invited by address alone is told that they are not.
        let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else { return Ok(None) };
        let claims: Claims = request.request_async(&self.providers.http).await.map_err(|error| not_told(&error))?;
        Ok(claims.email().filter(|_| claims.email_verified() == Some(true)).and_then(|email| proof::address(email)))
    }
}

fn not_told(error: &UserInfoError<HttpError>) -> SignInError {
    tracing::warn!(error = %chain(error), "userinfo cannot be used");
    match error {
        UserInfoError::ClaimsVerification(_) => SignInError::BadToken,
        _ => SignInError::IssuerDown,
    }
}

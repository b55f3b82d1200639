//! Back-channel logout: an issuer says, server to server, that a session there has ended, and ours that came of it end too.

use crate::error::{LogoutError, SignInError};
use crate::logout_token::{Ending, LogoutToken};
use crate::proof::Flaw;
use crate::providers::{ON_RETURN, UNASKED};
use crate::rows::{self, Logout};
use crate::sign_in::SignIn;
use kernel::{RequestId, secret};
use store::Db;

impl SignIn {
    /// Obeys a logout token (OpenID Connect Back-Channel Logout 1.0): ends the sessions of its `sid`, without one those of its `sub`
    /// at that issuer, and puts each on record, all in one transaction. Returns how many ended, which may be none.
    ///
    /// # Errors
    /// As [`LogoutError`] lists; then nothing has ended.
    pub async fn end_by_issuer(&self, db: &Db, token: &str, request: RequestId) -> Result<u32, LogoutError> {
        let token = LogoutToken::parse(token).ok_or(LogoutError::BadToken)?;
        let Some((url, client)) = token.addressed() else { return Err(LogoutError::BadToken) };
        let issuer = rows::logout_issuer(db, url, client).await?.ok_or(LogoutError::BadToken)?;
        let ending = self.prove(url, &token, db.clock().now()).await?;
        let logout = Logout {
            issuer,
            jti: secret::hash(&ending.jti),
            sid: ending.sid.as_deref().map(secret::hash),
            subject: ending.subject,
            keep_until: ending.stale_at,
            request,
        };
        let ended = rows::log_out(db, logout).await?.ok_or(LogoutError::Replayed)?;
        Ok(u32::try_from(ended).unwrap_or_default())
    }

    /// Proves a token, with keys fetched again when the one used is unknown: issuers rotate.
    async fn prove(&self, url: &str, token: &LogoutToken, now: time::OffsetDateTime) -> Result<Ending, LogoutError> {
        let down = |_: SignInError| LogoutError::IssuerDown;
        let known = self.providers.metadata(url, now, ON_RETURN).await.map_err(down)?;
        let outcome = match token.prove(&known, now) {
            Err(Flaw::UnknownKey) => token.prove(&self.providers.metadata(url, now, UNASKED).await.map_err(down)?, now),
            other => other,
        };
        outcome.map_err(|flaw| {
            let why = match &flaw {
                Flaw::UnknownKey => "signed with a key that the issuer does not publish",
                Flaw::Other(why) => why,
            };
            tracing::warn!(issuer = url, why, "logout token refused");
            LogoutError::BadToken
        })
    }
}

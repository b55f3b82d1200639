//! Reading an ID token: everything OpenID Connect Core 3.1.3.7 asks, with the portal's own clock.

use crate::client::{IdToken, Metadata, Sid};
use chrono::DateTime;
use openidconnect::core::{CoreGenderClaim, CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg};
use openidconnect::{AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenVerifier, Nonce, SignatureVerificationError};
use time::{Duration, OffsetDateTime};

type Claims = openidconnect::IdTokenClaims<Sid, CoreGenderClaim>;
type Verifier<'a> = IdTokenVerifier<'a, CoreJsonWebKey>;

/// How far the clocks of portal and issuer may be apart.
pub(crate) const SKEW: Duration = Duration::seconds(60);
/// A sign-in under way lives ten minutes, so an ID token for it cannot be older.
pub(crate) const MAX_AGE: Duration = Duration::minutes(10);
/// Signatures that only the issuer can make. With a shared secret (HS*) anybody who knows the client's secret could.
pub(crate) const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// What an ID token proves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Proof {
    /// The issuer's name for the person.
    pub subject: String,
    /// The address, in lower case, only when the issuer verified it.
    pub verified_email: Option<String>,
    /// Whether the token says anything of an address. Issuers may keep it for `userinfo` (Core 5.4).
    pub says_email: bool,
    pub acr: Option<String>,
    pub amr: Vec<String>,
    /// When the person proved who they are; the Unix epoch when the issuer does not say, which satisfies no step-up.
    pub auth_time: OffsetDateTime,
    /// The session at the issuer.
    pub sid: Option<String>,
}

/// Why a token proves nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Signed with a key that is not among those known: the issuer may have rotated.
    UnknownKey,
    /// Anything else; for the log.
    Other(String),
}

/// Verifies `token` as an answer to the request with `nonce`, received together with `access_token`.
///
/// # Errors
/// `UnknownKey` when fetching the keys again may help.
pub(crate) fn read(
    metadata: &Metadata,
    token: &IdToken,
    access_token: &AccessToken,
    client_id: &str,
    nonce: &str,
    now: OffsetDateTime,
) -> Result<Proof, Flaw> {
    let verifier = verifier(metadata, client_id, now)?;
    let claims = token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Flaw::UnknownKey,
        other => Flaw::Other(crate::providers::chain(&other)),
    })?;
    if claims.authorized_party().is_some_and(|party| party.as_str() != client_id) {
        return Err(Flaw::Other("azp names another client".into()));
    }
    if let Some(said) = claims.access_token_hash() {
        check_access_token(said, token, access_token, &verifier)?;
    }
    proof(claims, now)
}

/// Further audiences are refused by the library's default: none is trusted, so `azp` for several never comes up.
fn verifier(metadata: &Metadata, client_id: &str, now: OffsetDateTime) -> Result<Verifier<'static>, Flaw> {
    let at = |offset: Duration| {
        DateTime::from_timestamp((now + offset).unix_timestamp(), now.nanosecond()).ok_or_else(|| Flaw::Other("clock out of range".into()))
    };
    let (expires_after, issued_from, issued_until) = (at(-SKEW)?, at(-(MAX_AGE + SKEW))?, at(SKEW)?);
    // "Public client" is the library's word for a verifier without the shared secret.
    Ok(IdTokenVerifier::new_public_client(ClientId::new(client_id.to_owned()), metadata.issuer().clone(), metadata.jwks().clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || expires_after)
        .set_issue_time_verifier_fn(move |issued| {
            if (issued_from..=issued_until).contains(&issued) { Ok(()) } else { Err(format!("issued at {issued}")) }
        }))
}

/// Core 3.1.3.8: optional in the code flow, checked when present.
fn check_access_token(said: &AccessTokenHash, token: &IdToken, access_token: &AccessToken, verifier: &Verifier<'_>) -> Result<(), Flaw> {
    let other = |error: &dyn std::error::Error| Flaw::Other(crate::providers::chain(error));
    let algorithm = token.signing_alg().map_err(|error| other(&error))?;
    let key = token.signing_key(verifier).map_err(|error| other(&error))?;
    let computed = AccessTokenHash::from_token(access_token, algorithm, key).map_err(|error| other(&error))?;
    if computed == *said { Ok(()) } else { Err(Flaw::Other("at_hash does not fit the access token".into())) }
}

fn proof(claims: &Claims, now: OffsetDateTime) -> Result<Proof, Flaw> {
    let subject = plain(claims.subject().as_str()).ok_or_else(|| Flaw::Other("subject is not a name".into()))?;
    let auth_time = match claims.auth_time() {
        Some(at) => OffsetDateTime::from_unix_timestamp(at.timestamp()).map_err(|error| Flaw::Other(error.to_string()))?,
        None => OffsetDateTime::UNIX_EPOCH,
    };
    if auth_time > now + SKEW {
        return Err(Flaw::Other("auth_time lies ahead".into()));
    }
    let verified = claims.email_verified() == Some(true);
    Ok(Proof {
        subject,
        verified_email: claims.email().filter(|_| verified).and_then(|email| address(email)),
        says_email: claims.email().is_some(),
        acr: claims.auth_context_ref().and_then(|acr| plain(acr)),
        amr: claims.auth_method_refs().into_iter().flatten().filter_map(|method| plain(method)).take(16).collect(),
        auth_time,
        sid: claims.additional_claims().sid.as_deref().and_then(plain),
    })
}

/// A machine word: 1 to 255 characters (Core 2, `sub`), none of them a control character.
pub(crate) fn plain(text: &str) -> Option<String> {
    ((1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// A mail address in the one form in which addresses are compared: printable ASCII, lower case, one `@`.
pub(crate) fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let fits = text.len() <= 254
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b',' | b';' | b'"' | b'\\' | b'(' | b')'))
        && (1..=64).contains(&local.len())
        && domain.contains('.')
        && !domain.contains(['@', '/', ':', '['])
        && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
pub(crate) mod tests;

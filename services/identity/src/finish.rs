//! The way back: from the issuer's answer to an open session.

use crate::client::{Client, IdToken, Metadata, TokenRefusal, Tokens};
use crate::error::SignInError;
use crate::http::HttpError;
use crate::next::Next;
use crate::proof::{self, Flaw, Proof};
use crate::providers::{AFRESH, ON_RETURN, chain};
use crate::rows::{self, IssuerRow, TakenRow};
use crate::sessions::read_session;
use crate::sign_in::SignIn;
use crate::step_up::strength;
use access::Actor;
use kernel::{IssuerId, PersonId, RequestId, SessionId, secret, text};
use openidconnect::{AuthorizationCode, OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, TokenResponse};
use serde::Deserialize;
use store::{AuditEntry, Db, StoreError};
use time::OffsetDateTime;

/// The issuer's answer in the address (RFC 6749 4.1.2, RFC 9207). Issuers add fields of their own; they are passed over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    /// Which sign-in.
    pub state: String,
    /// To be exchanged for tokens.
    pub code: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who answers.
    pub iss: Option<String>,
}

/// The browser that came back.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// From the cookie that [`SignIn::begin`] asked to set; empty when there is none.
    pub browser_secret: &'a str,
    /// What the person will recognise the device by in the list of sessions; one line, cut at 120 characters.
    pub device: &'a str,
    /// The token of the session it has now, if any. It ends: a sign-in never keeps a token (session fixation).
    pub previous: Option<&'a str>,
    /// The request, for the audit record.
    pub request: RequestId,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session's token, for an HttpOnly `__Host-` cookie. Shown once; the database keeps a hash.
    pub token: String,
    /// When the session ends in any case.
    pub expires_at: OffsetDateTime,
    /// Where the person was going.
    pub next: Next,
    /// Who it is.
    pub actor: Actor,
}

/// Verified, and still as it came: the token is the hint for signing out at the issuer.
struct Shown {
    proof: Proof,
    id_token: String,
}

impl SignIn {
    /// Takes a browser back. The sign-in under way is used up first, whatever follows.
    ///
    /// # Errors
    /// As [`SignInError`] lists. The session the browser had goes on then; a first binding is kept (`NoLiveSeat`).
    pub async fn finish(&self, db: &Db, back: &Returned, visitor: Visitor<'_>) -> Result<SignedIn, SignInError> {
        let taken = rows::take(db, secret::hash(&back.state), secret::hash(visitor.browser_secret))
            .await?
            .ok_or(SignInError::StateUnknownOrUsed)?;
        let issuer = IssuerId(taken.issuer_id);
        let row = rows::issuer(db, issuer).await?.ok_or(SignInError::NoSuchIssuer)?;
        if back.iss.as_ref().is_some_and(|iss| *iss != row.issuer_url) {
            return Err(bad("another issuer answers"));
        }
        let code = match (&back.code, &back.error) {
            (_, Some(error)) => return Err(refusal(error)),
            (Some(code), None) => code.clone(),
            (None, None) => return Err(bad("neither code nor error")),
        };
        let now = db.clock().now();
        let shown = self.exchange(&row, &taken, code, back.iss.is_some(), now).await?;
        let person = who(db, issuer, &taken, &shown.proof, now).await?;
        self.open(db, Opening { issuer, row, taken, shown, person, now }, visitor).await
    }

    async fn exchange(
        &self,
        row: &IssuerRow,
        taken: &TakenRow,
        code: String,
        named: bool,
        now: OffsetDateTime,
    ) -> Result<Shown, SignInError> {
        let metadata = self.providers.metadata(&row.issuer_url, now, ON_RETURN).await?;
        if metadata.additional_metadata().authorization_response_iss_parameter_supported && !named {
            return Err(bad("the answer does not name its issuer"));
        }
        let client = self.client(metadata.clone(), row)?;
        let tokens = self.tokens(&client, code, taken.verifier.clone()).await?;
        let id_token = tokens.id_token().ok_or_else(|| bad("no ID token"))?;
        let mut proof = self.verify(row, taken, metadata, id_token, &tokens, now).await?;
        if !proof.says_email && taken.step_up_of.is_none() {
            proof.verified_email = self.address(&client, &tokens, &proof.subject).await?;
        }
        Ok(Shown { proof, id_token: id_token.to_string() })
    }

    async fn tokens(&self, client: &Client, code: String, verifier: String) -> Result<Tokens, SignInError> {
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| {
            tracing::warn!(error = %chain(&error), "issuer names no token endpoint");
            SignInError::IssuerDown
        })?;
        request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&self.providers.http).await.map_err(not_exchanged)
    }

    /// Verifies, with keys fetched again when the one used is unknown: issuers rotate.
    async fn verify(
        &self,
        row: &IssuerRow,
        taken: &TakenRow,
        metadata: Metadata,
        token: &IdToken,
        tokens: &Tokens,
        now: OffsetDateTime,
    ) -> Result<Proof, SignInError> {
        let read = |metadata: &Metadata| proof::read(metadata, token, tokens.access_token(), &row.client_id, &taken.nonce, now);
        let outcome = match read(&metadata) {
            Err(Flaw::UnknownKey) => read(&self.providers.metadata(&row.issuer_url, now, AFRESH).await?),
            other => other,
        };
        outcome.map_err(|flaw| match flaw {
            Flaw::UnknownKey => bad("signed with a key that the issuer does not publish"),
            Flaw::Other(why) => bad(&why),
        })
    }

    async fn open(&self, db: &Db, opening: Opening, visitor: Visitor<'_>) -> Result<SignedIn, SignInError> {
        let previous = match visitor.previous {
            Some(token) => read_session(db, token).await?.filter(|actor| actor.person == opening.person),
            None => None,
        };
        let (token, hash) = secret::new_secret();
        let id = SessionId::new(db.clock());
        let expires_at = opening.now + self.settings.session_length;
        let Shown { proof, id_token } = opening.shown;
        let strength = strength(proof.acr, proof.amr, proof.auth_time, &opening.row.second_factor_acrs, &opening.row.second_factor_amrs);
        let session = rows::NewSession {
            id,
            token: hash,
            person: opening.person,
            issuer: opening.issuer,
            sid: proof.sid.as_deref().map(secret::hash),
            id_token,
            strength: &strength,
            device: text::line(visitor.device).chars().take(120).collect(),
            idle_seconds: i32::try_from(self.settings.session_idle.whole_seconds()).unwrap_or(i32::MAX),
            now: opening.now,
            until: expires_at,
            wanted: previous.map(|actor| actor.seat),
        };
        rows::open(db, session).await.map_err(not_opened)?.ok_or(SignInError::NoLiveSeat)?;
        let actor = match record(db, &token, opening.issuer, opening.now, visitor.request).await {
            Ok(actor) => actor,
            Err(error) => {
                // A session that is not on record must not live; when the database is gone nobody holds its token.
                rows::end(db, hash).await?;
                return Err(error);
            }
        };
        if let Some(previous) = visitor.previous {
            rows::end(db, secret::hash(previous)).await?;
        }
        let next = opening.taken.next.parse().unwrap_or_default();
        Ok(SignedIn { token, expires_at, next, actor })
    }
}

struct Opening {
    issuer: IssuerId,
    row: IssuerRow,
    taken: TakenRow,
    shown: Shown,
    person: PersonId,
    now: OffsetDateTime,
}

/// The person behind the proof. A step-up never binds anybody: only who went may come back.
async fn who(db: &Db, issuer: IssuerId, taken: &TakenRow, proof: &Proof, now: OffsetDateTime) -> Result<PersonId, SignInError> {
    match taken.step_up_of {
        Some(went) => {
            let came = rows::person(db, issuer, &proof.subject, None, None, now).await?;
            came.filter(|person| person.0 == went).ok_or(SignInError::StepUpOther)
        }
        None => {
            let person = rows::person(db, issuer, &proof.subject, proof.verified_email.clone(), taken.invitation.clone(), now).await?;
            person.ok_or(SignInError::NotInvited)
        }
    }
}

/// Puts the sign-in, and a first binding, into the audit record, from the new session's own scope.
async fn record(db: &Db, token: &str, issuer: IssuerId, now: OffsetDateTime, request: RequestId) -> Result<Actor, SignInError> {
    let actor = read_session(db, token).await?.ok_or(SignInError::NoLiveSeat)?;
    let tx = db.begin(&actor, request).await.map_err(|error| match error {
        StoreError::Gone => SignInError::NoLiveSeat,
        other => SignInError::Store(other),
    })?;
    if rows::bound_at(&tx, actor.person, issuer, now).await? {
        tx.audit(AuditEntry::new("identity.person_bound", actor.person.0).word("issuer", issuer)).await?;
    }
    let entry = AuditEntry::new("identity.session_opened", actor.session.0)
        .word("issuer", issuer)
        .word("second_factor", actor.sign_in.second_factor);
    tx.audit(entry).await?;
    tx.commit().await?;
    Ok(actor)
}

/// The issuer ended its own session while the person was on the way back: it says no.
fn not_opened(error: StoreError) -> SignInError {
    if error.is_conflict("session_ended_at_issuer") { SignInError::Refused } else { error.into() }
}

fn bad(why: &str) -> SignInError {
    tracing::warn!(why, "sign-in refused");
    SignInError::BadToken
}

/// RFC 6749 4.1.2.1 and OpenID Connect Core 3.1.2.6.
fn refusal(error: &str) -> SignInError {
    match error {
        "access_denied" | "login_required" | "interaction_required" | "account_selection_required" | "consent_required" => {
            SignInError::Refused
        }
        "server_error" | "temporarily_unavailable" => SignInError::IssuerDown,
        other => bad(&format!("issuer says {}", text::line(other).chars().take(60).collect::<String>())),
    }
}

fn not_exchanged(error: RequestTokenError<HttpError, TokenRefusal>) -> SignInError {
    match &error {
        RequestTokenError::Request(_) => {
            tracing::warn!(error = %chain(&error), "token endpoint cannot be used");
            SignInError::IssuerDown
        }
        // The code was used, ran out, was begun by somebody else, or our secret is wrong.
        RequestTokenError::ServerResponse(refused) => bad(&format!("token endpoint says {}", refused.error())),
        // The body may hold a token: it is not logged.
        RequestTokenError::Parse(why, _) => bad(&format!("token endpoint: {}", why.path())),
        RequestTokenError::Other(why) => bad(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuers_no_is_told_apart_from_its_illness() {
        assert!(matches!(refusal("access_denied"), SignInError::Refused));
        assert!(matches!(refusal("login_required"), SignInError::Refused));
        assert!(matches!(refusal("temporarily_unavailable"), SignInError::IssuerDown));
        assert!(matches!(refusal("server_error"), SignInError::IssuerDown));
        assert!(matches!(refusal("invalid_request"), SignInError::BadToken));
        assert!(matches!(refusal(""), SignInError::BadToken));
    }
}

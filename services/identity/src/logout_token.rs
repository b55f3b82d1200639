//! Reading a logout token: everything OpenID Connect Back-Channel Logout 1.0, section 2.6, asks, with the portal's own clock.

use crate::client::Metadata;
use crate::proof::{ALGORITHMS, Flaw, MAX_AGE, SKEW, plain};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// What makes a signed text a logout token (section 2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A logout token as it came: nothing in it is proved yet.
pub(crate) struct LogoutToken {
    header: Header,
    claims: Claims,
    message: String,
    signature: Vec<u8>,
}

/// What a proved token asks for. One of `sid` and `subject` is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The token's own name; it counts once.
    pub jti: String,
    /// The session at the issuer that ended.
    pub sid: Option<String>,
    /// The issuer's name for the person.
    pub subject: Option<String>,
    /// From when on nobody could show the token again.
    pub stale_at: OffsetDateTime,
}

#[derive(Deserialize)]
struct Header {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    /// What we would have to understand and do not (RFC 7515, 4.1.11).
    #[serde(default)]
    crit: Present,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    jti: String,
    events: Map<String, Value>,
    sid: Option<String>,
    sub: Option<String>,
    #[serde(default)]
    nonce: Present,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Whether a member is there at all, be it null.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

impl LogoutToken {
    /// Takes a compact JWT apart; None for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: part(header)?, claims: part(claims)?, message: message.to_owned(), signature })
    }

    /// From whom it says to come and for which client: only to find out whose keys to ask. Further audiences are nobody we trust.
    pub(crate) fn addressed(&self) -> Option<(&str, &str)> {
        match &self.claims.aud {
            Audience::One(client) => Some((&self.claims.iss, client)),
            Audience::Many(clients) => match &clients[..] {
                [client] => Some((&self.claims.iss, client)),
                _ => None,
            },
        }
    }

    /// Proves the token by the issuer's keys. That it is addressed to us is the caller's to know: it found the issuer by that.
    ///
    /// # Errors
    /// `UnknownKey` when fetching the keys again may help.
    pub(crate) fn prove(&self, metadata: &Metadata, now: OffsetDateTime) -> Result<Ending, Flaw> {
        if *metadata.issuer().as_str() != self.claims.iss {
            return Err(other("another issuer's keys"));
        }
        self.check_header()?;
        let key = self.key(metadata)?;
        key.verify_signature(&self.header.alg, self.message.as_bytes(), &self.signature)
            .map_err(|error| Flaw::Other(crate::providers::chain(&error)))?;
        self.claims.ending(now)
    }

    fn check_header(&self) -> Result<(), Flaw> {
        if !ALGORITHMS.contains(&self.header.alg) {
            return Err(other("an algorithm that only the issuer can use is needed"));
        }
        if self.header.crit.0 {
            return Err(other("the header asks for more than we know"));
        }
        // Tokens made for something else say so; older issuers say nothing (section 2.4).
        let kind = self.header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
        match kind.strip_prefix("application/").unwrap_or(&kind) {
            "logout+jwt" | "jwt" => Ok(()),
            _ => Err(other("made for something else")),
        }
    }

    /// The one published key that may have signed it.
    fn key<'m>(&self, metadata: &'m Metadata) -> Result<&'m CoreJsonWebKey, Flaw> {
        let named = |key: &&CoreJsonWebKey| self.header.kid.as_ref().is_none_or(|kid| key.key_id().is_some_and(|id| **id == *kid));
        let mut fitting = metadata.jwks().keys().iter().filter(named).filter(|key| fits(key, &self.header.alg));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(Flaw::UnknownKey),
            (Some(_), Some(_)) => Err(other("any of several keys may have signed it")),
        }
    }
}

impl Claims {
    fn ending(&self, now: OffsetDateTime) -> Result<Ending, Flaw> {
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| other("a time out of range"));
        let (issued, expires) = (at(self.iat)?, at(self.exp)?);
        if !(now - MAX_AGE - SKEW..=now + SKEW).contains(&issued) || expires <= now - SKEW {
            return Err(other("too old, or of a time to come"));
        }
        if !self.events.get(EVENT).is_some_and(Value::is_object) {
            return Err(other("no logout token: the event is missing"));
        }
        if self.nonce.0 {
            return Err(other("no logout token: it has a nonce"));
        }
        let word = |text: &str| plain(text).ok_or_else(|| other("a name is none"));
        let (sid, subject) = (self.sid.as_deref().map(word).transpose()?, self.sub.as_deref().map(word).transpose()?);
        if sid.is_none() && subject.is_none() {
            return Err(other("neither a session nor a subject"));
        }
        Ok(Ending { jti: word(&self.jti)?, sid, subject, stale_at: issued + MAX_AGE + SKEW + SKEW })
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn fits(key: &CoreJsonWebKey, algorithm: &CoreJwsSigningAlgorithm) -> bool {
    let may = match key.signing_alg() {
        JsonWebKeyAlgorithm::Algorithm(named) => named == algorithm,
        JsonWebKeyAlgorithm::Unspecified => true,
        JsonWebKeyAlgorithm::Unsupported => false,
    };
    may && key.key_use().is_none_or(JsonWebKeyUse::allows_signature) && algorithm.key_type().as_ref() == Some(key.key_type())
}

fn other(why: &str) -> Flaw {
    Flaw::Other(why.to_owned())
}

#[cfg(test)]
mod tests;

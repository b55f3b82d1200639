//! What the issuer remembers, in memory: codes waiting to be redeemed and access tokens in use.

use kernel::secret;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use time::{Duration, OffsetDateTime};

/// How long a code may wait.
pub(crate) const CODE_LIFETIME: Duration = Duration::seconds(60);
/// How long an access token opens `userinfo`.
pub(crate) const TOKEN_LIFETIME: Duration = Duration::minutes(10);

/// What the person agreed to on the page; everything a token needs.
#[derive(Clone)]
pub(crate) struct Grant {
    pub person: String,
    /// The client it was granted to; nobody else may redeem it.
    pub client_id: String,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scope: String,
    pub factor: super::authorize::Factor,
    pub locale: kernel::Locale,
    pub auth_time: OffsetDateTime,
}

#[derive(Default)]
pub(crate) struct Codes(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    codes: HashMap<secret::SecretHash, Code>,
    tokens: HashMap<secret::SecretHash, (String, OffsetDateTime)>,
}

struct Code {
    grant: Grant,
    until: OffsetDateTime,
    /// The access token it was exchanged for, once it was.
    spent: Option<secret::SecretHash>,
}

impl Codes {
    /// Keeps a grant and names it by a new code.
    pub(crate) fn issue(&self, grant: Grant, now: OffsetDateTime) -> String {
        let (code, hash) = secret::new_secret();
        let mut memory = self.at(now);
        memory.codes.insert(hash, Code { grant, until: now + CODE_LIFETIME, spent: None });
        code
    }

    /// Spends a code whose grant passes `fits`, giving the grant and a new access token. A code is spent by its first use,
    /// fitting or not; a second use also takes back the access token of the first (RFC 6749, 4.1.2).
    pub(crate) fn redeem(&self, code: &str, now: OffsetDateTime, fits: impl FnOnce(&Grant) -> bool) -> Option<(Grant, String)> {
        let mut memory = self.at(now);
        let entry = memory.codes.get_mut(&secret::hash(code))?;
        let (token, hash) = secret::new_secret();
        let grant = entry.grant.clone();
        if let Some(before) = entry.spent.replace(hash) {
            memory.tokens.remove(&before);
            return None;
        }
        if !fits(&grant) {
            return None;
        }
        memory.tokens.insert(hash, (grant.person.clone(), now + TOKEN_LIFETIME));
        Some((grant, token))
    }

    /// The key of the person an access token speaks for.
    pub(crate) fn bearer(&self, token: &str, now: OffsetDateTime) -> Option<String> {
        self.at(now).tokens.get(&secret::hash(token)).map(|(person, _)| person.clone())
    }

    /// The memory with everything outlived forgotten.
    fn at(&self, now: OffsetDateTime) -> MutexGuard<'_, Memory> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.codes.retain(|_, code| code.until > now);
        memory.tokens.retain(|_, (_, until)| *until > now);
        memory
    }
}

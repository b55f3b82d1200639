//! What issuers say of themselves, remembered: metadata and keys, fetched again when too old or when a key is unknown.

use crate::client::Metadata;
use crate::error::SignInError;
use crate::http::Http;
use openidconnect::IssuerUrl;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use time::{Duration, OffsetDateTime};

/// Metadata may be this old when somebody comes back from the issuer: it was alive a moment ago.
pub(crate) const ON_RETURN: Duration = Duration::minutes(10);
/// Before a browser is sent to an issuer, it must have answered this recently; else the browser would meet a dead page.
pub(crate) const BEFORE_SENDING: Duration = Duration::seconds(5);
/// Always ask: a key was not among those known (rotation).
pub(crate) const AFRESH: Duration = Duration::ZERO;
/// As `AFRESH`, where anybody may bring a token signed with a made-up key: nobody makes us ask an issuer more often than this.
pub(crate) const UNASKED: Duration = Duration::seconds(5);

/// The issuers that were asked so far, by address.
pub(crate) struct Providers {
    pub(crate) http: Http,
    entries: Mutex<HashMap<String, Arc<Entry>>>,
}

#[derive(Default)]
struct Entry {
    /// Attempts that have ended.
    ended: AtomicU64,
    slot: tokio::sync::Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    known: Option<(Metadata, OffsetDateTime)>,
    last_failed: bool,
}

impl Providers {
    pub(crate) fn new(http: Http) -> Self {
        Self { http, entries: Mutex::default() }
    }

    /// The metadata with keys, no older than `max_age` at `now`. One request at a time goes to an issuer; who waited
    /// meanwhile takes its outcome, so that a dead issuer costs each person one timeout and not a queue of them.
    ///
    /// # Errors
    /// `IssuerDown` when it does not answer, or says something that cannot be used.
    pub(crate) async fn metadata(&self, issuer_url: &str, now: OffsetDateTime, max_age: Duration) -> Result<Metadata, SignInError> {
        let entry = self.entry(issuer_url);
        let before = entry.ended.load(Ordering::Acquire);
        let mut slot = entry.slot.lock().await;
        let joined = entry.ended.load(Ordering::Acquire) != before;
        if joined && slot.last_failed {
            return Err(SignInError::IssuerDown);
        }
        if let Some((metadata, at)) = &slot.known {
            let age = now - *at;
            if !slot.last_failed && (joined || (age < max_age && !age.is_negative())) {
                return Ok(metadata.clone());
            }
        }
        let fetched = self.fetch(issuer_url).await;
        entry.ended.fetch_add(1, Ordering::Release);
        slot.last_failed = fetched.is_err();
        let metadata = fetched?;
        slot.known = Some((metadata.clone(), now));
        Ok(metadata)
    }

    fn entry(&self, issuer_url: &str) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(issuer_url) {
            Some(entry) => entry.clone(),
            None => entries.entry(issuer_url.to_owned()).or_default().clone(),
        }
    }

    async fn fetch(&self, issuer_url: &str) -> Result<Metadata, SignInError> {
        let down = |error: &dyn std::error::Error| {
            tracing::warn!(issuer = issuer_url, error = %chain(error), "issuer cannot be used");
            SignInError::IssuerDown
        };
        let address = IssuerUrl::new(issuer_url.to_owned()).map_err(|error| down(&error))?;
        Metadata::discover_async(address, &self.http).await.map_err(|error| down(&error))
    }
}

/// An error with its causes in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

//! Sessions: from a cookie to an actor, the seats one may take, and the list of one's own sessions.

use crate::rows;
use access::{Actor, Role};
use kernel::{IssuerId, Locale, RequestId, SeatId, SessionId, secret};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use store::{Asking, AuditEntry, Db, StoreError, Tx};
use time::OffsetDateTime;

/// How many sessions the list shows.
const LISTED: i64 = 50;

/// A seat that the person could act from.
#[derive(Clone, Debug)]
pub struct SeatChoice {
    /// Names it in [`switch_seat`].
    pub id: SeatId,
    /// What they are there.
    pub role: Role,
    /// The organisation's name in Japanese.
    pub unit_name: String,
    /// The organisation's name in English, when there is one.
    pub unit_name_en: Option<String>,
    /// The federation's name in Japanese.
    pub federation_name: String,
    /// The federation's name in English, when there is one.
    pub federation_name_en: Option<String>,
    /// The one they act from now.
    pub active: bool,
}

/// One of a person's own sessions.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Names it in [`revoke_session`].
    pub id: SessionId,
    /// The device as it called itself at sign-in.
    pub device: String,
    /// When it was signed in.
    pub created_at: OffsetDateTime,
    /// When it last asked for a page, to the minute.
    pub last_seen_at: OffsetDateTime,
    /// When it ends in any case.
    pub expires_at: OffsetDateTime,
    /// Whether a second factor was used.
    pub second_factor: bool,
    /// The one this request came from.
    pub present: bool,
}

/// Who stands behind a token: one statement, the same for every token. None when no live session with a live seat does.
///
/// # Errors
/// As the database reports.
pub async fn read_session(db: &Db, token: &str) -> Result<Option<Actor>, StoreError> {
    Ok(known(db, token).await?.map(|known| known.actor))
}

/// Somebody who is signed in.
pub struct Known {
    /// Who.
    pub actor: Actor,
    /// Whether this sighting is worth noting ([`Sightings`]).
    pub idle: bool,
}

/// As [`read_session`], for whoever notes sightings.
///
/// # Errors
/// As the database reports.
pub async fn known(db: &Db, token: &str) -> Result<Option<Known>, StoreError> {
    Ok(rows::actor(db, secret::hash(token)).await?.map(|(actor, idle)| Known { actor, idle }))
}

/// Somebody who has come to read.
pub struct Arrived {
    /// Who.
    pub actor: Actor,
    /// A read-only transaction in their scope.
    pub tx: Tx,
    /// Whether this sighting is worth noting ([`Sightings`]).
    pub idle: bool,
}

/// Who stands behind a token and the transaction that they read in: still one statement. None when nobody does. What they are known to read may
/// travel `ahead` ([`store::Db::arrive`]).
///
/// # Errors
/// As the database reports.
pub async fn arrive(db: &Db, token: &str, request: RequestId, ahead: Vec<Asking>) -> Result<Option<Arrived>, StoreError> {
    let arrived = rows::arrive(db, secret::hash(token), request, ahead).await?;
    Ok(arrived.map(|(actor, tx, idle)| Arrived { actor, tx, idle }))
}

/// Who was seen since the idle clocks were last moved on. Noted while a page is answered and written together a little later: no page waits
/// for a write of its own, and a hundred people are one statement. What a killed process had noted is lost; the next page of each notes it again.
#[derive(Default)]
pub struct Sightings(Mutex<HashMap<[u8; 32], OffsetDateTime>>);

impl Sightings {
    /// Notes that the session behind a token was seen.
    pub fn note(&self, token: &str, at: OffsetDateTime) {
        self.held().insert(secret::hash(token), at);
    }

    /// Moves the idle clocks of all who were noted on. What could not be written stays noted.
    ///
    /// # Errors
    /// As the database reports.
    pub async fn write(&self, db: &Db) -> Result<(), StoreError> {
        let noted = std::mem::take(&mut *self.held());
        if noted.is_empty() {
            return Ok(());
        }
        let written = rows::seen(db, &noted).await;
        if written.is_err() {
            let mut held = self.held();
            for (token, at) in noted {
                held.entry(token).or_insert(at);
            }
        }
        written
    }

    fn held(&self) -> MutexGuard<'_, HashMap<[u8; 32], OffsetDateTime>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All live seats of the person behind a token, across federations; empty when there is no such session.
///
/// # Errors
/// As the database reports.
pub async fn seats(db: &Db, token: &str) -> Result<Vec<SeatChoice>, StoreError> {
    let rows = rows::seat_choices(db, secret::hash(token)).await?;
    let choice = |(row, role): (rows::SeatChoiceRow, Role)| SeatChoice {
        id: SeatId(row.seat_id),
        role,
        unit_name: row.unit_name,
        unit_name_en: row.unit_name_en,
        federation_name: row.federation_name,
        federation_name_en: row.federation_name_en,
        active: row.active,
    };
    Ok(rows.into_iter().map(choice).collect())
}

/// Takes another seat of the same person. The old token dies with the old seat; the new one is for the cookie. None when
/// the session has ended or the seat is not a live one of theirs.
///
/// # Errors
/// As the database reports.
pub async fn switch_seat(db: &Db, token: &str, seat: SeatId) -> Result<Option<String>, StoreError> {
    let (new_token, new_hash) = secret::new_secret();
    let done = rows::switch(db, secret::hash(token), new_hash, seat).await?;
    Ok(done.then_some(new_token))
}

/// The actor's own live sessions, last used first, at most fifty.
///
/// # Errors
/// As the database reports.
pub async fn my_sessions(tx: &Tx, actor: &Actor) -> Result<Vec<SessionRow>, StoreError> {
    let rows = rows::live_sessions(tx, actor.person, LISTED).await?;
    let row = |row: rows::LiveSession| SessionRow {
        id: SessionId(row.id),
        device: row.device,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        expires_at: row.expires_at,
        second_factor: row.second_factor,
        present: row.id == actor.session.0,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The issuer that made the actor's session: the one that a step-up goes to.
///
/// # Errors
/// `Gone` when the session is not there any more; else as the database reports.
pub async fn session_issuer(tx: &Tx, actor: &Actor) -> Result<IssuerId, StoreError> {
    rows::session_issuer(tx, actor.person, actor.session).await?.ok_or(StoreError::Gone)
}

/// Ends one of the actor's own sessions. False when it is not theirs, unknown or ended already: the same answer for all.
///
/// # Errors
/// As the database reports.
pub async fn revoke_session(tx: &Tx, actor: &Actor, session: SessionId) -> Result<bool, StoreError> {
    let done = rows::revoke(tx, actor.person, session).await?;
    if done {
        tx.audit(AuditEntry::new("identity.session_revoked", session.0)).await?;
    }
    Ok(done)
}

/// Ends all of the actor's live sessions but the present one; returns how many.
///
/// # Errors
/// As the database reports.
pub async fn revoke_other_sessions(tx: &Tx, actor: &Actor) -> Result<usize, StoreError> {
    let ended = rows::revoke_others(tx, actor.person, actor.session).await?;
    for session in &ended {
        tx.audit(AuditEntry::new("identity.session_revoked", session.0)).await?;
    }
    Ok(ended.len())
}

/// Remembers the language the actor reads.
///
/// # Errors
/// `Denied` when the row could not be written.
pub async fn set_locale(tx: &Tx, actor: &Actor, locale: Locale) -> Result<(), StoreError> {
    if rows::set_locale(tx, actor.person, locale).await? == 1 { Ok(()) } else { Err(StoreError::Denied) }
}

/// Forgets sign-ins that were begun and never finished. Needs `begin_system(SweepSignIns)`.
///
/// # Errors
/// As the database reports.
pub async fn sweep_sign_ins(tx: &Tx) -> Result<(), StoreError> {
    rows::sweep_sign_ins(tx).await
}

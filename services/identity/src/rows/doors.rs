//! Doors: the functions that are asked before anybody is known.

use super::closed;
use access::{Actor, Role, SignInStrength};
use kernel::{FederationId, IssuerId, Level, Locale, PersonId, QueueId, RequestId, SeatId, SessionId, UnitId};
use sea_orm::{FromQueryResult, QueryResult, Value};
use std::collections::HashMap;
use store::{Asking, Db, Door, StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

fn first<T: FromQueryResult>(rows: &[QueryResult]) -> Result<Option<T>, StoreError> {
    rows.first().map(|row| T::from_query_result(row, "").map_err(StoreError::from)).transpose()
}

fn each<T: FromQueryResult>(rows: &[QueryResult]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| T::from_query_result(row, "").map_err(StoreError::from)).collect()
}

#[derive(FromQueryResult)]
struct ActorRow {
    session_id: Uuid,
    person_id: Uuid,
    person_name: String,
    seat_id: Uuid,
    role: String,
    federation_id: i32,
    unit_id: i32,
    unit_name: String,
    unit_name_en: Option<String>,
    level: String,
    queues: Vec<i32>,
    locale: String,
    seat_count: i64,
    acr: Option<String>,
    amr: Vec<String>,
    auth_micros: i64,
    second_factor: bool,
    idle: bool,
}

/// Who it is, and whether the idle clock wants to be moved on.
pub(crate) async fn actor(db: &Db, token: [u8; 32]) -> Result<Option<(Actor, bool)>, StoreError> {
    let rows = db.door(Door::SessionActor, [token.to_vec().into(), db.clock().now().into()]).await?;
    let Some(row) = first::<ActorRow>(&rows)? else { return Ok(None) };
    let idle = row.idle;
    Ok(Some((actor_of(token, row)?, idle)))
}

/// The same, with the transaction that a page reads in.
pub(crate) async fn arrive(
    db: &Db,
    token: [u8; 32],
    request: RequestId,
    ahead: Vec<Asking>,
) -> Result<Option<(Actor, Tx, bool)>, StoreError> {
    let Some((row, tx)) = db.arrive(token, request, ahead).await? else { return Ok(None) };
    let row = ActorRow::from_query_result(&row, "")?;
    let idle = row.idle;
    Ok(Some((actor_of(token, row)?, tx, idle)))
}

pub(crate) async fn seen(db: &Db, sightings: &HashMap<[u8; 32], OffsetDateTime>) -> Result<(), StoreError> {
    let (tokens, times): (Vec<Vec<u8>>, Vec<OffsetDateTime>) = sightings.iter().map(|(token, at)| (token.to_vec(), *at)).unzip();
    db.door(Door::SessionsSeen, [tokens.into(), times.into()]).await.map(drop)
}

fn actor_of(token: [u8; 32], row: ActorRow) -> Result<Actor, StoreError> {
    let auth_time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(row.auth_micros) * 1_000)
        .map_err(|error| StoreError::Internal(error.to_string()))?;
    Ok(Actor {
        session: SessionId(row.session_id),
        session_hash: token,
        person: PersonId(row.person_id),
        person_name: row.person_name,
        seat: SeatId(row.seat_id),
        role: closed::<Role>(&row.role)?,
        federation: FederationId(row.federation_id),
        unit: UnitId(row.unit_id),
        unit_name: row.unit_name,
        unit_name_en: row.unit_name_en,
        level: closed::<Level>(&row.level)?,
        queues: row.queues.into_iter().map(QueueId).collect(),
        // People may prefer any language; the interface speaks two.
        locale: Locale::negotiate(&row.locale),
        seat_count: row.seat_count,
        sign_in: SignInStrength { acr: row.acr, amr: row.amr, auth_time, second_factor: row.second_factor },
    })
}

#[derive(FromQueryResult)]
pub(crate) struct SeatChoiceRow {
    pub seat_id: Uuid,
    pub role: String,
    pub unit_name: String,
    pub unit_name_en: Option<String>,
    pub federation_name: String,
    pub federation_name_en: Option<String>,
    pub active: bool,
}

pub(crate) async fn seat_choices(db: &Db, token: [u8; 32]) -> Result<Vec<(SeatChoiceRow, Role)>, StoreError> {
    let rows = db.door(Door::SessionSeats, [token.to_vec().into(), db.clock().now().into()]).await?;
    each::<SeatChoiceRow>(&rows)?.into_iter().map(|row| closed(&row.role).map(|role| (row, role))).collect()
}

pub(crate) async fn switch(db: &Db, token: [u8; 32], new_token: [u8; 32], seat: SeatId) -> Result<bool, StoreError> {
    let rows =
        db.door(Door::SessionSwitch, [token.to_vec().into(), new_token.to_vec().into(), seat.0.into(), db.clock().now().into()]).await?;
    rows.first().map_or(Ok(false), |row| Ok(row.try_get("", "done")?))
}

#[derive(FromQueryResult)]
pub(crate) struct EndedRow {
    pub issuer_id: Uuid,
    pub id_token: Option<String>,
}

pub(crate) async fn end(db: &Db, token: [u8; 32]) -> Result<Option<EndedRow>, StoreError> {
    first(&db.door(Door::SessionEnd, [token.to_vec().into(), db.clock().now().into()]).await?)
}

#[derive(FromQueryResult)]
pub(crate) struct IssuerChoiceRow {
    pub id: Uuid,
    pub federation_name: String,
    pub federation_name_en: Option<String>,
    pub name: String,
    pub name_en: Option<String>,
}

pub(crate) async fn issuers(db: &Db) -> Result<Vec<IssuerChoiceRow>, StoreError> {
    each(&db.door(Door::SignInIssuers, []).await?)
}

#[derive(FromQueryResult)]
pub(crate) struct IssuerRow {
    pub issuer_url: String,
    pub client_id: String,
    pub secret_name: String,
    pub second_factor_acrs: Vec<String>,
    pub second_factor_amrs: Vec<String>,
}

pub(crate) async fn issuer(db: &Db, id: IssuerId) -> Result<Option<IssuerRow>, StoreError> {
    first(&db.door(Door::SignInIssuer, [id.0.into()]).await?)
}

/// A sign-in under way, as it is written.
pub(crate) struct UnderWay<'a> {
    pub state: [u8; 32],
    pub issuer: IssuerId,
    pub browser: [u8; 32],
    pub nonce: &'a str,
    pub verifier: &'a str,
    pub next: String,
    pub invitation: Option<[u8; 32]>,
    pub step_up_of: Option<PersonId>,
}

pub(crate) async fn begin(db: &Db, way: UnderWay<'_>) -> Result<(), StoreError> {
    let values: [Value; 9] = [
        way.state.to_vec().into(),
        way.issuer.0.into(),
        way.browser.to_vec().into(),
        way.nonce.into(),
        way.verifier.into(),
        way.next.into(),
        way.invitation.map(|hash| hash.to_vec()).into(),
        way.step_up_of.map(|person| person.0).into(),
        db.clock().now().into(),
    ];
    db.door(Door::SignInBegin, values).await.map(drop)
}

#[derive(FromQueryResult)]
pub(crate) struct TakenRow {
    pub issuer_id: Uuid,
    pub nonce: String,
    pub verifier: String,
    pub next: String,
    pub invitation: Option<Vec<u8>>,
    pub step_up_of: Option<Uuid>,
}

pub(crate) async fn take(db: &Db, state: [u8; 32], browser: [u8; 32]) -> Result<Option<TakenRow>, StoreError> {
    first(&db.door(Door::SignInTake, [state.to_vec().into(), browser.to_vec().into(), db.clock().now().into()]).await?)
}

pub(crate) async fn person(
    db: &Db,
    issuer: IssuerId,
    subject: &str,
    email: Option<String>,
    invitation: Option<Vec<u8>>,
    at: OffsetDateTime,
) -> Result<Option<PersonId>, StoreError> {
    let rows = db.door(Door::SignInPerson, [issuer.0.into(), subject.into(), email.into(), invitation.into(), at.into()]).await?;
    let person: Option<Uuid> = rows.first().map_or(Ok(None), |row| row.try_get("", "person"))?;
    Ok(person.map(PersonId))
}

/// A session, as it is written.
pub(crate) struct NewSession<'a> {
    pub id: SessionId,
    pub token: [u8; 32],
    pub person: PersonId,
    pub issuer: IssuerId,
    /// SHA-256 of the session's name at the issuer.
    pub sid: Option<[u8; 32]>,
    pub id_token: String,
    pub strength: &'a SignInStrength,
    pub device: String,
    pub idle_seconds: i32,
    pub now: OffsetDateTime,
    pub until: OffsetDateTime,
    pub wanted: Option<SeatId>,
}

pub(crate) async fn open(db: &Db, session: NewSession<'_>) -> Result<Option<SeatId>, StoreError> {
    let values: [Value; 15] = [
        session.id.0.into(),
        session.token.to_vec().into(),
        session.person.0.into(),
        session.issuer.0.into(),
        session.sid.map(|hash| hash.to_vec()).into(),
        session.id_token.into(),
        session.strength.acr.clone().into(),
        session.strength.amr.clone().into(),
        session.strength.second_factor.into(),
        session.strength.auth_time.into(),
        session.device.into(),
        session.idle_seconds.into(),
        session.now.into(),
        session.until.into(),
        session.wanted.map(|seat| seat.0).into(),
    ];
    let rows = db.door(Door::SessionOpen, values).await?;
    let seat: Option<Uuid> = rows.first().map_or(Ok(None), |row| row.try_get("", "seat"))?;
    Ok(seat.map(SeatId))
}

pub(crate) async fn logout_issuer(db: &Db, url: &str, client: &str) -> Result<Option<IssuerId>, StoreError> {
    let rows = db.door(Door::LogoutIssuer, [url.into(), client.into()]).await?;
    let issuer: Option<Uuid> = rows.first().map_or(Ok(None), |row| row.try_get("", "issuer"))?;
    Ok(issuer.map(IssuerId))
}

/// A proved logout token, as it is used up.
pub(crate) struct Logout {
    pub issuer: IssuerId,
    pub jti: [u8; 32],
    pub sid: Option<[u8; 32]>,
    pub subject: Option<String>,
    pub keep_until: OffsetDateTime,
    pub request: RequestId,
}

/// How many sessions ended; None when the token was used before.
pub(crate) async fn log_out(db: &Db, logout: Logout) -> Result<Option<i32>, StoreError> {
    let values: [Value; 7] = [
        logout.issuer.0.into(),
        logout.jti.to_vec().into(),
        logout.sid.map(|hash| hash.to_vec()).into(),
        logout.subject.into(),
        logout.keep_until.into(),
        logout.request.0.into(),
        db.clock().now().into(),
    ];
    let rows = db.door(Door::SessionLogout, values).await?;
    rows.first().map_or(Ok(None), |row| Ok(row.try_get("", "ended")?))
}

//! Statements in a scope: row security applies, and each still names whose rows it means.

use super::closed;
use access::Role;
use kernel::{FederationId, InvitationId, IssuerId, Locale, PersonId, SeatId, SessionId, UnitId};
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Whether `person` was bound to the issuer at exactly `at`.
pub(crate) async fn bound_at(tx: &Tx, person: PersonId, issuer: IssuerId, at: OffsetDateTime) -> Result<bool, StoreError> {
    let row = tx
        .one_raw(
            "SELECT 1 FROM identities WHERE person_id = $1 AND issuer_id = $2 AND bound_at = $3",
            [person.0.into(), issuer.0.into(), at.into()],
        )
        .await?;
    Ok(row.is_some())
}

pub(crate) async fn session_issuer(tx: &Tx, person: PersonId, session: SessionId) -> Result<Option<IssuerId>, StoreError> {
    let row = tx.one_raw("SELECT issuer_id FROM sessions WHERE person_id = $1 AND id = $2", [person.0.into(), session.0.into()]).await?;
    row.map(|row| Ok(IssuerId(row.try_get("", "issuer_id")?))).transpose()
}

#[derive(FromQueryResult)]
pub(crate) struct LiveSession {
    pub id: Uuid,
    pub device: String,
    pub created_at: OffsetDateTime,
    pub last_seen_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub second_factor: bool,
}

pub(crate) async fn live_sessions(tx: &Tx, person: PersonId, limit: i64) -> Result<Vec<LiveSession>, StoreError> {
    let sql = "SELECT id, device, created_at, last_seen_at, expires_at, second_factor FROM sessions
               WHERE person_id = $1 AND revoked_at IS NULL AND $2 < expires_at AND $2 < last_seen_at + make_interval(secs => idle_seconds)
               ORDER BY last_seen_at DESC, id DESC LIMIT $3";
    tx.all(sql, [person.0.into(), tx.clock().now().into(), limit.into()]).await
}

pub(crate) async fn revoke(tx: &Tx, person: PersonId, session: SessionId) -> Result<bool, StoreError> {
    let sql = "UPDATE sessions SET revoked_at = $3 WHERE id = $2 AND person_id = $1 AND revoked_at IS NULL";
    Ok(tx.run(sql, [person.0.into(), session.0.into(), tx.clock().now().into()]).await? == 1)
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

pub(crate) async fn revoke_others(tx: &Tx, person: PersonId, keep: SessionId) -> Result<Vec<SessionId>, StoreError> {
    let sql = "UPDATE sessions SET revoked_at = $3 WHERE person_id = $1 AND id <> $2 AND revoked_at IS NULL AND $3 < expires_at
               AND $3 < last_seen_at + make_interval(secs => idle_seconds) RETURNING id";
    let rows: Vec<Id> = tx.all(sql, [person.0.into(), keep.0.into(), tx.clock().now().into()]).await?;
    Ok(rows.into_iter().map(|row| SessionId(row.id)).collect())
}

pub(crate) async fn set_locale(tx: &Tx, person: PersonId, locale: Locale) -> Result<u64, StoreError> {
    let sql =
        "INSERT INTO people_contacts (person_id, locale) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE SET locale = excluded.locale";
    tx.run(sql, [person.0.into(), locale.word().into()]).await
}

#[derive(FromQueryResult)]
pub(crate) struct SeatRow {
    pub id: Uuid,
    pub federation_id: i32,
    pub person_id: Uuid,
    pub unit_id: i32,
    pub role: String,
    pub from_on: Date,
    pub until_on: Option<Date>,
    pub version: i32,
}

pub(crate) async fn open_seat(tx: &Tx, federation: FederationId, id: SeatId) -> Result<Option<(SeatRow, Role)>, StoreError> {
    let sql = "SELECT id, federation_id, person_id, unit_id, role, from_on, until_on, version FROM seats WHERE federation_id = $1 AND id = $2 AND ended_at IS NULL";
    let row: Option<SeatRow> = tx.one(sql, [federation.0.into(), id.0.into()]).await?;
    row.map(|row| closed(&row.role).map(|role| (row, role))).transpose()
}

/// A seat, as it is written.
pub(crate) struct GrantedSeat {
    pub id: SeatId,
    pub federation: FederationId,
    pub person: PersonId,
    pub unit: UnitId,
    pub role: Role,
    pub from_on: Date,
    pub until_on: Option<Date>,
}

pub(crate) async fn insert_seat(tx: &Tx, seat: &GrantedSeat) -> Result<(), StoreError> {
    let sql = "INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, until_on, granted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        seat.id.0.into(),
        seat.federation.0.into(),
        seat.person.0.into(),
        seat.unit.0.into(),
        seat.role.word().into(),
        seat.from_on.into(),
        seat.until_on.into(),
        tx.clock().now().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

pub(crate) async fn close_seat(tx: &Tx, federation: FederationId, id: Uuid, version: i32) -> Result<bool, StoreError> {
    let sql =
        "UPDATE seats SET ended_at = $4, version = version + 1 WHERE federation_id = $1 AND id = $2 AND version = $3 AND ended_at IS NULL";
    Ok(tx.run(sql, [federation.0.into(), id.into(), version.into(), tx.clock().now().into()]).await? == 1)
}

pub(crate) async fn insert_person(
    tx: &Tx,
    id: PersonId,
    name: String,
    name_kana: Option<String>,
    name_en: Option<String>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO people (id, name, name_kana, name_en, created_at) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, [id.0.into(), name.into(), name_kana.into(), name_en.into(), tx.clock().now().into()]).await.map(drop)
}

pub(crate) async fn insert_contact(
    tx: &Tx,
    id: PersonId,
    email: Option<String>,
    phone: Option<String>,
    locale: Locale,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO people_contacts (person_id, email, phone, locale) VALUES ($1, $2, $3, $4)";
    tx.run(sql, [id.0.into(), email.into(), phone.into(), locale.word().into()]).await.map(drop)
}

pub(crate) async fn may_be_invited(tx: &Tx, person: PersonId) -> Result<bool, StoreError> {
    let row = tx.one_raw("SELECT may_be_invited($1) AS may", [person.0.into()]).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get("", "may")?))
}

/// Withdraws what is open for the person, and for the address at the issuer; returns how many.
pub(crate) async fn withdraw_invitations(
    tx: &Tx,
    federation: FederationId,
    person: PersonId,
    issuer: IssuerId,
    email: &str,
) -> Result<u64, StoreError> {
    let sql = "UPDATE invitations SET withdrawn_at = $5 WHERE federation_id = $1 AND used_at IS NULL AND withdrawn_at IS NULL AND (person_id = $2 OR (issuer_id = $3 AND email = $4))";
    tx.run(sql, [federation.0.into(), person.0.into(), issuer.0.into(), email.into(), tx.clock().now().into()]).await
}

/// An invitation, as it is written.
pub(crate) struct NewInvitationRow<'a> {
    pub id: InvitationId,
    pub federation: FederationId,
    pub issuer: IssuerId,
    pub person: PersonId,
    pub email: &'a str,
    pub nonce: [u8; crate::links::NONCE],
    pub token: [u8; 32],
    pub expires_at: OffsetDateTime,
}

pub(crate) async fn insert_invitation(tx: &Tx, row: NewInvitationRow<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO invitations (id, federation_id, issuer_id, person_id, email, link_nonce, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.0.into(),
        row.federation.0.into(),
        row.issuer.0.into(),
        row.person.0.into(),
        row.email.into(),
        row.nonce.to_vec().into(),
        row.token.to_vec().into(),
        tx.clock().now().into(),
        row.expires_at.into(),
    ];
    tx.run(sql, values).await.map(drop)
}

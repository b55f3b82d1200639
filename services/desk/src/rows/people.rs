//! People around a case: whom the asking side may name, who was named.

use kernel::{ConsultationId, FederationId, PersonId, UnitId};
use sea_orm::{FromQueryResult, Value};
use serde::Serialize;
use store::{StoreError, Tx};
use uuid::Uuid;

/// A colleague who can be named.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct SeatRow {
    /// Seat.
    pub seat_id: Uuid,
    /// Person.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
}

/// The people with a seat at a unit, by name, without one of them.
pub(crate) async fn colleagues(tx: &Tx, unit: UnitId, without: PersonId) -> Result<Vec<SeatRow>, StoreError> {
    let sql = "SELECT DISTINCT ON (s.person_name, s.person_id) s.id AS seat_id, s.person_id, s.person_name AS name FROM seats s
               WHERE s.unit_id = $1 AND s.person_id <> $2 AND s.ended_at IS NULL ORDER BY s.person_name, s.person_id, s.id LIMIT 200";
    tx.all(sql, [unit.0.into(), without.0.into()]).await
}

/// A member that the asking side may name, with their category today.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct MemberRow {
    /// Member.
    pub id: Uuid,
    /// Number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Category today; None when lapsed. Shown, never a reason to refuse.
    pub category: Option<String>,
}

/// The members who open or manage a unit today.
pub(crate) async fn members(tx: &Tx, unit: UnitId) -> Result<Vec<MemberRow>, StoreError> {
    let sql = "SELECT DISTINCT ON (m.number) m.id, m.number, m.name, mp.category FROM member_institutions mi JOIN members m ON m.id = mi.member_id
                 LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
               WHERE mi.unit_id = $1 AND mi.from_on <= $2 AND (mi.until_on IS NULL OR $2 < mi.until_on) ORDER BY m.number LIMIT 50";
    tx.all(sql, [unit.0.into(), tx.clock().today().into()]).await
}

#[derive(FromQueryResult)]
struct Named {
    person_id: Uuid,
}

/// The people named as readers of a case.
pub(crate) async fn named(tx: &Tx, case: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT person_id FROM consultation_people WHERE consultation_id = $1 ORDER BY person_id";
    let rows: Vec<Named> = tx.all(sql, [case.into()]).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// Names readers of a case. Only people with a seat at `unit` can be named; others are passed over.
pub(crate) async fn name(
    tx: &Tx,
    federation: FederationId,
    case: ConsultationId,
    unit: UnitId,
    people: &[PersonId],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO consultation_people (federation_id, consultation_id, person_id)
               SELECT DISTINCT $1::int, $2::uuid, s.person_id FROM seats s WHERE s.person_id = ANY ($3) AND s.unit_id = $4 AND s.ended_at IS NULL";
    let ids: Vec<Uuid> = people.iter().map(|person| person.0).collect();
    let values: [Value; 4] = [federation.0.into(), case.0.into(), ids.into(), unit.0.into()];
    tx.run(sql, values).await.map(drop)
}

/// Names nobody any more.
pub(crate) async fn name_nobody(tx: &Tx, case: ConsultationId) -> Result<(), StoreError> {
    tx.run("DELETE FROM consultation_people WHERE consultation_id = $1", [case.0.into()]).await.map(drop)
}

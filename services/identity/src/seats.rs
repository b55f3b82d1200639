//! Granting and ending seats. The database ends the sessions of a seat that ends, and lets none end that a queue or an open
//! case depends on.

use crate::error::{Duty, SeatError};
use crate::policy::{EndSeat, GrantSeat, SeatFacts};
use crate::rows;
use access::{Actor, Denied, Permit, Role, authorise};
use kernel::{FederationId, PersonId, SeatId, UnitId};
use store::{AuditEntry, Event, Tx};
use time::Date;

/// A seat to be granted; validity is `[from_on, until_on)` in Tokyo dates.
#[derive(Clone, Copy, Debug)]
pub struct NewSeat {
    /// At which organisation.
    pub unit: UnitId,
    /// As what.
    pub role: Role,
    /// The first day.
    pub from_on: Date,
    /// The day after the last, if it is known.
    pub until_on: Option<Date>,
}

/// A seat that has not ended.
#[derive(Clone, Copy, Debug)]
pub struct HeldSeat {
    /// The seat.
    pub id: SeatId,
    /// Whose.
    pub person: PersonId,
    /// At which organisation.
    pub unit: UnitId,
    /// As what.
    pub role: Role,
    /// The first day.
    pub from_on: Date,
    /// The day after the last, if it is known.
    pub until_on: Option<Date>,
}

/// Whether the actor may give `person` a seat.
///
/// # Errors
/// `Forbidden` for anybody but an administrator of the federation, and for themself.
pub fn permit_grant(actor: &Actor, person: PersonId) -> Result<Permit<GrantSeat>, Denied> {
    authorise::<GrantSeat>(actor, &SeatFacts::about(actor, person))
}

/// Gives the person of the permit a seat.
///
/// # Errors
/// `NoSuchUnit`, `NoSuchPerson`, `RoleNotHere`, `AlreadyHeld`, `Period` or the database.
pub async fn grant_seat(tx: &Tx, permit: Permit<GrantSeat>, seat: NewSeat) -> Result<SeatId, SeatError> {
    if seat.until_on.is_some_and(|until| until <= seat.from_on) {
        return Err(SeatError::Period);
    }
    let id = SeatId::new(tx.clock());
    let person = PersonId(permit.subject());
    let row = rows::GrantedSeat {
        id,
        federation: permit.federation(),
        person,
        unit: seat.unit,
        role: seat.role,
        from_on: seat.from_on,
        until_on: seat.until_on,
    };
    rows::insert_seat(tx, &row).await?;
    let mut entry = AuditEntry::new("identity.seat_granted", id.0)
        .word("person", person)
        .word("unit", seat.unit)
        .word("role", seat.role)
        .word("from_on", seat.from_on);
    if let Some(until) = seat.until_on {
        entry = entry.word("until_on", until);
    }
    tx.audit(entry).await?;
    tx.tell(permit.federation(), Event { name: "identity.seat_granted.v1", subject: id.0, ids: vec![("person", person.0)], mail: false })
        .await?;
    Ok(id)
}

/// Finds a seat that the actor may end, with the permit to do so.
///
/// # Errors
/// `Denied(Hidden)` when there is no such seat in sight, `Denied(Forbidden)` when it may not be ended by the actor.
pub async fn find_seat_to_end(tx: &Tx, actor: &Actor, id: SeatId) -> Result<(HeldSeat, Permit<EndSeat>), SeatError> {
    let (row, role) = rows::open_seat(tx, actor.federation, id).await?.ok_or(Denied::Hidden)?;
    let held =
        HeldSeat { id, person: PersonId(row.person_id), unit: UnitId(row.unit_id), role, from_on: row.from_on, until_on: row.until_on };
    let facts = SeatFacts { federation: FederationId(row.federation_id), person: held.person, subject: row.id, version: row.version };
    Ok((held, authorise::<EndSeat>(actor, &facts)?))
}

/// Ends the seat of the permit now, and with it every session that acts from it. The open cases it answers for go to whoever
/// answers for their queues, who are told; returns how many. After an error the transaction can only be rolled back.
///
/// # Errors
/// `OnDuty` with the queues whose duty somebody must take first, `NobodyElse` when a case would be left without anybody,
/// `Stale` when the seat changed since the permit was given.
pub async fn end_seat(tx: &Tx, permit: Permit<EndSeat>) -> Result<usize, SeatError> {
    let (seat, federation) = (permit.subject(), permit.federation());
    let duties = rows::duties(tx, federation, SeatId(seat)).await?;
    if !duties.is_empty() {
        return Err(SeatError::OnDuty(duties.into_iter().map(|row| Duty { name: row.name, name_en: row.name_en }).collect()));
    }
    let handed = rows::hand_over(tx, SeatId(seat)).await?;
    if !rows::close_seat(tx, federation, seat, permit.version()).await? {
        return Err(SeatError::Stale);
    }
    for (case, version, to) in &handed {
        let entry = AuditEntry::new("desk.consultation_handed_over", case.0).word("from", seat).word("to", to);
        tx.audit(entry.word("version", version)).await?;
        tx.tell(federation, Event { name: "desk.consultation_assigned.v1", subject: case.0, ids: Vec::new(), mail: true }).await?;
    }
    tx.audit(AuditEntry::new("identity.seat_ended", seat).word("consultations", handed.len())).await?;
    tx.tell(federation, Event { name: "identity.seat_ended.v1", subject: seat, ids: Vec::new(), mail: false }).await?;
    Ok(handed.len())
}

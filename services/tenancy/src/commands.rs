//! Changing the tree. Home columns of open consultations move in the same transaction; where a consultation came from
//! stays, and a consent stays with the organisation it was given to.

use crate::model::Unit;
use crate::policy::{MergeMunicipal, MoveInstitution, TreePolicy, UnitFacts, unit_subject};
use crate::rows::{self, MoveRow};
use access::{Action, Actor, Denied, Permit, authorise};
use kernel::{Jst, UnitId, ids::new_uuid};
use store::{AuditEntry, Event, StoreError, Tx};
use time::Date;

/// Why a change of the tree did not happen.
#[derive(Debug, thiserror::Error)]
pub enum VerbError {
    /// Absent or hidden; the two are not told apart.
    #[error("not found")]
    NotFound,
    /// Visible, and not this actor's to do.
    #[error("forbidden")]
    Forbidden,
    /// The unit is of another level, closed, or merged already.
    #[error("not in this state")]
    State(Box<Unit>),
    /// It stands there already: the same form sent twice, or somebody was faster.
    #[error("already there")]
    AlreadyThere(Box<Unit>),
    /// The new home is no open association of this federation at the right place.
    #[error("no such home")]
    NoSuchHome,
    /// The date lies after today, or before the day on which the present home began (which is given).
    #[error("date out of range")]
    Date {
        /// First possible day.
        earliest: Date,
        /// Last possible day.
        latest: Date,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where an institution moves to, and from which Tokyo date on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Its new prefectural association.
    pub prefecture: UnitId,
    /// Its new municipal association; None for directly under the prefecture.
    pub municipal: Option<UnitId>,
    /// First day there; not after today, not before its present home began.
    pub on: Date,
}

/// What a move did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Open consultations that moved along.
    pub consultations: u32,
}

/// What a merger did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Institutions that moved along.
    pub institutions: u32,
}

/// Finds an institution to move it, and holds it until the transaction ends.
///
/// # Errors
/// `NotFound`, `Forbidden` or `State` by the rule.
pub async fn find_institution(tx: &Tx, actor: &Actor, id: UnitId) -> Result<(Unit, Permit<MoveInstitution>), VerbError> {
    find(tx, actor, id).await
}

/// Finds a municipal association to merge it into another, and holds it until the transaction ends.
///
/// # Errors
/// `NotFound`, `Forbidden` or `State` by the rule.
pub async fn find_municipal(tx: &Tx, actor: &Actor, id: UnitId) -> Result<(Unit, Permit<MergeMunicipal>), VerbError> {
    find(tx, actor, id).await
}

async fn find<A: Action<Policy = TreePolicy>>(tx: &Tx, actor: &Actor, id: UnitId) -> Result<(Unit, Permit<A>), VerbError> {
    let unit = match rows::unit_for_update(tx, id).await? {
        Some(unit) => unit,
        // Locking asks for the right to change: whoever only sees the unit is told so.
        None => return Err(if rows::units(tx, &[id]).await?.is_empty() { VerbError::NotFound } else { VerbError::Forbidden }),
    };
    let facts = UnitFacts { unit, today: tx.clock().now().tokyo_date() };
    match authorise::<A>(actor, &facts) {
        Ok(permit) => Ok((facts.unit, permit)),
        Err(Denied::Hidden) => Err(VerbError::NotFound),
        Err(Denied::Forbidden) => Err(VerbError::Forbidden),
        Err(Denied::WrongState) => Err(VerbError::State(Box::new(facts.unit))),
    }
}

/// Moves an institution to another home: its row, its history, its open consultations.
///
/// # Errors
/// `AlreadyThere`, `NoSuchHome`, `Date`; `NotFound` for a permit of another unit.
pub async fn move_institution(tx: &Tx, permit: Permit<MoveInstitution>, unit: &Unit, to: Move) -> Result<Moved, VerbError> {
    let subject = held(unit, permit.subject())?;
    if (unit.prefecture, unit.municipal) == (Some(to.prefecture), to.municipal) {
        return Err(VerbError::AlreadyThere(Box::new(unit.clone())));
    }
    let today = tx.clock().now().tokyo_date();
    let since =
        rows::homes(tx, unit.id).await?.into_iter().find(|home| home.until_on.is_none()).map_or(unit.opened_on, |home| home.from_on);
    check_date(to.on, since, today)?;
    open_home(tx, to, today).await?;
    let now = tx.clock().now();
    let history = new_uuid(tx.clock());
    let row = MoveRow { unit: unit.id, prefecture: to.prefecture, municipal: to.municipal, on: to.on, history, now };
    let count = rows::move_unit(tx, row).await.map_err(no_such_home)?;
    let place = |id: Option<UnitId>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    let entry = AuditEntry::new("tenancy.institution_moved", subject)
        .word("from_prefecture", place(unit.prefecture))
        .word("from_municipal", place(unit.municipal))
        .word("to_prefecture", to.prefecture)
        .word("to_municipal", place(to.municipal))
        .word("on", to.on)
        .word("consultations", count);
    tx.audit(entry).await?;
    let event = Event { name: "tenancy.institution_moved.v1", subject, ids: vec![("home", history)], mail: false };
    tx.tell(permit.federation(), event).await?;
    Ok(Moved { consultations: count.unsigned_abs() })
}

/// Merges a municipal association into another: its institutions move there, it closes, its name stays in the history.
///
/// # Errors
/// `NoSuchHome` when the other is no open municipal association of the federation (or the same one), `Date`; a merger
/// that happened already is refused by [`find_municipal`] with `State`, which names what it merged into.
pub async fn merge_municipal(tx: &Tx, permit: Permit<MergeMunicipal>, unit: &Unit, into: UnitId, on: Date) -> Result<Merged, VerbError> {
    let subject = held(unit, permit.subject())?;
    let today = tx.clock().now().tokyo_date();
    let target = rows::unit_for_update(tx, into).await?.ok_or(VerbError::NoSuchHome)?;
    let fits = target.level == unit.level
        && target.id != unit.id
        && target.federation == unit.federation
        && target.is_open(today)
        && target.merged_into.is_none();
    if !fits {
        return Err(VerbError::NoSuchHome);
    }
    // No institution may leave on a day before it came.
    let since = rows::latest_arrival(tx, unit.id).await?.map_or(unit.opened_on, |day| day.max(unit.opened_on));
    check_date(on, since, today)?;
    let count = rows::merge_units(tx, unit.id, into, on, tx.clock().now()).await?;
    let entry = AuditEntry::new("tenancy.municipal_merged", subject).word("into", into).word("on", on).word("institutions", count);
    tx.audit(entry).await?;
    let event = Event { name: "tenancy.municipal_merged.v1", subject, ids: vec![("into", unit_subject(into))], mail: false };
    tx.tell(permit.federation(), event).await?;
    Ok(Merged { institutions: count.unsigned_abs() })
}

/// The permit must be for this very unit.
fn held(unit: &Unit, subject: uuid::Uuid) -> Result<uuid::Uuid, VerbError> {
    if unit_subject(unit.id) == subject { Ok(subject) } else { Err(VerbError::NotFound) }
}

fn check_date(on: Date, earliest: Date, latest: Date) -> Result<(), VerbError> {
    if (earliest..=latest).contains(&on) { Ok(()) } else { Err(VerbError::Date { earliest, latest }) }
}

/// The database checks that the home is at the right place; here, that it is still open.
async fn open_home(tx: &Tx, to: Move, today: Date) -> Result<(), VerbError> {
    let wanted: Vec<UnitId> = [Some(to.prefecture), to.municipal].into_iter().flatten().collect();
    let found = rows::units(tx, &wanted).await?;
    if found.len() == wanted.len() && found.iter().all(|unit| unit.is_open(today) && unit.merged_into.is_none()) {
        Ok(())
    } else {
        Err(VerbError::NoSuchHome)
    }
}

fn no_such_home(error: StoreError) -> VerbError {
    if error.is_conflict("unit_home") { VerbError::NoSuchHome } else { error.into() }
}

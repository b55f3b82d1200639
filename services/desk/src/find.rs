//! Finding and authorising are one act: a row comes with a permit, or it does not come.

use crate::commands::VerbError;
use crate::model::Consultation;
use crate::policy::{DeskPolicy, Facts};
use crate::rows::header;
use access::{Action, Actor, Denied, Permit, authorise};
use kernel::ConsultationId;
use sea_orm::{EntityTrait, QuerySelect};
use store::{StoreError, Tx};

/// Finds a consultation for one verb.
///
/// # Errors
/// `NotFound` for an absent and for a hidden row alike; `Forbidden` when it may be seen but not this; `State` when not in
/// its present state.
pub async fn find<A: Action<Policy = DeskPolicy>>(tx: &Tx, actor: &Actor, id: ConsultationId) -> Result<(Facts, Permit<A>), VerbError> {
    let facts = facts(tx, actor, id, false).await?;
    permit(actor, facts)
}

/// As [`find`], and holds the row until the transaction ends, so that two people at the same instant take turns.
///
/// # Errors
/// As [`find`].
pub async fn find_for_update<A: Action<Policy = DeskPolicy>>(tx: &Tx, actor: &Actor, id: ConsultationId) -> Result<(Facts, Permit<A>), VerbError> {
    let facts = facts(tx, actor, id, true).await?;
    permit(actor, facts)
}

fn permit<A: Action<Policy = DeskPolicy>>(actor: &Actor, facts: Facts) -> Result<(Facts, Permit<A>), VerbError> {
    match authorise::<A>(actor, &facts) {
        Ok(permit) => Ok((facts, permit)),
        Err(Denied::Hidden) => Err(VerbError::NotFound),
        Err(Denied::Forbidden) => Err(VerbError::Forbidden),
        Err(Denied::WrongState) => Err(VerbError::State(Box::new(facts.case))),
    }
}

async fn facts(tx: &Tx, actor: &Actor, id: ConsultationId, lock: bool) -> Result<Facts, VerbError> {
    let mut query = header::Entity::find_by_id(id.0);
    if lock {
        query = query.lock_exclusive();
    }
    let row = match query.one(tx).await.map_err(StoreError::from) {
        Ok(row) => row.ok_or(VerbError::NotFound)?,
        // FOR UPDATE asks the update policy too: visible, but not this actor's to change.
        Err(StoreError::Denied) => return Err(VerbError::Forbidden),
        Err(error) => return Err(error.into()),
    };
    let case = Consultation::try_from(row)?;
    // One more question, and only for those whom a consent or a witnessing could help.
    let (mut consented, mut witnessed) = (false, false);
    if !actor.role.is_institution() && !actor.holds_queue(case.queue) {
        let row = tx
            .one_raw(
                "SELECT EXISTS (SELECT 1 FROM case_access a WHERE a.consultation_id = $1 AND a.revoked_at IS NULL AND a.unit_id = $2) AS consented, scope_uuid('witnessed') IS NOT DISTINCT FROM $1 AS witnessed",
                [id.0.into(), actor.unit.0.into()],
            )
            .await?;
        if let Some(row) = row {
            consented = row.try_get("", "consented").map_err(StoreError::from)?;
            witnessed = row.try_get("", "witnessed").map_err(StoreError::from)?;
        }
    }
    Ok(Facts { case, consented, witnessed, now: tx.clock().now() })
}

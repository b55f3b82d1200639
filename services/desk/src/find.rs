//! Finding and authorising are one act: a row comes with a permit, or it does not come.

use crate::commands::VerbError;
use crate::model::Consultation;
use crate::policy::{DeskPolicy, Facts};
use crate::rows::header::{self, Standing};
use access::{Action, Actor, Denied, Permit, authorise};
use kernel::ConsultationId;
use store::Tx;

/// Finds a consultation for one verb.
///
/// # Errors
/// `NotFound` for an absent and for a hidden row alike; `Forbidden` when it may be seen but not this; `State` when not in
/// its present state.
pub async fn find<A: Action<Policy = DeskPolicy>>(tx: &Tx, actor: &Actor, id: ConsultationId) -> Result<(Facts, Permit<A>), VerbError> {
    let case = header::read(tx, id).await?.ok_or(VerbError::NotFound)?;
    permit(actor, facts(tx, actor, case).await?)
}

/// As [`find`], and holds the row until the transaction ends, so that two people at the same instant take turns.
///
/// # Errors
/// As [`find`].
pub async fn find_for_update<A: Action<Policy = DeskPolicy>>(
    tx: &Tx,
    actor: &Actor,
    id: ConsultationId,
) -> Result<(Facts, Permit<A>), VerbError> {
    let case = match header::lock(tx, id).await? {
        Some(case) => case,
        // The lock passes over a row that row security lets this scope see but not change: that is no secret.
        None if header::read(tx, id).await?.is_some() => return Err(VerbError::Forbidden),
        None => return Err(VerbError::NotFound),
    };
    permit(actor, facts(tx, actor, case).await?)
}

fn permit<A: Action<Policy = DeskPolicy>>(actor: &Actor, facts: Facts) -> Result<(Facts, Permit<A>), VerbError> {
    match authorise::<A>(actor, &facts) {
        Ok(permit) => Ok((facts, permit)),
        Err(Denied::Hidden) => Err(VerbError::NotFound),
        Err(Denied::Forbidden) => Err(VerbError::Forbidden),
        Err(Denied::WrongState) => Err(VerbError::State(Box::new(facts.case))),
    }
}

async fn facts(tx: &Tx, actor: &Actor, case: Consultation) -> Result<Facts, VerbError> {
    // One more question, and only for those whom a consent or a witnessing could help.
    let known = actor.role.is_institution() || actor.holds_queue(case.queue);
    let standing = if known { Standing::default() } else { header::standing(tx, case.id, actor.unit).await? };
    Ok(Facts { case, consented: standing.consented, witnessed: standing.witnessed, now: tx.clock().now() })
}

//! Who else may read it: privacy inside the asking organisation, consent towards others. The writer's alone to decide.

use super::{Change, Changed, VerbError, event_line};
use crate::model::{Privacy, Receiver};
use crate::policy::{Consent, Facts, SetPrivacy};
use crate::rows::header::Column;
use access::{Actor, Permit};
use kernel::{AccessId, PersonId};
use sea_orm::sea_query::Expr;
use store::{AuditEntry, StoreError, Tx};
use uuid::Uuid;

/// Sets who at the asking organisation reads it.
///
/// # Errors
/// `Stale`, or `Invalid` when named people are asked for and none is named.
pub async fn set_privacy(tx: &Tx, actor: &Actor, facts: &Facts, permit: Permit<SetPrivacy>, seen: i32, privacy: Privacy, named: &[PersonId]) -> Result<Changed, VerbError> {
    if privacy == Privacy::Named && named.is_empty() {
        return Err(VerbError::Invalid { field: "named", key: "desk-error-named-empty" });
    }
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let changed = change.write(vec![(Column::Privacy, Expr::value(privacy.word()))]).await?;
    tx.run("DELETE FROM consultation_people WHERE consultation_id = $1", [facts.case.id.0.into()]).await?;
    if matches!(privacy, Privacy::Named | Privacy::Confidential) {
        let ids: Vec<Uuid> = named.iter().map(|p| p.0).collect();
        // Only colleagues of the same organisation can be named: the seats policy shows no others.
        tx.run(
            "INSERT INTO consultation_people (federation_id, consultation_id, person_id) SELECT DISTINCT $1::int, $2::uuid, s.person_id FROM seats s WHERE s.person_id = ANY ($3) AND s.unit_id = $4 AND s.ended_at IS NULL",
            [actor.federation.0.into(), facts.case.id.0.into(), ids.into(), actor.unit.0.into()],
        )
        .await?;
    }
    change.audit(AuditEntry::new("desk.privacy_set", facts.case.id.0).word("privacy", privacy)).await?;
    Ok(changed)
}

/// Opens the case to one receiver, with the version of the words that were agreed to. Agreeing twice is agreeing once.
///
/// # Errors
/// `Invalid` when the receiver does not exist for this case (an office has no municipality above it, say).
pub async fn allow(tx: &Tx, actor: &Actor, facts: &Facts, permit: &Permit<Consent>, receiver: Receiver, text: Uuid) -> Result<Option<AccessId>, VerbError> {
    let case = &facts.case;
    let unit = match receiver {
        Receiver::ProgrammeOffice => Some(case.federation.0),
        Receiver::Prefecture => Some(case.prefecture.ok_or(VerbError::Invalid { field: "consent", key: "desk-error-no-receiver" })?.0),
        Receiver::Municipality => Some(case.municipal.ok_or(VerbError::Invalid { field: "consent", key: "desk-error-no-receiver" })?.0),
        Receiver::Police => None,
    };
    let id = AccessId::new(tx.clock());
    let done = tx
        .run(
            "INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (consultation_id, receiver) WHERE revoked_at IS NULL DO NOTHING",
            [id.0.into(), case.federation.0.into(), case.id.0.into(), receiver.word().into(), unit.into(), text.into(), permit.person().0.into(), actor.unit.0.into(), tx.clock().now().into()],
        )
        .await
        .map_err(|error| if matches!(error, StoreError::Denied) { VerbError::Forbidden } else { error.into() })?;
    if done == 0 {
        return Ok(None);
    }
    event_line(tx, actor, case.id, "consented", None, Some(receiver.word()), true).await?;
    tx.audit(AuditEntry::new("desk.consent_given", case.id.0).word("receiver", receiver).word("text", text)).await?;
    Ok(Some(id))
}

/// Takes a consent back. What was read stays read; from now on nothing more is.
///
/// # Errors
/// As the database reports.
pub async fn revoke(tx: &Tx, actor: &Actor, facts: &Facts, permit: &Permit<Consent>, receiver: Receiver) -> Result<bool, VerbError> {
    let done = tx
        .run(
            "UPDATE case_access SET revoked_at = $3, revoked_by = $4 WHERE consultation_id = $1 AND receiver = $2 AND revoked_at IS NULL",
            [facts.case.id.0.into(), receiver.word().into(), tx.clock().now().into(), permit.person().0.into()],
        )
        .await?;
    if done == 0 {
        return Ok(false);
    }
    event_line(tx, actor, facts.case.id, "consent_revoked", None, Some(receiver.word()), true).await?;
    tx.audit(AuditEntry::new("desk.consent_revoked", facts.case.id.0).word("receiver", receiver)).await?;
    Ok(true)
}

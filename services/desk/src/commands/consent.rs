//! Who else may read it: privacy inside the asking organisation, consent towards others. The writer's alone to decide.

use super::{Change, Changed, VerbError, same_case};
use crate::model::{Privacy, Receiver};
use crate::policy::{Consent, Facts, SetPrivacy};
use crate::rows::change::HeaderChange;
use crate::rows::consents::{self, NewConsent};
use crate::rows::people;
use crate::rows::thread::{Happened, insert_event};
use access::{Actor, Permit};
use kernel::{AccessId, PersonId};
use store::{AuditEntry, StoreError, Tx};
use uuid::Uuid;

/// Sets who at the asking organisation reads it.
///
/// # Errors
/// `Stale`, or `Invalid` when named people are asked for and none is named.
pub async fn set_privacy(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<SetPrivacy>,
    seen: i32,
    privacy: Privacy,
    named: &[PersonId],
) -> Result<Changed, VerbError> {
    if privacy == Privacy::Named && named.is_empty() {
        return Err(VerbError::Invalid { field: "named", key: "desk-error-named-empty" });
    }
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let changed = change.write(HeaderChange::default().privacy(privacy)).await?;
    people::name_nobody(tx, facts.case.id).await?;
    if matches!(privacy, Privacy::Named | Privacy::Confidential) {
        people::name(tx, actor.federation, facts.case.id, actor.unit, named).await?;
    }
    change.audit(AuditEntry::new("desk.privacy_set", facts.case.id.0).word("privacy", privacy)).await?;
    Ok(changed)
}

/// Opens the case to one receiver, with the version of the words that were agreed to. Agreeing twice is agreeing once.
///
/// # Errors
/// `Invalid` when the receiver does not exist for this case (an office has no municipality above it, say).
pub async fn allow(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: &Permit<Consent>,
    receiver: Receiver,
    text: Uuid,
) -> Result<Option<AccessId>, VerbError> {
    same_case(facts, permit)?;
    let case = &facts.case;
    let nobody = VerbError::Invalid { field: "consent", key: "desk-error-no-receiver" };
    let unit = match receiver {
        Receiver::ProgrammeOffice => Some(kernel::UnitId(case.federation.0)),
        Receiver::Prefecture => Some(case.prefecture.ok_or(nobody)?),
        Receiver::Municipality => Some(case.municipal.ok_or(nobody)?),
        Receiver::Police => None,
    };
    let id = AccessId::new(tx.clock());
    let row = NewConsent { id, federation: case.federation, case: case.id, receiver, unit, text, by: permit.person(), by_unit: actor.unit };
    let first = consents::insert(tx, row).await.map_err(|error| match error {
        StoreError::Denied => VerbError::Forbidden,
        error => error.into(),
    })?;
    if !first {
        return Ok(None);
    }
    let event = Happened { verb: "consented", from: None, to: Some(receiver.word()), public: true };
    insert_event(tx, actor, case.id, event).await?;
    tx.audit(AuditEntry::new("desk.consent_given", case.id.0).word("receiver", receiver).word("text", text)).await?;
    Ok(Some(id))
}

/// Takes a consent back. What was read stays read; from now on nothing more is.
///
/// # Errors
/// As the database reports.
pub async fn revoke(tx: &Tx, actor: &Actor, facts: &Facts, permit: &Permit<Consent>, receiver: Receiver) -> Result<bool, VerbError> {
    same_case(facts, permit)?;
    if !consents::revoke(tx, facts.case.id, receiver, permit.person()).await? {
        return Ok(false);
    }
    let event = Happened { verb: "consent_revoked", from: None, to: Some(receiver.word()), public: true };
    insert_event(tx, actor, facts.case.id, event).await?;
    tx.audit(AuditEntry::new("desk.consent_revoked", facts.case.id.0).word("receiver", receiver)).await?;
    Ok(true)
}

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
    // Also when only the named people are others: a word of who they are is nobody's to read here.
    change.line("privacy", Some(facts.case.privacy.word()), Some(privacy.word()), true).await?;
    change.audit(AuditEntry::new("desk.privacy_set", facts.case.id.0).word("privacy", privacy)).await?;
    Ok(changed)
}

/// Exactly the `ticked` receivers from now on: what is live and not ticked is taken back, what is ticked and not live is given with
/// the words of `texts`, and what stays is not given anew. Who reads a case is a part of it: a difference raises its version.
///
/// # Errors
/// `Stale`, or `Invalid` when a receiver of `texts` does not exist for this case (an office has no municipality above it, say).
pub async fn set_consents(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: Permit<Consent>,
    seen: i32,
    ticked: &[Receiver],
    texts: &[(Receiver, Uuid)],
) -> Result<Changed, VerbError> {
    let change = Change::begin(tx, actor, facts, permit, seen)?;
    let live = consents::live_words(tx, facts.case.id).await?;
    let gone: Vec<Receiver> = live.iter().copied().filter(|receiver| !ticked.contains(receiver)).collect();
    let new: Vec<(Receiver, Uuid)> =
        texts.iter().copied().filter(|(receiver, _)| ticked.contains(receiver) && !live.contains(receiver)).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(Changed { id: facts.case.id, version: facts.case.version, state: facts.case.state });
    }
    let changed = change.write(HeaderChange::default()).await?;
    for receiver in gone {
        take_back(tx, actor, facts, receiver).await?;
    }
    for (receiver, text) in new {
        give(tx, actor, facts, receiver, text).await?;
    }
    Ok(changed)
}

/// Opens the case to one receiver, with the version of the words that were agreed to. Agreeing twice is agreeing once.
///
/// # Errors
/// `Invalid` when the receiver does not exist for this case; `Stale` when the case changed since `facts` were read.
pub async fn allow(
    tx: &Tx,
    actor: &Actor,
    facts: &Facts,
    permit: &Permit<Consent>,
    receiver: Receiver,
    text: Uuid,
) -> Result<Option<AccessId>, VerbError> {
    same_case(facts, permit)?;
    if consents::live_words(tx, facts.case.id).await?.contains(&receiver) {
        return Ok(None);
    }
    raise(tx, facts).await?;
    give(tx, actor, facts, receiver, text).await
}

/// Takes a consent back. What was read stays read; from now on nothing more is.
///
/// # Errors
/// `Stale` when the case changed since `facts` were read.
pub async fn revoke(tx: &Tx, actor: &Actor, facts: &Facts, permit: &Permit<Consent>, receiver: Receiver) -> Result<bool, VerbError> {
    same_case(facts, permit)?;
    if !consents::live_words(tx, facts.case.id).await?.contains(&receiver) {
        return Ok(false);
    }
    raise(tx, facts).await?;
    take_back(tx, actor, facts, receiver).await
}

/// The next version of the case: forms that showed other readers are overtaken by it.
async fn raise(tx: &Tx, facts: &Facts) -> Result<(), VerbError> {
    let written = HeaderChange::default().write(tx, &facts.case, tx.clock().now()).await?;
    if written { Ok(()) } else { Err(VerbError::Stale(Box::new(facts.case.clone()))) }
}

async fn give(tx: &Tx, actor: &Actor, facts: &Facts, receiver: Receiver, text: Uuid) -> Result<Option<AccessId>, VerbError> {
    let case = &facts.case;
    let nobody = VerbError::Invalid { field: "consent", key: "desk-error-no-receiver" };
    let unit = match receiver {
        Receiver::ProgrammeOffice => Some(kernel::UnitId(case.federation.0)),
        Receiver::Prefecture => Some(case.prefecture.ok_or(nobody)?),
        Receiver::Municipality => Some(case.municipal.ok_or(nobody)?),
        Receiver::Police => None,
    };
    let id = AccessId::new(tx.clock());
    let row = NewConsent { id, federation: case.federation, case: case.id, receiver, unit, text, by: actor.person, by_unit: actor.unit };
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

async fn take_back(tx: &Tx, actor: &Actor, facts: &Facts, receiver: Receiver) -> Result<bool, VerbError> {
    if !consents::revoke(tx, facts.case.id, receiver, actor.person).await? {
        return Ok(false);
    }
    let event = Happened { verb: "consent_revoked", from: None, to: Some(receiver.word()), public: true };
    insert_event(tx, actor, facts.case.id, event).await?;
    tx.audit(AuditEntry::new("desk.consent_revoked", facts.case.id.0).word("receiver", receiver)).await?;
    Ok(true)
}

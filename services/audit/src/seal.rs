//! The sealer: links what was written since its last round.

use crate::{AuditError, Head, chain, rows};
use kernel::FederationId;
use store::{Scope, SystemReason, Tx};

/// The federations that have a record; what the sealer and `verify-audit` walk through. Any system transaction that may
/// see the record.
///
/// # Errors
/// As the database reports.
pub async fn federations(tx: &Tx) -> Result<Vec<FederationId>, AuditError> {
    rows::federations(tx).await
}

/// What one step has linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// How many entries.
    pub linked: usize,
    /// The chain's end since then. To be kept outside the database once the transaction is committed, and not before: an end that was
    /// told and then rolled back looks like a tail that was cut off.
    pub head: Head,
}

/// Links up to `limit` entries of one federation, oldest first. None when nothing waits, and when another sealer is at
/// work: it will do it. An entry whose transaction commits late gets its place when it arrives. The caller commits.
///
/// # Errors
/// `Scope` unless the transaction is `begin_system(SealAudit)`; else as the database reports.
pub async fn seal(tx: &Tx, federation: FederationId, limit: u32) -> Result<Option<Sealed>, AuditError> {
    if !matches!(tx.scope(), Scope::System(SystemReason::SealAudit)) {
        return Err(AuditError::Scope("seal_audit"));
    }
    if !rows::take_sealer(tx, federation).await? {
        return Ok(None);
    }
    let (mut seq, mut before) = match rows::head(tx, federation).await? {
        Some(head) => (head.seq, head.hash.try_into().map_err(|_| AuditError::Hash)?),
        None => (0, chain::ground(federation)),
    };
    let mut links = Vec::new();
    for entry in rows::pending(tx, federation, limit).await? {
        seq += 1;
        before = chain::link(&before, &entry.content_hash, seq);
        links.push((seq, entry.entry_id, before));
    }
    let linked = links.len();
    if linked == 0 {
        return Ok(None);
    }
    let (added, taken) = rows::add_links(tx, federation, links, tx.clock().now()).await?;
    if (added, taken) != (linked as u64, linked as u64) {
        return Err(store::StoreError::Internal(format!("sealer linked {added} and took {taken} of {linked}")).into());
    }
    Ok(Some(Sealed { linked, head: Head { seq, hash: hex::encode(before) } }))
}

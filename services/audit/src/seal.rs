//! The sealer: links what was written since its last round.

use crate::{AuditError, chain, rows};
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

/// Links up to `limit` entries of one federation, oldest first, and returns how many. 0 also when another sealer is at
/// work: it will do it. An entry whose transaction commits late gets its place when it arrives. The caller commits.
///
/// # Errors
/// `Scope` unless the transaction is `begin_system(SealAudit)`; else as the database reports.
pub async fn seal(tx: &Tx, federation: FederationId, limit: u32) -> Result<usize, AuditError> {
    if !matches!(tx.scope(), Scope::System(SystemReason::SealAudit)) {
        return Err(AuditError::Scope("seal_audit"));
    }
    if !rows::take_sealer(tx, federation).await? {
        return Ok(0);
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
    let count = links.len();
    if count > 0 {
        let (added, taken) = rows::add_links(tx, federation, links, tx.clock().now()).await?;
        if (added, taken) != (count as u64, count as u64) {
            return Err(store::StoreError::Internal(format!("sealer linked {added} and took {taken} of {count}")).into());
        }
        // The log keeps the chain's end outside the database: cutting off the chain's tail shows against it.
        tracing::info!(federation = federation.0, seq, hash = %hex::encode(before), linked = count, "audit sealed");
    }
    Ok(count)
}

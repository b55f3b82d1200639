//! Proving a chain: every entry's own hash and every link are computed again.

use crate::rows::{self, LinkRow};
use crate::{AuditError, Broken, Fault, Head, Verdict, chain};
use kernel::{AuditId, FederationId};
use store::{Scope, SystemReason, Tx};

/// Links looked at in one page; memory stays flat however long the chain is.
const PAGE: u32 = 1_000;

/// Proves one federation's chain from its first link and names the first broken place.
///
/// # Errors
/// `Scope` unless the transaction is `begin_system(VerifyAudit)`; else as the database reports.
pub async fn verify(tx: &Tx, federation: FederationId) -> Result<Verdict, AuditError> {
    verify_against(tx, federation, None).await
}

/// The same against an end that was kept elsewhere (the sealer logs each one): a tail that was cut off together with its
/// links is found too.
///
/// # Errors
/// As [`verify`].
pub async fn verify_against(tx: &Tx, federation: FederationId, kept: Option<&Head>) -> Result<Verdict, AuditError> {
    if !matches!(tx.scope(), Scope::System(SystemReason::VerifyAudit)) {
        return Err(AuditError::Scope("verify_audit"));
    }
    let mut walk = Walk { federation, seq: 0, before: chain::ground(federation), kept };
    let first_broken = walk.walk_on(tx).await?;
    let rest = rows::without_link(tx, federation).await?;
    Ok(Verdict {
        federation,
        sealed: walk.seq.unsigned_abs(),
        unsealed: rest.unsealed.unsigned_abs(),
        oldest_unsealed_age: rest.oldest.map(|at| tx.clock().now() - at),
        first_broken,
        head: (walk.seq > 0).then(|| Head { seq: walk.seq, hash: hex::encode(walk.before) }),
    })
}

/// How far the chain is known to be sound.
struct Walk<'a> {
    federation: FederationId,
    seq: i64,
    before: [u8; 32],
    kept: Option<&'a Head>,
}

impl Walk<'_> {
    async fn walk_on(&mut self, tx: &Tx) -> Result<Option<Broken>, AuditError> {
        loop {
            let page = rows::links(tx, self.federation, self.seq, PAGE).await?;
            if page.is_empty() {
                let short = self.kept.filter(|kept| kept.seq > self.seq);
                return Ok(short.map(|_| Broken { seq: self.seq + 1, entry: None, what: Fault::HeadDiffers }));
            }
            for link in &page {
                if let Some(broken) = self.step(link) {
                    return Ok(Some(broken));
                }
            }
        }
    }

    fn step(&mut self, link: &LinkRow) -> Option<Broken> {
        let seq = self.seq + 1;
        if link.seq != seq {
            return Some(Broken { seq, entry: None, what: Fault::LinkMissing });
        }
        let broken = |what| Some(Broken { seq, entry: Some(AuditId(link.entry_id)), what });
        let Some(content) = content_hash(link) else { return broken(Fault::EntryMissing) };
        if link.federation_id != Some(self.federation.0) {
            return broken(Fault::ForeignEntry);
        }
        if link.content_hash.as_deref() != Some(content.as_slice()) {
            return broken(Fault::EntryChanged);
        }
        let hash = chain::link(&self.before, &content, seq);
        if link.hash != hash {
            return broken(Fault::LinkBroken);
        }
        if self.kept.is_some_and(|kept| kept.seq == seq && kept.hash != hex::encode(hash)) {
            return broken(Fault::HeadDiffers);
        }
        (self.seq, self.before) = (seq, hash);
        None
    }
}

/// The hash of the entry's content as it stands now; None when there is no entry.
fn content_hash(link: &LinkRow) -> Option<[u8; 32]> {
    Some(store::content_hash(
        link.present?,
        link.federation_id?,
        link.at?,
        link.person_id,
        link.seat_id,
        link.system.as_deref(),
        link.verb.as_deref()?,
        link.subject?,
        link.fields.as_ref()?,
        link.request_id,
    ))
}

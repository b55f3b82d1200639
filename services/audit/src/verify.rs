//! Proving a chain: every entry's own hash and every link are computed again.

use crate::rows::{self, LinkRow};
use crate::{AuditError, Broken, Fault, Head, LISTED, Verdict, chain};
use kernel::{AuditId, FederationId};
use store::{Scope, SystemReason, Tx};

/// Links looked at in one page; memory stays flat however long the chain is.
const PAGE: u32 = 1_000;

/// Proves one federation's chain from its first link to its last and names the broken places.
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
    let mut walk = Walk { federation, seq: 0, before: chain::ground(federation), kept, sound: None, broken: Vec::new(), breaks: 0 };
    walk.walk_on(tx).await?;
    let rest = rows::without_link(tx, federation).await?;
    let (sealed, hash) = walk.sound.unwrap_or((walk.seq, walk.before));
    Ok(Verdict {
        federation,
        sealed: sealed.unsigned_abs(),
        unsealed: rest.unsealed.unsigned_abs(),
        oldest_unsealed_age: rest.oldest.map(|at| tx.clock().now() - at),
        broken: walk.broken,
        breaks: walk.breaks,
        head: (sealed > 0).then(|| Head { seq: sealed, hash: hex::encode(hash) }),
    })
}

/// How far the chain was followed.
struct Walk<'a> {
    federation: FederationId,
    seq: i64,
    /// The link at `seq`, as it stands: what comes after a broken place is judged by it.
    before: [u8; 32],
    kept: Option<&'a Head>,
    /// Where the sound part ended; None while nothing is broken.
    sound: Option<(i64, [u8; 32])>,
    broken: Vec<Broken>,
    breaks: u64,
}

impl Walk<'_> {
    async fn walk_on(&mut self, tx: &Tx) -> Result<(), AuditError> {
        loop {
            let page = rows::links(tx, self.federation, self.seq, PAGE).await?;
            for link in &page {
                self.step(link)?;
            }
            if page.is_empty() {
                if self.kept.is_some_and(|kept| kept.seq > self.seq) {
                    self.is_broken(Broken { seq: self.seq + 1, entry: None, what: Fault::HeadDiffers });
                }
                return Ok(());
            }
        }
    }

    fn is_broken(&mut self, broken: Broken) {
        self.sound.get_or_insert((self.seq, self.before));
        self.breaks += 1;
        if self.broken.len() < LISTED {
            self.broken.push(broken);
        }
    }

    fn step(&mut self, link: &LinkRow) -> Result<(), AuditError> {
        let stands: [u8; 32] = link.hash.as_slice().try_into().map_err(|_| AuditError::Hash)?;
        // Over a gap there is nothing that the next link could be compared with.
        let gap = link.seq != self.seq + 1;
        if gap {
            self.is_broken(Broken { seq: self.seq + 1, entry: None, what: Fault::LinkMissing });
        }
        let found = self.fault(link, (!gap).then_some(self.before));
        if let Some(what) = found {
            self.is_broken(Broken { seq: link.seq, entry: Some(AuditId(link.entry_id)), what });
        }
        (self.seq, self.before) = (link.seq, stands);
        Ok(())
    }

    /// What is wrong with a link after `before`, if anything.
    fn fault(&self, link: &LinkRow, before: Option<[u8; 32]>) -> Option<Fault> {
        let Some(content) = content_hash(link) else { return Some(Fault::EntryMissing) };
        if link.federation_id != Some(self.federation.0) {
            return Some(Fault::ForeignEntry);
        }
        if link.content_hash.as_deref() != Some(content.as_slice()) {
            return Some(Fault::EntryChanged);
        }
        if before.is_some_and(|before| link.hash != chain::link(&before, &content, link.seq)) {
            return Some(Fault::LinkBroken);
        }
        self.kept.is_some_and(|kept| kept.seq == link.seq && kept.hash != hex::encode(&link.hash)).then_some(Fault::HeadDiffers)
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

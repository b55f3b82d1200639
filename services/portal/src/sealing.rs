//! The sealer: links the audit entries of all federations beside their writers, in small steps.

use crate::work::Bench;
use kernel::FederationId;
use std::time::Instant;
use store::SystemReason;

/// Entries linked in one transaction: less than ten milliseconds of work.
const STEP: u32 = 100;

impl Bench {
    /// Links what was written into the chains of all federations; how many entries. What is written meanwhile waits for the next round,
    /// so that no federation keeps the others waiting.
    pub async fn seal(&self) -> anyhow::Result<usize> {
        let tx = self.db.begin_system(SystemReason::SealAudit).await?;
        let federations = audit::federations(&tx).await?;
        let (waiting, _) = audit::unsealed(&tx).await?;
        tx.commit().await?;
        let mut sealed = 0;
        for federation in federations {
            for _ in 0..=waiting / u64::from(STEP) {
                let began = Instant::now();
                let linked = self.step(federation).await?;
                sealed += linked;
                if linked < STEP as usize {
                    break;
                }
                tokio::time::sleep(began.elapsed()).await;
            }
        }
        self.lag().await?;
        Ok(sealed)
    }

    /// One step of one federation. The chain's end is told after the commit, and the commit waits for the disk like any other: once a
    /// line of the log names an end, no crash may take it back, or the log would accuse a sound chain of having been cut. (What was
    /// written is on record before it is sealed; a seal that a crash loses is made again from the work list.)
    async fn step(&self, federation: FederationId) -> anyhow::Result<usize> {
        let tx = self.db.begin_system(SystemReason::SealAudit).await?;
        let sealed = audit::seal(&tx, federation, STEP).await?;
        tx.commit().await?;
        let Some(sealed) = sealed else { return Ok(0) };
        // Outside the database: cutting off the chain's tail shows against it.
        tracing::info!(federation = federation.0, seq = sealed.head.seq, hash = %sealed.head.hash, linked = sealed.linked, "audit sealed");
        metrics::counter!("portal_audit_sealed_total").increment(sealed.linked as u64);
        Ok(sealed.linked)
    }

    /// Tells how far behind the sealer is.
    async fn lag(&self) -> anyhow::Result<()> {
        let tx = self.db.begin_system(SystemReason::SealAudit).await?;
        let (waiting, oldest) = audit::unsealed(&tx).await?;
        let age = oldest.map_or(0.0, |at| (tx.clock().now() - at).as_seconds_f64());
        tx.commit().await?;
        metrics::gauge!("portal_audit_unsealed").set(waiting as f64);
        metrics::gauge!("portal_audit_oldest_unsealed_seconds").set(age);
        if age > 60.0 {
            tracing::error!(waiting, age, "audit entries have waited for the seal for more than a minute");
        }
        Ok(())
    }
}

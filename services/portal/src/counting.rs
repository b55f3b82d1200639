//! The counts by area, as the worker keeps them: folded, compared by night, published once a day. Small steps, each in its own short
//! transaction and with a breath after it, so that whoever writes meanwhile does not notice; stopped anywhere, the next worker goes on.

use crate::work::Bench;
use kernel::Jst;
use std::time::{Duration, Instant};
use store::SystemReason;
use time::OffsetDateTime;

/// Deltas folded in one transaction.
const FOLD: i32 = 2_000;
/// How much longer than a step the rest after it is: of one processor a fifth at most.
const REST: u32 = 4;
/// When counts are compared with the consultations, by the clock in Tokyo: few people work then.
const RECONCILED_AT: time::Time = time::macros::time!(3:00);
/// When the figures of areas change, by the clock in Tokyo: once a day, so that two looks around one case tell nothing of it.
const PUBLISHED_AT: time::Time = time::macros::time!(6:00);

impl Bench {
    /// Folds what changes left into the counts by area, compares the counts once a night and publishes them once a day. How many changes
    /// there were.
    pub async fn count(&self) -> anyhow::Result<i32> {
        let mut all = 0;
        loop {
            let began = Instant::now();
            let tx = self.db.begin_system(SystemReason::FoldCounts).await?;
            let folded = desk::commands::fold_counts(&tx, FOLD).await?;
            tx.commit().await?;
            all += folded;
            if folded < FOLD {
                break;
            }
            breathe(began.elapsed()).await;
        }
        self.reconcile().await?;
        self.publish().await?;
        Ok(all)
    }

    async fn publish(&self) -> anyhow::Result<()> {
        let tx = self.db.begin_system(SystemReason::FoldCounts).await?;
        let federations = desk::commands::publish_counts(&tx, last(PUBLISHED_AT, self.db.clock().now())).await?;
        tx.commit().await?;
        if federations > 0 {
            tracing::info!(federations, "figures of areas published");
        }
        Ok(())
    }

    /// Month by month, what a night before has left over first. What was off is named by ids and closed words.
    async fn reconcile(&self) -> anyhow::Result<()> {
        let due = last(RECONCILED_AT, self.db.clock().now());
        loop {
            let began = Instant::now();
            let tx = self.db.begin_system(SystemReason::FoldCounts).await?;
            let Some(month) = desk::commands::month_to_reconcile(&tx, due).await? else { return Ok(tx.commit().await?) };
            let off = desk::commands::reconcile_counts(&tx, &month).await?;
            tx.commit().await?;
            metrics::counter!("portal_counts_mended_total").increment(off.len() as u64);
            for off in off {
                tracing::warn!(federation = month.federation_id, month = %month.month, ?off, "a count was not what the consultations say; put right");
            }
            breathe(began.elapsed()).await;
        }
    }
}

/// The rest after a step that took so long.
async fn breathe(step: Duration) {
    tokio::time::sleep(step * REST).await;
}

/// When the clock in Tokyo last stood at `time`.
fn last(time: time::Time, now: OffsetDateTime) -> OffsetDateTime {
    let today = now.tokyo().replace_time(time);
    if today <= now { today } else { today - time::Duration::days(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_night_begins_at_three_in_tokyo() {
        let night = datetime!(2026-11-17 03:00 +9);
        assert_eq!(last(RECONCILED_AT, datetime!(2026-11-17 02:59 +9)), night - time::Duration::days(1));
        assert_eq!(last(RECONCILED_AT, datetime!(2026-11-16 18:00 UTC)), night);
        assert_eq!(last(RECONCILED_AT, datetime!(2026-11-17 23:59 +9)), night);
        let published = datetime!(2026-11-17 06:00 +9);
        assert_eq!(last(PUBLISHED_AT, datetime!(2026-11-17 05:59:59 +9)), published - time::Duration::days(1));
        assert_eq!(last(PUBLISHED_AT, datetime!(2026-11-16 21:00 UTC)), published);
    }
}

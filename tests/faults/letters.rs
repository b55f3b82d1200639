//! Letters: what the rows say went, against what the mail server took, counted by `Message-ID`.

use crate::report::Report;
use crate::world::World;
use anyhow::ensure;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Letters that are still to go, files that wait, and everything in the queue, also jobs that nobody will take any more.
const OPEN: &str =
    "SELECT (SELECT count(*) FROM deliveries WHERE state = 'intended') + (SELECT count(*) FROM graphile_worker._private_jobs)
    + (SELECT count(*) FROM file_versions WHERE state = 'waiting')";

/// How long it took until nothing is left to do: no letter, no job, no file that waits for its verdict.
pub async fn settled(world: &World, patience: Duration) -> anyhow::Result<Duration> {
    let began = Instant::now();
    loop {
        let open = world.count(OPEN).await?;
        if open == 0 {
            return Ok(began.elapsed());
        }
        ensure!(began.elapsed() < patience, "{open} letters, jobs or files are still open after {} s", patience.as_secs());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Compares rows and mail server. `again`: how many letters may have been handed over once more, under the same `Message-ID`,
/// because whoever handed them over was killed before it was noted.
pub async fn check(world: &World, report: &mut Report, again: usize) -> anyhow::Result<()> {
    let mut taken: BTreeMap<Uuid, usize> = BTreeMap::new();
    for id in world.office.ids() {
        let letter = id.trim_start_matches("<letter.").split('@').next().unwrap_or_default().parse::<Uuid>()?;
        *taken.entry(letter).or_default() += 1;
    }
    let sent: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM deliveries WHERE state = 'sent'").fetch_all(&mut world.god().await?).await?;
    let sent: BTreeSet<Uuid> = sent.into_iter().collect();
    let absent = sent.iter().filter(|id| !taken.contains_key(id)).count();
    let unknown = taken.keys().filter(|id| !sent.contains(id)).count();
    let twice: usize = taken.values().map(|times| times - 1).sum();
    report.saw(format!("{} letters sent, {} Message-IDs at the mail server, {twice} handed over again so far", sent.len(), taken.len()));
    report.holds(absent == 0 && unknown == 0, format!("every letter exactly once by Message-ID ({absent} absent, {unknown} unknown)"));
    report.holds(twice <= again, format!("handed over again only what a kill left unnoted ({twice} of at most {again})"));
    Ok(())
}

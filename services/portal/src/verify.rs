//! `portal verify-audit`: recomputes every federation's chain; a broken one fails the command, and its broken places are named.

use crate::config::Config;
use crate::wire;
use anyhow::bail;
use kernel::Clock;
use store::SystemReason;

/// Prints a line per federation and, below a broken one, a line per broken place; an error when any chain is broken.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let db = wire::worker_db(config, Clock::wall()).await?;
    let tx = db.begin_system(SystemReason::VerifyAudit).await?;
    let mut broken = 0;
    for federation in audit::federations(&tx).await? {
        let verdict = audit::verify(&tx, federation).await?;
        let Some(first) = verdict.first_broken() else {
            println!("federation {federation}: {} entries sealed and sound, {} waiting", verdict.sealed, verdict.unsealed);
            continue;
        };
        broken += 1;
        println!(
            "federation {federation}: BROKEN, {} place(s); first at {first}; {} entries before it are sound",
            verdict.breaks, verdict.sealed
        );
        for place in &verdict.broken[1..] {
            println!("federation {federation}: broken too: {place}");
        }
        let unlisted = verdict.breaks - verdict.broken.len() as u64;
        if unlisted > 0 {
            println!("federation {federation}: and {unlisted} more");
        }
    }
    if broken > 0 {
        bail!("{broken} audit chain(s) broken");
    }
    Ok(())
}

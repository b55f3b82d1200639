//! `portal verify-audit`: recomputes every federation's chain; a broken one fails the command and is named.

use crate::config::Config;
use crate::wire;
use anyhow::bail;
use kernel::Clock;
use store::SystemReason;

/// Prints a line per federation; an error when any chain is broken.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let db = wire::worker_db(config, Clock::wall()).await?;
    let tx = db.begin_system(SystemReason::VerifyAudit).await?;
    let mut broken = 0;
    for federation in audit::federations(&tx).await? {
        let verdict = audit::verify(&tx, federation).await?;
        match &verdict.first_broken {
            None => println!("federation {federation}: {} entries sealed and sound, {} waiting", verdict.sealed, verdict.unsealed),
            Some(fault) => {
                broken += 1;
                println!("federation {federation}: BROKEN at {fault}; {} entries before it are sound", verdict.sealed);
            }
        }
    }
    if broken > 0 {
        bail!("{broken} audit chain(s) broken");
    }
    Ok(())
}

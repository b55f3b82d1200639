//! `./dev faults`: real processes, killed, and services taken away from them; prints what was done, what was seen and whether that
//! is what is promised (README.md). Ends with failure when a promise was not kept.

mod away;
mod clerk;
mod full;
mod killed;
mod ledger;
mod letters;
mod load;
mod peers;
mod report;
mod sign_in;
mod uploads;
mod world;

use report::{Report, summary, trial};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use world::World;

/// Longest time for one trial.
const PATIENCE: Duration = Duration::from_secs(200);

macro_rules! trials {
    ($world:ident, $reports:ident, $($title:literal => $trial:path),+ $(,)?) => {$(
        let world = &mut $world;
        $reports.push(trial($title, PATIENCE, |mut report| async move {
            let outcome = match world.mend().await {
                Ok(()) => $trial(world, &mut report).await,
                Err(error) => Err(error),
            };
            (report, outcome)
        }).await);
    )+};
}

#[tokio::main]
async fn main() -> ExitCode {
    let began = Instant::now();
    let mut world = match World::build().await {
        Ok(world) => world,
        Err(error) => {
            eprintln!("nothing could be tried: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    println!("portal, worker, object store, issuer and mail server run after {:.0} s\n", began.elapsed().as_secs_f64());
    let mut reports = Vec::new();
    trials!(world, reports,
        "1 portal serve killed" => killed::portal,
        "2 portal work killed" => killed::worker,
        "3 PostgreSQL killed" => killed::database,
        "4 object store away" => away::store,
        "5 issuer away" => away::issuer,
        "6 scanner away" => away::scanner,
        "7 mail server away" => away::mail,
        "8 pool exhausted" => full::pool,
        "9 portal told to stop" => full::stopped,
        "in the end" => end,
    );
    let good = summary(&reports);
    println!("  all in {:.0} s", began.elapsed().as_secs_f64());
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Consultations without exactly one event and one entry of the record: each belongs to the transaction that opened it.
const TORN: &str = "SELECT count(*) FROM consultations c
    WHERE (SELECT count(*) FROM outbox o WHERE o.subject = c.id AND o.name = 'desk.consultation_opened.v1') <> 1
    OR (SELECT count(*) FROM audit_entries a WHERE a.subject = c.id AND a.verb = 'desk.consultation_opened') <> 1";

/// After everything: nothing is left to do, and the audit record is whole.
async fn end(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let settled = letters::settled(world, Duration::from_secs(60)).await?;
    report.saw(format!("the job queue is empty, no letter and no file waits after {:.1} s", settled.as_secs_f64()));
    let (cases, torn) = (world.count("SELECT count(*) FROM consultations").await?, world.count(TORN).await?);
    report.holds(torn == 0, format!("each of {cases} consultations has one event and one entry of the record ({torn} have not)"));
    let began = Instant::now();
    while world.count("SELECT count(*) FROM audit_unsealed").await? > 0 && began.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let verified = world.run("verify-audit");
    for line in verified.as_deref().unwrap_or_default().lines() {
        report.saw(line);
    }
    report.holds(verified.is_ok(), "the audit record verifies");
    for (what, process) in [("serve", &mut world.serve), ("work", &mut world.work)] {
        process.signal("TERM");
        report.holds(process.end().await.success(), format!("portal {what} ends well when told"));
    }
    Ok(())
}

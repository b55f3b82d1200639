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
        "10 object store silent" => away::silent_store,
        "11 mail server puts off" => away::busy_mail,
        "12 started without PostgreSQL" => killed::started_without,
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

/// Messages after the first of a case without exactly one entry of the record that names them.
const UNRECORDED: &str = "SELECT count(*) FROM consultation_messages m
    WHERE m.id <> (SELECT f.id FROM consultation_messages f WHERE f.consultation_id = m.consultation_id ORDER BY f.created_at, f.id LIMIT 1)
    AND (SELECT count(*) FROM audit_entries a WHERE a.subject = m.consultation_id AND a.verb IN ('desk.desk_replied', 'desk.requester_replied')
      AND a.fields->>'message' = m.id::text) <> 1";
/// Entries of the record that name a message that is not there.
const UNSAID: &str = "SELECT count(*) FROM audit_entries a WHERE a.verb IN ('desk.desk_replied', 'desk.requester_replied')
    AND NOT EXISTS (SELECT 1 FROM consultation_messages m WHERE m.consultation_id = a.subject AND m.id::text = a.fields->>'message')";
/// Margins of the rollup that are not what the consultations say, and what still waits to be folded.
const MISCOUNTED: &str = "SELECT (SELECT count(*) FROM desk_count_deltas) + (SELECT count(*) FROM
    ((SELECT * FROM desk_counts WHERE count <> 0 EXCEPT SELECT * FROM desk_counts_recounted)
     UNION ALL (SELECT * FROM desk_counts_recounted EXCEPT SELECT * FROM desk_counts)) x)";

/// The counts by area agree with the consultations, after the next fold at the latest.
async fn counted(world: &World, report: &mut Report) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut off = world.count(MISCOUNTED).await?;
    while off > 0 && began.elapsed() < Duration::from_secs(45) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        off = world.count(MISCOUNTED).await?;
    }
    let margins = world.count("SELECT count(*) FROM desk_counts WHERE count <> 0").await?;
    report.saw(format!("the counts agreed after {:.1} s", began.elapsed().as_secs_f64()));
    report.holds(off == 0 && margins > 0, format!("{margins} counts by area are what a recount says ({off} are not)"));
    Ok(())
}

/// After everything: nothing is left to do, and the audit record is whole.
async fn end(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let settled = letters::settled(world, Duration::from_secs(60)).await?;
    report.saw(format!("the job queue is empty, no letter and no file waits after {:.1} s", settled.as_secs_f64()));
    let (cases, torn) = (world.count("SELECT count(*) FROM consultations").await?, world.count(TORN).await?);
    report.holds(torn == 0, format!("each of {cases} consultations has one event and one entry of the record ({torn} have not)"));
    let (messages, unrecorded) = (world.count("SELECT count(*) FROM consultation_messages").await?, world.count(UNRECORDED).await?);
    let unsaid = world.count(UNSAID).await?;
    report.holds(
        unrecorded == 0 && unsaid == 0,
        format!("each of {messages} messages has its entry of the record ({unrecorded} have not; {unsaid} entries without a message)"),
    );
    counted(world, report).await?;
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

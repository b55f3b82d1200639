//! Processes that are killed: portal, worker, PostgreSQL.

use crate::ledger::Ledger;
use crate::letters;
use crate::load::{Crew, Load};
use crate::report::Report;
use crate::uploads::{Upload, eicar};
use crate::world::{World, postgres};
use anyhow::{Context, ensure};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Long enough for a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// `portal serve` is killed three times in the middle of a stream of writes.
pub async fn portal(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let load = Load::of(&Crew::some(world, &ledger, 3).await?);
    let mut back = Vec::new();
    for _ in 0..3 {
        sleep(Duration::from_millis(2_500)).await;
        world.serve.signal("KILL");
        world.serve.end().await;
        world.start_serve();
        back.push(format!("{:.1} s", world.answers(PATIENCE).await?.as_secs_f64()));
    }
    sleep(Duration::from_secs(1)).await;
    load.end().await?;
    report.did("three clinics and the desk ask, reply and answer; portal serve killed -9 three times and started again");
    report.saw(format!("{} requests cut off; it answered again after {}", ledger.counts().cut, back.join(", ")));
    report.holds(ledger.counts().cut > 0, "the kills met requests under way");
    ledger.check(world, report).await?;
    letters::settled(world, PATIENCE).await?;
    letters::check(world, report, 0).await
}

/// `portal work` is killed while the mail server has a letter and the scanner a file.
pub async fn worker(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "aizawa").await?;
    let before = world.office.ids().len();
    world.office.keep_silent(true);
    world.clamd.mute().await?;
    let draft = crew.draft().await?;
    let (clean, infected) =
        (Upload::whole(&crew.clinic, &draft, b"a record\n").await?, Upload::whole(&crew.clinic, &draft, &eicar()).await?);
    for _ in 0..2 {
        crew.reply(&crew.ask().await?).await?;
    }
    let began = Instant::now();
    while world.office.ids().len() == before {
        ensure!(began.elapsed() < PATIENCE, "no letter reached the mail server");
        sleep(Duration::from_millis(20)).await;
    }
    sleep(Duration::from_millis(500)).await;
    let under_way = world.count("SELECT count(*) FROM deliveries WHERE state = 'intended' AND claim IS NOT NULL").await?;
    let locked = world.count("SELECT count(*) FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL").await?;
    world.work.signal("KILL");
    world.work.end().await;
    world.office.keep_silent(false);
    world.clamd.open().await?;
    world.start_work();
    report.did("portal work killed -9 while the mail server kept silent about a letter and the scanner about a file; started again");
    report.saw(format!("{under_way} letters and {locked} jobs under way at the kill"));
    report.holds(under_way > 0 && locked >= under_way, "the kill met letters and scans under way");
    let settled = letters::settled(world, Duration::from_secs(150)).await?;
    report.saw(format!(
        "nothing left to do {:.0} s after the restart (a dead worker is missed after 60 s, its letters after 90 s, replaced jobs within another minute)",
        settled.as_secs_f64()
    ));
    letters::check(world, report, under_way as usize).await?;
    let verdicts = (clean.state(world).await?, infected.state(world).await?);
    report.holds(verdicts == ("clean".to_owned(), "infected".to_owned()), format!("every file has its verdict: {verdicts:?}"));
    ledger.check(world, report).await
}

/// PostgreSQL is killed under load, stays away for some seconds and comes back.
pub async fn database(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crews = Crew::some(world, &ledger, 3).await?;
    let repeated = world.office.ids().len() as i64 - world.count("SELECT count(*) FROM deliveries WHERE state = 'sent'").await?;
    let mut queue = crews[0].desk.follow("/queue").await?;
    let load = Load::of(&crews);
    sleep(Duration::from_secs(3)).await;
    postgres("crash").await?;
    let killed = Instant::now();
    sleep(Duration::from_secs(4)).await;
    let away = ledger.counts();
    postgres("start").await?;
    let started = Instant::now();
    while ledger.last_taken().is_none_or(|taken| taken < started) {
        ensure!(started.elapsed() < PATIENCE, "no write was taken after the restart");
        sleep(Duration::from_millis(10)).await;
    }
    report.did("every process of PostgreSQL killed -9 under load, started again after four seconds; nothing else touched");
    report.saw(format!(
        "{} pages 503 and {} cut off while it was away; a write taken {:.1} s after it answered, {:.1} s after the kill",
        away.away,
        away.cut,
        started.elapsed().as_secs_f64(),
        killed.elapsed().as_secs_f64()
    ));
    report.holds(away.away > 0, "whoever wrote meanwhile was told so (503)");
    report.holds(queue.hear("gap").await.event == "gap", "the stream of an open page says that it was deaf");
    report.holds(queue.hear("moved").await.event == "moved", "and goes on with what moves");
    load.end().await?;
    report.holds(ledger.counts().lost == 0, format!("each 503 gave back what was typed ({} did not)", ledger.counts().lost));
    ledger.check(world, report).await?;
    let settled = letters::settled(world, Duration::from_secs(120)).await.context("the worker")?;
    report.saw(format!("the worker had nothing left to do {:.0} s later", settled.as_secs_f64()));
    // The worker lives: it notes what it handed over as soon as it can.
    letters::check(world, report, repeated.max(0) as usize).await
}

/// Portal and worker are started while PostgreSQL is away: they may wait or end, but say so, and once it is there a start succeeds.
pub async fn started_without(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    for process in [&mut world.serve, &mut world.work] {
        process.signal("TERM");
        process.end().await;
    }
    postgres("crash").await?;
    world.start_serve();
    world.start_work();
    report.did("portal serve and portal work started while PostgreSQL is away; it comes five seconds later");
    sleep(Duration::from_secs(5)).await;
    let (serve, work) = (world.serve.ended(), world.work.ended());
    report.saw(format!("serve {}, work {}", said(serve), said(work)));
    report.holds(serve.is_none_or(|status| !status.success()), "serve has not ended as if all were well");
    report.holds(work.is_none_or(|status| !status.success()), "nor has work");
    postgres("start").await?;
    // Whoever runs them starts again what has ended with a fault.
    if world.serve.ended().is_some() {
        world.start_serve();
    }
    if world.work.ended().is_some() {
        world.start_work();
    }
    report.saw(format!("it answered {:.1} s after PostgreSQL", world.answers(PATIENCE).await?.as_secs_f64()));
    Crew::of(world, &ledger, "aizawa").await?.round().await?;
    let settled = letters::settled(world, Duration::from_secs(120)).await.context("the worker")?;
    report.saw(format!("the worker had nothing left to do {:.0} s later", settled.as_secs_f64()));
    report.holds(world.serve.ended().is_none() && world.work.ended().is_none(), "both run");
    ledger.check(world, report).await
}

fn said(status: Option<std::process::ExitStatus>) -> String {
    status.map_or("waits".to_owned(), |status| format!("ended ({status})"))
}

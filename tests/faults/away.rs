//! Services that are away for a while: object store, issuer, scanner, mail server.

use crate::ledger::Ledger;
use crate::letters;
use crate::load::Crew;
use crate::report::Report;
use crate::sign_in;
use crate::uploads::{Upload, announce, eicar};
use crate::world::World;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long jobs may take to come again by themselves.
const AGAIN: Duration = Duration::from_secs(100);
/// How long nobody is there.
const GONE: Duration = Duration::from_secs(5);

/// The object store.
pub async fn store(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "aizawa").await?;
    let draft = crew.draft().await?;
    // One file waits for its scan when the store goes, one is announced only.
    world.clamd.mute().await?;
    let waiting = Upload::whole(&crew.clinic, &draft, b"waits\n").await?;
    world.s3.shut().await;
    world.clamd.open().await?;
    let late = announce(&crew.clinic, &draft).await?;
    report.did("object store away while one file waits for its scan and one is about to be sent");
    report.holds(late.send(b"late\n").await.is_err(), "the bytes cannot be sent");
    let began = Instant::now();
    let page = late.arrived(&crew.clinic).await?;
    report.saw(format!("\"they are there\" pressed: {} after {:.1} s", page.status, began.elapsed().as_secs_f64()));
    report.holds(page.status == 503 && began.elapsed() < Duration::from_secs(20), "an honest page in bounded time (503)");
    crew.round().await?;
    ledger.check(world, report).await?;
    sleep(GONE).await;
    report.holds(waiting.state(world).await? == "waiting", "the file waits");
    world.s3.open().await?;
    late.send(b"late\n").await?;
    report.holds(late.arrived(&crew.clinic).await?.status == 303, "back: the same form takes the bytes");
    let settled = letters::settled(world, AGAIN).await?;
    let verdicts = (waiting.state(world).await?, late.state(world).await?);
    report.saw(format!("verdicts {verdicts:?} {:.0} s after the store was back", settled.as_secs_f64()));
    report.holds(verdicts == ("clean".to_owned(), "clean".to_owned()), "both files have their verdict");
    Ok(())
}

/// The issuer: refusing, then there and silent.
pub async fn issuer(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "ooki").await?;
    report.did("issuer away, then there and silent; then back; nothing restarted");
    world.issuer.shut().await;
    refuses(world, report, "away").await?;
    crew.round().await?;
    ledger.check(world, report).await?;
    world.issuer.mute().await?;
    refuses(world, report, "silent").await?;
    world.issuer.open().await?;
    let home = sign_in::through(world, "hanai").await?;
    report.holds(home.body.contains("花井"), "back: somebody signs in");
    Ok(())
}

async fn refuses(world: &World, report: &mut Report, how: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    let page = sign_in::begin(world).await?.0;
    let took = began.elapsed();
    report.saw(format!("issuer {how}: {} after {:.1} s", page.status, took.as_secs_f64()));
    let clear = page.status == 503 && page.body.contains("ログイン") && took < Duration::from_secs(20);
    report.holds(clear, format!("issuer {how}: a clear page in bounded time"));
    Ok(())
}

/// The scanner.
pub async fn scanner(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "kobayakawa").await?;
    world.clamd.shut().await;
    let draft = crew.draft().await?;
    let clean = Upload::whole(&crew.clinic, &draft, b"a record\n").await?;
    let infected = Upload::whole(&crew.clinic, &draft, &eicar()).await?;
    sleep(GONE).await;
    report.did("scanner away while a clean and an infected file arrive");
    let states = (clean.state(world).await?, infected.state(world).await?);
    report.holds(states == ("waiting".to_owned(), "waiting".to_owned()), format!("they wait, none is clean by itself: {states:?}"));
    let page = crew.clinic.open(&format!("{draft}/files")).await?;
    report.holds(page.body.contains("検査中"), "and the page says so");
    let opened = clean.open(&crew.clinic, world).await?;
    report.holds(opened.status == 403, format!("nobody opens them ({})", opened.status));
    world.clamd.open().await?;
    let settled = letters::settled(world, AGAIN).await?;
    let states = (clean.state(world).await?, infected.state(world).await?);
    report.saw(format!("verdicts {states:?} {:.0} s after the scanner was back", settled.as_secs_f64()));
    report.holds(states == ("clean".to_owned(), "infected".to_owned()), "each has its own verdict");
    Ok(())
}

/// The mail server.
pub async fn mail(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "sumida").await?;
    let repeated = world.office.ids().len() as i64 - world.count("SELECT count(*) FROM deliveries WHERE state = 'sent'").await?;
    world.smtp.shut().await;
    for _ in 0..2 {
        crew.round().await?;
    }
    sleep(GONE).await;
    let open = world.count("SELECT count(*) FROM deliveries WHERE state = 'intended'").await?;
    report.did("mail server away while two consultations are asked and answered");
    report.saw(format!("{open} letters stay"));
    report.holds(open > 0, "letters stay");
    world.smtp.open().await?;
    let settled = letters::settled(world, AGAIN).await?;
    report.saw(format!("all gone {:.0} s after it was back", settled.as_secs_f64()));
    letters::check(world, report, repeated.max(0) as usize).await?;
    ledger.check(world, report).await
}

/// The object store is there and never answers.
pub async fn silent_store(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "aizawa").await?;
    let draft = crew.draft().await?;
    let late = announce(&crew.clinic, &draft).await?;
    late.send(b"late\n").await?;
    world.s3.mute().await?;
    report.did("object store takes connections and never answers; then it does again; nothing restarted");
    let began = Instant::now();
    let page = late.arrived(&crew.clinic).await?;
    let took = began.elapsed();
    report.saw(format!("\"they are there\" pressed: {} after {:.1} s", page.status, took.as_secs_f64()));
    report.holds(page.status == 503 && took < Duration::from_secs(20), "an honest page in bounded time (503)");
    crew.round().await?;
    ledger.check(world, report).await?;
    world.s3.open().await?;
    report.holds(late.arrived(&crew.clinic).await?.status == 303, "back: the file is taken");
    let settled = letters::settled(world, AGAIN).await?;
    let verdict = late.state(world).await?;
    report.saw(format!("verdict {verdict} {:.0} s after the store answered again", settled.as_secs_f64()));
    report.holds(verdict == "clean", "the file has its verdict");
    Ok(())
}

/// The mail server puts off each letter (450).
pub async fn busy_mail(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let crew = Crew::of(world, &ledger, "sumida").await?;
    let repeated = world.office.ids().len() as i64 - world.count("SELECT count(*) FROM deliveries WHERE state = 'sent'").await?;
    let before = world.office.put_off();
    world.office.be_busy(true);
    crew.round().await?;
    sleep(GONE).await;
    let open = world.count("SELECT count(*) FROM deliveries WHERE state = 'intended'").await?;
    report.did("mail server answers 450 to each letter while a consultation is asked and answered");
    report.saw(format!("{} put off, {open} letters stay", world.office.put_off() - before));
    report.holds(world.office.put_off() > before && open > 0, "letters that are put off stay, none is given up");
    world.office.be_busy(false);
    let settled = letters::settled(world, AGAIN).await?;
    report.saw(format!("all gone {:.0} s after it took letters again", settled.as_secs_f64()));
    letters::check(world, report, repeated.max(0) as usize).await?;
    ledger.check(world, report).await
}

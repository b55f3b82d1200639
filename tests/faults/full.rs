//! A portal that has no room, and one that is told to stop while it is busy. A held lock makes both certain.

use crate::ledger::Ledger;
use crate::load::{Crew, mark};
use crate::report::Report;
use crate::world::{World, answers};
use anyhow::Context;
use sqlx::{Connection, Executor, PgConnection};
use std::time::{Duration, Instant};
use tests::Page;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Somebody else's hand on what every reply writes.
async fn hold(world: &World) -> anyhow::Result<PgConnection> {
    let mut god = world.god().await?;
    god.execute("BEGIN; LOCK TABLE consultation_messages IN ACCESS EXCLUSIVE MODE").await?;
    Ok(god)
}

async fn let_go(god: PgConnection) -> anyhow::Result<()> {
    // Its transaction ends with it.
    Ok(god.close().await?)
}

/// A reply that is about to be sent.
struct Reply {
    crew: Crew,
    path: String,
    version: String,
    text: String,
}

impl Reply {
    async fn to(crew: &Crew, case: &str) -> anyhow::Result<Self> {
        let version = crew.desk.open(case).await?.input("version").context("a form with a version")?;
        Ok(Self { crew: crew.clone(), path: format!("{case}/reply"), version, text: mark("返事") })
    }

    async fn send(&self) -> anyhow::Result<(Page, Duration)> {
        let began = Instant::now();
        let fields = [("body", self.text.as_str()), ("then", "requester"), ("version", self.version.as_str())];
        Ok((self.crew.desk.post(&self.path, &fields).await?, began.elapsed()))
    }
}

/// Replies to so many new cases, ready to be sent; sent to the portal at `home`.
async fn replies(world: &World, ledger: &Ledger, how_many: usize, home: &str) -> anyhow::Result<Vec<Reply>> {
    let mut crew = Crew::of(world, ledger, "aizawa").await?;
    let mut cases = Vec::new();
    for _ in 0..how_many {
        cases.push(crew.ask().await?);
    }
    crew.desk = crew.desk.at(home);
    let mut ready = Vec::new();
    for case in cases {
        ready.push(Reply::to(&crew, &case).await?);
    }
    Ok(ready)
}

/// All at once: each with its answer.
async fn send_all(replies: Vec<Reply>) -> JoinSet<(Reply, anyhow::Result<(Page, Duration)>)> {
    let mut sending = JoinSet::new();
    for reply in replies {
        sending.spawn(async move {
            let answer = reply.send().await;
            (reply, answer)
        });
    }
    sending
}

async fn landed(world: &World, texts: &[String]) -> anyhow::Result<i64> {
    let sql = "SELECT count(*) FROM consultation_messages WHERE body = ANY($1)";
    Ok(sqlx::query_scalar(sql).bind(texts).fetch_one(&mut world.god().await?).await?)
}

/// Two connections and a lock that both wait for.
pub async fn pool(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let (mut small, home) = world.another(&[("DATABASE_MAX_CONNECTIONS", "2".to_owned())]);
    answers(&home, Duration::from_secs(30)).await?;
    let ready = replies(world, &ledger, 6, &home).await?;
    let texts: Vec<String> = ready.iter().map(|reply| reply.text.clone()).collect();
    let held = hold(world).await?;
    let mut sending = send_all(ready).await;
    let (mut refused, mut slowest) = (Vec::new(), Duration::ZERO);
    let mut kept = true;
    while let Some(done) = sending.join_next().await {
        let (reply, answer) = done?;
        let (page, took) = answer?;
        slowest = slowest.max(took);
        kept &= page.status == 503 && page.body.contains(&reply.text);
        refused.push(reply);
    }
    report.did("a portal with two connections, six replies at once, and a lock that none of them gets");
    report.saw(format!("{} answers, the slowest after {:.1} s", refused.len(), slowest.as_secs_f64()));
    report.holds(kept, "each is a 503 with the text in it");
    report.holds(slowest < Duration::from_secs(12), "in bounded time");
    let_go(held).await?;
    let began = Instant::now();
    let mut taken = 0;
    for reply in &refused {
        taken += usize::from(reply.send().await?.0.status == 303);
    }
    report.saw(format!("the lock gone, all pressed again within {:.1} s", began.elapsed().as_secs_f64()));
    report.holds(taken == 6 && landed(world, &texts).await? == 6, format!("{taken} of 6 taken, each there once"));
    small.signal("TERM");
    report.holds(small.end().await.success(), "the portal ends well");
    ledger.check(world, report).await
}

/// TERM while four replies are under way.
pub async fn stopped(world: &mut World, report: &mut Report) -> anyhow::Result<()> {
    let ledger = Ledger::default();
    let ready = replies(world, &ledger, 4, world.home()).await?;
    let texts: Vec<String> = ready.iter().map(|reply| reply.text.clone()).collect();
    let mut queue = ready[0].crew.desk.follow("/queue").await?;
    let held = hold(world).await?;
    let mut sending = send_all(ready).await;
    sleep(Duration::from_millis(700)).await;
    let told = Instant::now();
    world.serve.signal("TERM");
    sleep(Duration::from_secs(1)).await;
    let refused = reqwest::get(format!("{}/sign-in", world.home())).await.is_err();
    let_go(held).await?;
    let mut taken = 0;
    while let Some(done) = sending.join_next().await {
        let (_, answer) = done?;
        taken += usize::from(answer.is_ok_and(|(page, _)| page.status == 303));
    }
    let status = world.serve.end().await;
    report.did("portal told to stop (TERM) while four replies are under way and a stream is open");
    report.saw(format!("ended {:.1} s after the signal, {status}", told.elapsed().as_secs_f64()));
    report.holds(taken == 4 && landed(world, &texts).await? == 4, format!("{taken} of 4 under way were answered, each is there once"));
    report.holds(refused, "nobody new was let in");
    report.holds(queue.ends(Duration::from_secs(2)).await, "the stream was let go");
    report.holds(status.success(), "it ended well");
    world.start_serve();
    world.answers(Duration::from_secs(30)).await?;
    ledger.check(world, report).await
}

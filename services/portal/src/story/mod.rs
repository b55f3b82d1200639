//! The demo story: two federations with their trees, people for every role, and consultations in every state.
//!
//! The ground (organisations, people, vocabulary) is written by the loader role in one transaction; the consultations are
//! written by the people themselves through the desk's commands, at a clock that is moved to each act's instant. Names and
//! texts are data (`*.toml`). Telling it twice changes nothing.

mod cases;
mod data;
mod ground;
mod people;
mod rows;

pub use people::{DemoPerson, demo_people};

use anyhow::Context;
use kernel::Clock;
use sqlx::{Connection, PgConnection};

/// Where the story is told.
#[derive(Clone)]
pub struct Ctx<'a> {
    /// Connection as portal_loader.
    pub loader_url: &'a str,
    /// Connection as portal_app, for what people do themselves.
    pub app_url: &'a str,
    /// Address of the demo issuer, as the portal reaches it.
    pub issuer_url: &'a str,
    /// Now; the story's acts lie before it.
    pub clock: &'a Clock,
    /// Makes the links of invitations.
    pub links: identity::InvitationLinks,
}

/// What was written this time; all zero when it had been told before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Rows of the ground.
    pub rows: u64,
    /// Consultations.
    pub consultations: usize,
}

/// Tells the story, or what is missing of it.
///
/// # Errors
/// Data that does not fit together, or as the database reports.
pub async fn tell(ctx: &Ctx<'_>) -> anyhow::Result<Told> {
    let story = data::Story::load()?;
    let mut loader = PgConnection::connect(ctx.loader_url).await.context("loader connection")?;
    // Told by two processes at once it would be told twice: the second waits here until the first is done.
    rows::take_turn(&mut loader).await?;
    // The texts must be in force on the day of the first consultation.
    let begin = Clock::held(cases::beginning(&story, ctx.clock.now()));
    content::seed(&mut loader, &begin).await.context("installation texts")?;
    let rows = ground::lay(&mut loader, &story, ctx).await.context("ground")?;
    let consultations = cases::tell(&mut loader, &story, ctx).await.context("consultations")?;
    loader.close().await?;
    Ok(Told { rows, consultations })
}

/// Tells the ground alone: organisations, people and words, no consultations. What tests stand on.
///
/// # Errors
/// As [`tell`].
pub async fn tell_ground(ctx: &Ctx<'_>) -> anyhow::Result<u64> {
    let story = data::Story::load()?;
    let mut loader = PgConnection::connect(ctx.loader_url).await.context("loader connection")?;
    let begin = Clock::held(cases::beginning(&story, ctx.clock.now()));
    content::seed(&mut loader, &begin).await.context("installation texts")?;
    let rows = ground::lay(&mut loader, &story, ctx).await.context("ground")?;
    loader.close().await?;
    Ok(rows)
}

/// Changes whenever the data of the ground changes; tests name their template database by it.
pub fn fingerprint() -> String {
    use sha2::{Digest, Sha256};
    let data = [
        include_str!("ground.toml"),
        include_str!("people.toml"),
        include_str!("categories.toml"),
        include_str!("ground.rs"),
        include_str!("rows.rs"),
    ];
    hex::encode(Sha256::digest(data.concat().as_bytes()))
}

/// The portal's client ids at the demo issuer, one per federation (`ground.toml`).
pub const CLIENT_IDS: &[&str] = &["tomoshibi-1", "tomoshibi-2"];

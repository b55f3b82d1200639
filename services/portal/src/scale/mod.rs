//! `portal seed --scale`: a federation as large as life, for measuring. The tree, its people and their consultations are
//! invented by a seeded generator and loaded by COPY as portal_loader, so that millions of rows take minutes.
//!
//! It stands beside the demo story in the same federation: the story's people answer and list these cases too. The load is
//! cut into chunks of one transaction each; told again it goes on where it stopped, and changes nothing when complete.
//! Nobody acted here: there are no audit entries, no letters, and a file's bytes are not in the object store.

mod cases;
mod copy;
mod dice;
mod people;
mod rows;
mod tree;

use anyhow::{Context, ensure};
use kernel::{Clock, FederationId};
use serde::Deserialize;
use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How large. Existing rows are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Municipal associations.
    pub municipals: u32,
    /// Clinics, hospitals and care facilities, with three people each.
    pub institutions: u32,
    /// Consultations, with five messages each on average.
    pub consultations: u32,
    /// Consultations per chunk and transaction.
    pub chunk: u32,
    /// All cases in one queue instead of all that there are: so a small federation's queue is as full as one of a large federation's.
    pub one_queue: bool,
}

impl Size {
    /// As large as the real programme could become in years.
    pub const FULL: Self = Self { municipals: 860, institutions: 100_000, consultations: 1_000_000, chunk: 10_000, one_queue: false };

    /// In proportion: `consultations` and a tenth as many institutions.
    pub fn of(consultations: u32) -> Self {
        let full = Self::FULL;
        let part =
            |of: u32, least: u32| (u64::from(of) * u64::from(consultations) / u64::from(full.consultations)).max(u64::from(least)) as u32;
        Self { municipals: part(full.municipals, 94), institutions: part(full.institutions, 100), consultations, ..full }
    }
}

/// Words that the generator draws from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pools {
    /// Clinics per prefecture code, in hundreds.
    weights: Vec<u32>,
    places: Vec<(String, String)>,
    families: Vec<(String, String, String)>,
    givens: Vec<(String, String, String)>,
    /// In Japanese, its reading, in English, and the kind of institution.
    practices: Vec<(String, String, String, String)>,
    /// How an association is called after its place, and the reading.
    association: (String, String),
    /// Name of a file.
    picture: String,
    titles: Vec<String>,
    asks: Vec<String>,
    answers: Vec<String>,
    notes: Vec<String>,
}

/// Loads what is missing of `size` into the first federation of the story; `say` is told of progress. The migrator refreshes
/// the planner's statistics at the end.
///
/// # Errors
/// A database without the demo story or with a scale of another size, or as it reports.
pub async fn load(
    loader_url: &str,
    migrator_url: &str,
    clock: &Clock,
    size: Size,
    say: Arc<dyn Fn(String) + Send + Sync>,
) -> anyhow::Result<()> {
    ensure!(size.institutions > 0 && size.consultations > 0 && size.chunk > 0, "a scale of nothing");
    let pools: Arc<Pools> = Arc::new(toml::from_str(include_str!("pools.toml")).context("pools.toml")?);
    let mut loader = PgConnection::connect(loader_url).await.context("loader connection")?;
    let federation = federation(&mut loader).await?;
    let now = cases::beginning(&mut loader, federation, size, clock.now()).await?;
    tree::lay(&mut loader, federation, &pools, size, &*say).await.context("tree")?;
    people::settle(&mut loader, federation, &pools, &*say).await.context("people")?;
    let ground = Arc::new(cases::Ground::read(&mut loader, federation, now, size.one_queue).await.context("ground")?);
    say(format!("{} places to ask from, {} queues", ground.askers.len(), ground.queues.len()));
    let plan = Arc::new(cases::Plan::new(size, now));
    let (next, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let chunks = u64::from(size.consultations.div_ceil(size.chunk));
    let mut hands = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (url, pools, ground, plan, next, done, say) =
            (loader_url.to_owned(), pools.clone(), ground.clone(), plan.clone(), next.clone(), done.clone(), say.clone());
        hands.spawn(async move {
            let mut loader = PgConnection::connect(&url).await.context("loader connection")?;
            loop {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                if chunk >= chunks {
                    return anyhow::Ok(());
                }
                cases::load(&mut loader, &pools, &ground, &plan, chunk as u32).await.with_context(|| format!("chunk {chunk}"))?;
                say(format!("consultations: chunk {} of {chunks}", done.fetch_add(1, Ordering::Relaxed) + 1));
            }
        });
    }
    while let Some(hand) = hands.join_next().await {
        hand??;
    }
    let there = rows::cases_there(&mut loader, federation).await?.len();
    ensure!(there == size.consultations as usize, "{there} consultations of the scale are there instead of {}", size.consultations);
    say("counts by month and area".into());
    rows::count_anew(&mut loader, federation, clock.now()).await.context("counts")?;
    say("statistics for the planner".into());
    // Only an owner may: the migrator is a member of the owner. VACUUM as well, so that plans see what years would have left.
    let mut owner = PgConnection::connect(migrator_url).await.context("migrator connection")?;
    for table in cases::TABLES.iter().chain(tree::TABLES).chain(people::TABLES) {
        sqlx::query(sqlx::AssertSqlSafe(format!("VACUUM ANALYZE {table}")))
            .execute(&mut owner)
            .await
            .with_context(|| (*table).to_owned())?;
    }
    Ok(())
}

async fn federation(c: &mut PgConnection) -> anyhow::Result<FederationId> {
    let id = rows::federation(c).await.context("units")?;
    Ok(FederationId(id.context("no federation: tell the demo story first (portal seed)")?))
}

//! Rooms through their front door, on a real database, as the application's roles. One binary: a link each is what costs.

mod agreement;
mod ahead;
mod answerers;
mod asking;
mod at_once;
mod attempts;
mod back_channel;
mod budget;
mod chosen;
mod classes;
mod contact;
mod crawl;
mod desk;
mod door;
mod eyes;
mod files;
mod hard_cases;
mod idle;
mod late_keeps;
mod letters;
mod limits;
mod listed;
mod live;
mod matrix;
mod numbers;
mod overtaken;
mod plans;
mod privacy;
mod queue_away;
mod races;
mod renamed;
mod rollups;
mod scale;
mod scanner;
mod seats;
mod tables;
mod tenancy;
mod unfound;
mod unsent;
mod world;
mod writing;

use tests::{Issuer, Stage};

/// A stage with the services of this process; `peers` plays the same suites on independent ones.
async fn stage() -> Stage {
    Stage::new().await
}

//! Stand-in for the shared test support: a migrated database given by two addresses.

use kernel::Clock;
use store::{Db, PoolSettings};

pub struct Stage {
    db: Db,
    loader_url: String,
}

impl Stage {
    pub async fn new() -> Self {
        let url = |name: &str| {
            #[allow(clippy::disallowed_methods, reason = "tests are told their database by the environment")]
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
        };
        let clock = Clock::held(Clock::wall().now());
        let db =
            Db::connect(&url("IDENTITY_TEST_APP_URL"), clock, PoolSettings { max: 6, ..PoolSettings::default() }).await.expect("database");
        Self { db, loader_url: url("IDENTITY_TEST_LOADER_URL") }
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    pub fn loader_url(&self) -> &str {
        &self.loader_url
    }
}

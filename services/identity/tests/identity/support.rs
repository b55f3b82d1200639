//! A migrated database of its own for each test; the harness of the rooms below `desk`.

#[path = "../../../tenancy/tests/support/mod.rs"]
mod scratch;

use store::Db;

pub struct Stage(scratch::Scratch);

impl Stage {
    pub async fn new() -> Self {
        let scratch = scratch::scratch().await;
        // The demo issuer lives by the wall clock, so this world begins at its instant.
        assert!(scratch.clock.set(kernel::Clock::wall().now()), "a held clock");
        Self(scratch)
    }

    pub fn db(&self) -> &Db {
        &self.0.app
    }

    pub fn worker(&self) -> &Db {
        &self.0.worker
    }

    pub fn loader_url(&self) -> &str {
        &self.0.loader_url
    }
}

//! Suites of `it` and more, against services that are not ours: npm oidc-provider signs people in, SeaweedFS keeps their files.
//! `./dev test peers` brings both.

#[path = "../it/door.rs"]
mod door;
#[path = "../it/files.rs"]
mod files;
mod sign_in;
#[path = "../it/world/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the suites here need a part of it")]
mod world;

use tests::{Peer as Issuer, Stage};

/// A stage whose files lie in the independent object store.
async fn stage() -> Stage {
    Stage::at_store(&tests::service("TOMOSHIBI_TEST_S3"), "peer", &tests::service("TOMOSHIBI_TEST_S3_SECRET")).await
}

//! The suite at an independent object store (SeaweedFS), which `./dev test peers` starts.

mod suite;
mod support;

async fn store() -> support::Store {
    support::Store::seaweedfs().await
}

//! The suite at the object store of this process.

mod suite;
mod support;

async fn store() -> support::Store {
    support::Store::embedded().await
}

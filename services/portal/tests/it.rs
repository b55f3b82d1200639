//! The binary and the demo story on a real database.
#![cfg(feature = "demo")]

#[path = "portal/clients.rs"]
mod clients;
#[path = "portal/killed.rs"]
mod killed;
#[path = "portal/post_office.rs"]
mod post_office;
#[path = "portal/process.rs"]
mod process;
#[path = "portal/story.rs"]
mod story;
#[path = "../../tenancy/tests/support/mod.rs"]
mod support;

//! The binary and the demo story on a real database.
#![cfg(feature = "demo")]

#[path = "portal/clients.rs"]
mod clients;
#[path = "portal/doctor.rs"]
mod doctor;
#[path = "portal/eyes.rs"]
mod eyes;
#[path = "portal/killed.rs"]
mod killed;
#[path = "portal/migrate.rs"]
mod migrate;
#[path = "portal/neighbours.rs"]
mod neighbours;
#[path = "../../../tests/support/post_office.rs"]
#[allow(dead_code, reason = "the trials of faults need more of it")]
mod post_office;
#[path = "portal/process.rs"]
mod process;
#[path = "../../../tests/support/running.rs"]
#[allow(dead_code, reason = "the trials of faults need more of it")]
mod running;
#[path = "portal/story.rs"]
mod story;
#[path = "../../tenancy/tests/support/mod.rs"]
mod support;

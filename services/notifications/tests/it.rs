//! Letters on a real database.

#[path = "letters/budgets.rs"]
mod budgets;
#[path = "letters/claims.rs"]
mod claims;
#[path = "letters/sending.rs"]
mod sending;
#[path = "../../tenancy/tests/support/mod.rs"]
mod support;
#[path = "letters/world.rs"]
mod world;

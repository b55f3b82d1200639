//! Who may do what: the actor, the closed list of roles, and permits that only this crate can make.
//!
//! Pure functions; no I/O. A room describes its rule as a [`Policy`]; [`authorise`] is the only way to obtain a
//! [`Permit`], and every command asks for one. Forgetting to ask is therefore a compile error (lock 2 of the four).

mod actor;
mod permit;

pub use actor::{Actor, Role, SignInStrength};
pub use permit::{Action, Denied, Permit, Policy, authorise};

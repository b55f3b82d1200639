//! Sign-in, sessions and seats through the front door, against the demo issuer and a real database.

#[path = "identity/administration.rs"]
mod administration;
#[path = "identity/back_channel.rs"]
mod back_channel;
#[path = "identity/liar.rs"]
mod liar;
#[path = "identity/sessions.rs"]
mod sessions;
#[path = "identity/sign_in.rs"]
mod sign_in;
#[path = "identity/support.rs"]
mod support;
#[path = "identity/world.rs"]
mod world;

//! Stand-ins for the outside world, for the demo and for tests: an S3 server and an OpenID Connect issuer in this process.
//!
//! Compiled only with the portal's cargo feature `demo`; a production build has none of it. Both speak the real protocols over
//! a real socket, so the portal reaches them through the same libraries and settings as any other server.

mod error;
pub mod issuer;
pub mod s3;
mod server;

pub use error::DemoError;

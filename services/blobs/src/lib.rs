//! Object storage: the only crate that knows S3.
//!
//! Objects live under random keys in one private bucket. Browsers reach them only by short-lived signed requests: a form for
//! one upload ([`Blobs::sign_post`]), an address for one download ([`Blobs::sign_get`]). Names and types that people gave are
//! never part of a key; they travel in the signed response headers, made safe by [`content_disposition`].

mod client;
mod disposition;
mod error;
mod key;
mod post;
mod sign;
mod stream;

pub use client::{BlobHead, BlobItem, BlobSettings, Blobs};
pub use disposition::{Disposition, content_disposition};
pub use error::BlobError;
pub use post::{PostUpload, SignedPost};
pub use sign::{MAX_SIGNED_LIFETIME, SignedGet};
pub use stream::BlobStream;

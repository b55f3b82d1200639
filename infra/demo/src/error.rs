//! What can stop a stand-in from starting or serving.

use std::io;

/// Why a demo server could not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// A setting cannot work; the text says which and why.
    #[error("demo setting: {0}")]
    Setting(String),
    /// The file system or the socket refused.
    #[error("demo server, {what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// A signing key could not be made, read or used.
    #[error("demo issuer, signing key: {0}")]
    Key(String),
}

impl DemoError {
    /// Wraps an I/O error with what was being done.
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}

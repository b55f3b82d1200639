//! What can go wrong with object storage, as its callers must tell it apart.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use std::error::Error;
use std::io;

/// Why an object could not be read, written or signed for.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("no such object")]
    NotFound,
    /// The object is larger than the caller allowed.
    #[error("object larger than {limit} bytes")]
    TooLarge {
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// The store understood and said no (rights, checksum, state); asking again will not help.
    #[error("object store refused: {0}")]
    Refused(String),
    /// No answer, or the store is in trouble; the same request may succeed later.
    #[error("object store unreachable: {0}")]
    Unreachable(String),
    /// The request itself was wrong, or the answer made no sense: a fault of ours or of the configuration.
    #[error("object store: {0}")]
    Other(String),
}

impl BlobError {
    /// Whether the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// Maps the library's error by what came back: nothing, a status, or nonsense.
    pub(crate) fn from_sdk<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let code = error.code().unwrap_or("no code").to_owned();
        match (&error, status) {
            (SdkError::TimeoutError(_) | SdkError::DispatchFailure(_), _) => Self::Unreachable(DisplayErrorContext(&error).to_string()),
            // A missing bucket is a wrong setting, not a missing object.
            (SdkError::ServiceError(_), Some(404)) if code != "NoSuchBucket" => Self::NotFound,
            (SdkError::ServiceError(_), Some(429 | 500..)) => Self::Unreachable(code),
            (SdkError::ServiceError(_), Some(400..)) => Self::Refused(code),
            _ => Self::Other(DisplayErrorContext(&error).to_string()),
        }
    }
}

impl From<BlobError> for io::Error {
    fn from(error: BlobError) -> Self {
        let kind = match &error {
            BlobError::NotFound => io::ErrorKind::NotFound,
            BlobError::Refused(_) => io::ErrorKind::PermissionDenied,
            BlobError::Unreachable(_) => io::ErrorKind::TimedOut,
            BlobError::TooLarge { .. } | BlobError::Other(_) => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

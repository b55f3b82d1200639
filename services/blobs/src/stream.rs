//! An object's bytes as they arrive.

use crate::BlobError;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures::Stream;
use std::fmt;
use std::io;

/// The body of an object that is being read.
pub struct BlobStream {
    size: u64,
    body: ByteStream,
}

impl fmt::Debug for BlobStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobStream").field("size", &self.size).finish_non_exhaustive()
    }
}

impl BlobStream {
    pub(crate) fn new(size: u64, body: ByteStream) -> Self {
        Self { size, body }
    }

    /// The whole object's size in bytes, as announced.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next piece, or none at the end.
    ///
    /// # Errors
    /// [`BlobError::Unreachable`] when the connection breaks or stalls, or the bytes fail the store's checksum.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BlobError> {
        self.body.try_next().await.map_err(|error| BlobError::Unreachable(DisplayErrorContext(error).to_string()))
    }

    /// The pieces as a stream, for readers that want one (the virus scanner).
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, io::Error>> + Send {
        futures::stream::try_unfold(self, |mut stream| async move {
            let chunk = stream.next().await.map_err(io::Error::from)?;
            Ok(chunk.map(|chunk| (chunk, stream)))
        })
    }
}

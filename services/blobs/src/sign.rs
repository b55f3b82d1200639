//! An address that opens one object for a while.

use crate::{BlobError, Blobs, Disposition, content_disposition, key};
use aws_sdk_s3::presigning::PresigningConfig;
use std::time::Duration;
use url::Url;

/// The longest life of a signed address or form: one hour.
pub const MAX_SIGNED_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// How a signed address lets an object be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedGet {
    /// How long the address works, at most [`MAX_SIGNED_LIFETIME`], counted from now by the wall clock: the store judges by its own.
    pub expires: Duration,
    /// The name to show and to save under; any text, made safe here.
    pub file_name: String,
    /// The type to answer with, whatever is stored. The caller answers for it: `application/octet-stream` when in doubt.
    pub content_type: String,
    /// Shown or saved.
    pub disposition: Disposition,
}

impl Blobs {
    /// Signs an address for reading one object. It is a secret as long as it lives; no cache may keep the answer.
    ///
    /// # Errors
    /// [`BlobError::Other`] for a life that is too long or a type that is no header value. Whether the object exists is not asked.
    pub async fn sign_get(&self, key: &str, how: &SignedGet) -> Result<Url, BlobError> {
        key::check(key)?;
        check_lifetime(how.expires)?;
        check_content_type(&how.content_type)?;
        let life = PresigningConfig::expires_in(how.expires).map_err(|error| BlobError::Other(error.to_string()))?;
        let request = self.public.get_object().bucket(&self.settings.bucket).key(key);
        let request = request
            .response_content_type(&how.content_type)
            .response_content_disposition(content_disposition(how.disposition, &how.file_name))
            .response_cache_control("private, no-store");
        let signed = request.presigned(life).await.map_err(BlobError::from_sdk)?;
        Url::parse(signed.uri()).map_err(|error| BlobError::Other(error.to_string()))
    }
}

pub(crate) fn check_lifetime(life: Duration) -> Result<(), BlobError> {
    if life.is_zero() || life > MAX_SIGNED_LIFETIME {
        return Err(BlobError::Other("signed life must be above zero and at most one hour".into()));
    }
    Ok(())
}

/// `type/subtype`, with parameters if any: printable ASCII only.
pub(crate) fn check_content_type(content_type: &str) -> Result<(), BlobError> {
    let printable = content_type.bytes().all(|b| (0x20..0x7f).contains(&b));
    let (kind, rest) = content_type.split_once('/').unwrap_or_default();
    if printable && content_type.len() <= 200 && !kind.is_empty() && !rest.is_empty() {
        return Ok(());
    }
    Err(BlobError::Other("not a content type".into()))
}

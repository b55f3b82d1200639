//! Reading and writing objects.

use crate::{BlobError, BlobStream, key};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One operation with all its tries, until the answer's head is there; a streamed body has the library's stall guard instead.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
/// The same where a person waits for the page: a store that takes connections and keeps silent must not hold it for long.
const PAGE_TIMEOUT: Duration = Duration::from_secs(8);
const TRIES: u32 = 3;

/// Where the bucket is and how to be let in.
#[derive(Clone)]
pub struct BlobSettings {
    /// `scheme://host[:port]` of the store; none means AWS itself.
    pub endpoint: Option<String>,
    /// The same store as browsers reach it, when that is another address: what is signed for them names this one.
    pub public_endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// The one private bucket.
    pub bucket: String,
    /// Access key id.
    pub access_key: String,
    /// Secret access key.
    pub secret_key: String,
    /// Bucket in the path instead of in the host name; most stores that are not AWS want it.
    pub force_path_style: bool,
}

impl fmt::Debug for BlobSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobSettings").field("endpoint", &self.endpoint).field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// A handle on the bucket; cloning shares connections.
#[derive(Clone)]
pub struct Blobs {
    pub(crate) client: Client,
    /// Signs for browsers; sends nothing itself.
    pub(crate) public: Client,
    pub(crate) settings: BlobSettings,
}

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobHead {
    /// Size in bytes.
    pub size: u64,
    /// The stored content type, `application/octet-stream` if none was given.
    pub content_type: String,
    /// The store's entity tag with its quotes; says "same bytes", nothing else. Empty if the store gives none.
    pub etag: String,
}

/// One line of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobItem {
    /// The object's key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// When it was last written, by the store's clock.
    pub modified: OffsetDateTime,
}

/// For what pages ask.
fn for_a_page() -> aws_sdk_s3::config::Builder {
    Config::builder().timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(PAGE_TIMEOUT).build())
}

fn config(settings: &BlobSettings, endpoint: Option<String>) -> Config {
    let credentials = Credentials::new(&settings.access_key, &settings.secret_key, None, None, "settings");
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(OPERATION_TIMEOUT).build();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        .force_path_style(settings.force_path_style)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .http_client(HttpBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https());
    config.set_endpoint_url(endpoint);
    config.build()
}

impl Blobs {
    /// A handle from explicit settings; nothing is read from the environment and nothing is sent yet (see [`Blobs::ping`]).
    ///
    /// # Errors
    /// [`BlobError::Other`] for an endpoint that is no address.
    pub fn connect(settings: BlobSettings) -> Result<Self, BlobError> {
        crate::post::address_of(&settings, settings.endpoint.as_deref())?;
        crate::post::upload_address(&settings)?;
        let client = |endpoint: Option<&String>| Client::from_conf(config(&settings, endpoint.cloned()));
        let (client, public) =
            (client(settings.endpoint.as_ref()), client(settings.public_endpoint.as_ref().or(settings.endpoint.as_ref())));
        Ok(Self { client, public, settings })
    }

    /// The bucket's address as browsers reach it; forms are posted there.
    ///
    /// # Errors
    /// None after [`Blobs::connect`], which has tried it.
    pub fn public_address(&self) -> Result<String, BlobError> {
        crate::post::upload_address(&self.settings)
    }

    /// Asks whether the bucket is there and opens for us.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] if there is no such bucket; else as for objects.
    pub async fn ping(&self) -> Result<(), BlobError> {
        let answer = self.client.head_bucket().bucket(&self.settings.bucket).send().await;
        answer.map(drop).map_err(BlobError::from_sdk)
    }

    /// Writes an object whole. With `sha256` the bytes are checked here before they are sent and by the store when they arrive.
    ///
    /// # Errors
    /// [`BlobError::Refused`] if the bytes have another SHA-256, [`BlobError::Other`] for a type that is no header value.
    pub async fn put(&self, key: &str, bytes: Bytes, content_type: &str, sha256: Option<[u8; 32]>) -> Result<(), BlobError> {
        key::check(key)?;
        crate::sign::check_content_type(content_type)?;
        if sha256.is_some_and(|expected| Sha256::digest(&bytes)[..] != expected) {
            return Err(BlobError::Refused("bytes differ from their SHA-256".into()));
        }
        let request = self.client.put_object().bucket(&self.settings.bucket).key(key).content_type(content_type);
        let request = request.set_checksum_sha256(sha256.map(|hash| STANDARD.encode(hash))).body(bytes.into());
        request.send().await.map(drop).map_err(BlobError::from_sdk)
    }

    /// Reads an object whole if it has at most `limit` bytes.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`] as soon as that is known, [`BlobError::NotFound`].
    pub async fn get(&self, key: &str, limit: u64) -> Result<Bytes, BlobError> {
        let mut stream = self.get_stream(key).await?;
        if stream.size() > limit {
            return Err(BlobError::TooLarge { limit });
        }
        // The announced size only sizes the buffer; what really comes is counted.
        let mut bytes = BytesMut::with_capacity(usize::try_from(stream.size()).unwrap_or_default());
        while let Some(chunk) = stream.next().await? {
            if (bytes.len() as u64).saturating_add(chunk.len() as u64) > limit {
                return Err(BlobError::TooLarge { limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Reads an object piece by piece.
    ///
    /// # Errors
    /// [`BlobError::NotFound`]; a broken connection shows while reading.
    pub async fn get_stream(&self, key: &str) -> Result<BlobStream, BlobError> {
        key::check(key)?;
        let answer = self.client.get_object().bucket(&self.settings.bucket).key(key).send().await.map_err(BlobError::from_sdk)?;
        Ok(BlobStream::new(size(answer.content_length)?, answer.body))
    }

    /// What is known of an object, or nothing if there is none. Answers within ten seconds, also beside a store that keeps silent.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unreachable`].
    pub async fn head(&self, key: &str) -> Result<Option<BlobHead>, BlobError> {
        key::check(key)?;
        let request = self.client.head_object().bucket(&self.settings.bucket).key(key);
        let answer = request.customize().config_override(for_a_page()).send().await;
        match answer.map_err(BlobError::from_sdk) {
            Ok(head) => Ok(Some(BlobHead {
                size: size(head.content_length)?,
                content_type: head.content_type.unwrap_or_else(|| "application/octet-stream".into()),
                etag: head.e_tag.unwrap_or_default(),
            })),
            Err(BlobError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes an object; one that is not there counts as removed.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unreachable`].
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        key::check(key)?;
        let answer = self.client.delete_object().bucket(&self.settings.bucket).key(key).send().await;
        match answer.map(drop).map_err(BlobError::from_sdk) {
            Err(BlobError::NotFound) => Ok(()),
            done => done,
        }
    }

    /// Copies an object inside the bucket, content type included.
    ///
    /// # Errors
    /// [`BlobError::NotFound`] if there is nothing at `from`.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), BlobError> {
        key::check(from)?;
        key::check(to)?;
        let bucket = &self.settings.bucket;
        let request = self.client.copy_object().copy_source(format!("{bucket}/{from}")).bucket(bucket).key(to);
        request.send().await.map(drop).map_err(BlobError::from_sdk)
    }

    /// Up to `limit` (at most 1000) objects whose key begins with `prefix`, in key order, after the key `after`.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unreachable`].
    pub async fn list(&self, prefix: &str, after: Option<&str>, limit: u16) -> Result<Vec<BlobItem>, BlobError> {
        let request = self.client.list_objects_v2().bucket(&self.settings.bucket).prefix(prefix);
        let request = request.set_start_after(after.map(str::to_owned)).max_keys(limit.min(1000).into());
        let answer = request.send().await.map_err(BlobError::from_sdk)?;
        answer.contents.unwrap_or_default().into_iter().map(item).collect()
    }
}

fn item(object: aws_sdk_s3::types::Object) -> Result<BlobItem, BlobError> {
    let modified = object.last_modified.and_then(|at| OffsetDateTime::from_unix_timestamp(at.secs()).ok());
    match (object.key, modified) {
        (Some(key), Some(modified)) => Ok(BlobItem { key, size: size(object.size)?, modified }),
        _ => Err(BlobError::Other("listing without key or time".into())),
    }
}

fn size(length: Option<i64>) -> Result<u64, BlobError> {
    length.and_then(|length| u64::try_from(length).ok()).ok_or_else(|| BlobError::Other("answer without a size".into()))
}

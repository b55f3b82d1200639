//! Object storage in this process: s3s over a folder, reached over HTTP like any S3.
//!
//! Form uploads (POST policy) honour `success_action_status` and `success_action_redirect` (303), so a page without script can
//! upload too. What it cannot do, and the portal therefore must not rely on: versions, object lock, tags, lifecycle.

use crate::{DemoError, server};
use axum::Router;
use axum::error_handling::HandleError;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// The largest file one form upload may carry, in bytes: s3s holds it in memory, and reads it before it refuses a stranger.
const MAX_FORM_FILE: u64 = 128 * 1024 * 1024;
/// All other form fields together, in bytes. A signed form is some 2 kB. The first chunk of the file counts too, as it is read along.
const MAX_FORM_FIELDS: usize = 1024 * 1024;
/// How old a signature may be, in seconds. s3s refuses older forms whatever their policy says (default 15 minutes), the real S3 does not.
const MAX_SIGNATURE_AGE: u32 = 60 * 60;

/// Where the object store keeps its files and who may use it.
#[derive(Clone)]
pub struct S3Settings {
    /// Folder that holds the buckets; made if absent.
    pub root: PathBuf,
    /// The one access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Buckets to create at start; existing ones are kept.
    pub buckets: Vec<String>,
    /// The portal's public origin (`scheme://host[:port]`), the only one whose pages may call this server by script.
    pub app_origin: String,
}

/// Serves object storage on `listener` until `shutdown` resolves.
///
/// # Errors
/// A setting that cannot work, a folder that cannot be made, or a socket that fails.
pub async fn serve(
    listener: TcpListener,
    settings: S3Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DemoError> {
    let router = router(&settings)?;
    server::run(listener, router, shutdown).await
}

/// The object store as a router, buckets created.
///
/// # Errors
/// As [`serve`], without the socket.
pub fn router(settings: &S3Settings) -> Result<Router, DemoError> {
    let cors = cors(&settings.app_origin)?;
    make_buckets(&settings.root, &settings.buckets)?;
    let storage = HandleError::new(service(settings)?, |error: s3s::HttpError| async move {
        tracing::error!(?error, "demo S3: request failed");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    Ok(Router::new()
        .fallback_service(storage)
        .layer(fixed_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // A signed address is a secret for as long as it lives.
        .layer(fixed_header(header::REFERRER_POLICY, "no-referrer"))
        .layer(cors))
}

fn fixed_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

fn service(settings: &S3Settings) -> Result<S3Service, DemoError> {
    let files = s3s_fs::FileSystem::new(&settings.root).map_err(|error| DemoError::Setting(format!("S3 folder: {error:?}")))?;
    let mut config = S3Config::default();
    config.post_object_max_file_size = MAX_FORM_FILE;
    config.form_max_fields_size = MAX_FORM_FIELDS;
    config.presigned_url_max_skew_time_secs = MAX_SIGNATURE_AGE;
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(settings.access_key.as_str(), settings.secret_key.as_str()));
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
    Ok(builder.build())
}

fn cors(app_origin: &str) -> Result<CorsLayer, DemoError> {
    let wrong = || DemoError::Setting(format!("app origin is not an origin: {app_origin}"));
    let origin = url::Url::parse(app_origin).map_err(|_| wrong())?.origin();
    if !origin.is_tuple() {
        return Err(wrong());
    }
    let origin = HeaderValue::from_str(&origin.ascii_serialization()).map_err(|_| wrong())?;
    Ok(CorsLayer::new()
        // A list, not a single value: a single one would be sent to every caller, whoever asks.
        .allow_origin([origin])
        .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::RANGE, HeaderName::from_static("x-amz-checksum-sha256")])
        .expose_headers([header::ETAG])
        .max_age(Duration::from_secs(600)))
}

fn make_buckets(root: &Path, buckets: &[String]) -> Result<(), DemoError> {
    std::fs::create_dir_all(root).map_err(DemoError::io("make the S3 folder"))?;
    for bucket in buckets {
        if !is_bucket_name(bucket) {
            return Err(DemoError::Setting(format!("not a bucket name: {bucket}")));
        }
        std::fs::create_dir_all(root.join(bucket)).map_err(DemoError::io("make a bucket"))?;
    }
    Ok(())
}

/// The strict common ground of S3 bucket names; also keeps a bucket from being a path.
fn is_bucket_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

//! Where a stage keeps its files: the object store of this process, or one that runs elsewhere.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use std::path::PathBuf;
use std::sync::OnceLock;

/// An object store that the stages of a test process share; each has a bucket of its own.
#[derive(Clone)]
pub(crate) struct ObjectStore {
    pub endpoint: String,
    pub access_key: String,
    pub secret_key: String,
    /// The folder of its buckets, when it is ours.
    folder: Option<PathBuf>,
}

impl ObjectStore {
    /// The one of this process.
    pub(crate) fn embedded() -> Self {
        static STORE: OnceLock<(String, PathBuf)> = OnceLock::new();
        let (endpoint, folder) = STORE.get_or_init(serve).clone();
        Self { endpoint, access_key: KEY.into(), secret_key: SECRET.into(), folder: Some(folder) }
    }

    /// One that listens at this address.
    pub(crate) fn elsewhere(endpoint: &str, access_key: &str, secret_key: &str) -> Self {
        Self { endpoint: endpoint.into(), access_key: access_key.into(), secret_key: secret_key.into(), folder: None }
    }

    /// Makes a bucket, as an operator would.
    pub(crate) async fn make(&self, bucket: &str) {
        if let Some(folder) = &self.folder {
            return std::fs::create_dir_all(folder.join(bucket)).expect("bucket");
        }
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(&self.access_key, &self.secret_key, None, None, "test"))
            .force_path_style(true)
            .endpoint_url(&self.endpoint)
            .http_client(aws_smithy_http_client::Builder::new().build_http());
        Client::from_conf(config.build()).create_bucket().bucket(bucket).send().await.expect("bucket");
    }
}

const KEY: &str = "test";
const SECRET: &str = "test-secret";

/// Serves an object store on a free port: its address, and the folder of its buckets. It lives on a thread of its own because each
/// test has a runtime of its own.
fn serve() -> (String, PathBuf) {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async move {
            let folder = tempfile::tempdir().expect("folder");
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let settings = demo::s3::S3Settings {
                root: folder.path().to_owned(),
                access_key: KEY.into(),
                secret_key: SECRET.into(),
                buckets: vec![],
                app_origin: "http://localhost:8780".into(),
            };
            let address = format!("http://{}", listener.local_addr().expect("address"));
            tell.send((address, folder.path().to_owned())).expect("somebody waits");
            demo::s3::serve(listener, settings, std::future::pending()).await.expect("object store");
        });
    });
    told.recv().expect("the object store's address")
}

//! Object stores to be tested, a way to them that can be cut, and a browser that posts forms to them.
#![allow(dead_code, reason = "each test binary has one of the stores")]

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use blobs::{BlobSettings, Blobs, SignedPost};
use demo::s3::{S3Settings, serve};
use std::future::pending;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub const APP: &str = "http://localhost:8780";
pub const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const BOUNDARY: &str = "----boundary7f3a";

/// The store under test, with a bucket of its own that the portal's pages may call.
pub struct Store {
    pub blobs: Blobs,
    settings: BlobSettings,
    _dir: Option<tempfile::TempDir>,
}

impl Store {
    /// The one in this process.
    pub async fn embedded() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let settings = settings(format!("http://{}", listener.local_addr().expect("address")), "demo", "demo-secret");
        let server = S3Settings {
            root: dir.path().into(),
            access_key: settings.access_key.clone(),
            secret_key: settings.secret_key.clone(),
            buckets: vec![settings.bucket.clone()],
            app_origin: APP.into(),
        };
        tokio::spawn(serve(listener, server, pending()));
        let blobs = Blobs::connect(settings.clone()).expect("settings");
        Self { blobs, settings, _dir: Some(dir) }
    }

    /// The independent one; the bucket and its CORS rule are made as an operator would.
    pub async fn seaweedfs() -> Self {
        let settings = settings(service("TOMOSHIBI_TEST_S3"), "peer", &service("TOMOSHIBI_TEST_S3_SECRET"));
        let client = client(&settings);
        client.create_bucket().bucket(&settings.bucket).send().await.expect("bucket");
        let rule = CorsRule::builder().allowed_origins(APP).allowed_methods("GET").allowed_methods("POST").expose_headers("ETag").build();
        let rules = CorsConfiguration::builder().cors_rules(rule.expect("rule")).build().expect("rules");
        client.put_bucket_cors().bucket(&settings.bucket).cors_configuration(rules).send().await.expect("CORS rule");
        let blobs = Blobs::connect(settings.clone()).expect("settings");
        Self { blobs, settings, _dir: None }
    }

    pub fn settings(&self) -> BlobSettings {
        self.settings.clone()
    }

    /// The same store by the library alone, for what the portal itself never asks for.
    pub fn client(&self) -> Client {
        client(&self.settings)
    }
}

/// What `./dev test` starts for the tests; absent, the run fails by name.
#[allow(clippy::disallowed_methods, reason = "the test run hands over its services by environment")]
fn service(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests with ./dev test peers (it starts SeaweedFS)"))
}

fn settings(endpoint: String, access_key: &str, secret_key: &str) -> BlobSettings {
    BlobSettings {
        endpoint: Some(endpoint),
        public_endpoint: None,
        region: "us-east-1".into(),
        bucket: format!("files-{}", kernel::secret::new_key()),
        access_key: access_key.into(),
        secret_key: secret_key.into(),
        force_path_style: true,
    }
}

fn client(settings: &BlobSettings) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(Credentials::new(&settings.access_key, &settings.secret_key, None, None, "test"))
        .force_path_style(true)
        .endpoint_url(settings.endpoint.clone().expect("endpoint"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}

/// The way to a store, which can be cut and mended.
pub struct Wire {
    pub address: String,
    open: watch::Sender<bool>,
}

impl Wire {
    /// A way to the store at `endpoint`.
    pub async fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let (open, is_open) = watch::channel(true);
        tokio::spawn(pass_on(listener, endpoint.strip_prefix("http://").expect("address").to_owned(), is_open));
        Self { address, open }
    }

    /// Nothing comes through any more, also of what is under way.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// New connections come through again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}

async fn pass_on(listener: TcpListener, to: String, open: watch::Receiver<bool>) {
    loop {
        let (mut near, _) = listener.accept().await.expect("connection");
        let (mut open, to) = (open.clone(), to.clone());
        if !*open.borrow_and_update() {
            continue;
        }
        tokio::spawn(async move {
            let mut far = TcpStream::connect(to).await.expect("the store listens");
            tokio::select! {
                // How a connection ends is its two ends' affair.
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                _ = open.changed() => {}
            }
        });
    }
}

/// An address where nothing listens.
pub async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    format!("http://{}", listener.local_addr().expect("address"))
}

/// Fields to change or add (`Some`) or to leave out (`None`).
pub type Changes<'a> = &'a [(&'a str, Option<&'a str>)];

/// Posts the form as a page of the portal would, with some changes.
pub async fn send(post: &SignedPost, changes: Changes<'_>, file: &[u8]) -> reqwest::Response {
    let mut fields = post.fields.clone();
    for (name, value) in changes {
        fields.retain(|(other, _)| other != name);
        fields.extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
    }
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"画面.pdf\"\r\nContent-Type: text/html\r\n\r\n";
    body.extend(format!("--{BOUNDARY}\r\n{head}").bytes());
    body.extend_from_slice(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
    let request = client.post(&post.url).header("origin", APP);
    let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    request.body(body).send().await.expect("answer")
}

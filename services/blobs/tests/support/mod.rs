//! An object store in this process, and a browser that posts forms to it.

use blobs::{BlobSettings, Blobs, SignedPost};
use demo::s3::{S3Settings, serve};
use std::future::pending;
use tokio::net::TcpListener;

pub const APP: &str = "http://localhost:8780";
pub const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const BOUNDARY: &str = "----boundary7f3a";

pub struct Store {
    pub blobs: Blobs,
    settings: BlobSettings,
    _dir: tempfile::TempDir,
}

impl Store {
    pub async fn start() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let settings = BlobSettings {
            endpoint: Some(format!("http://{}", listener.local_addr().expect("address"))),
            public_endpoint: None,
            region: "us-east-1".into(),
            bucket: "files".into(),
            access_key: "demo".into(),
            secret_key: "demo-secret".into(),
            force_path_style: true,
        };
        let server = S3Settings {
            root: dir.path().into(),
            access_key: settings.access_key.clone(),
            secret_key: settings.secret_key.clone(),
            buckets: vec![settings.bucket.clone()],
            app_origin: APP.into(),
        };
        tokio::spawn(serve(listener, server, pending()));
        let blobs = Blobs::connect(settings.clone()).expect("settings");
        Self { blobs, settings, _dir: dir }
    }

    pub fn settings(&self) -> BlobSettings {
        self.settings.clone()
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

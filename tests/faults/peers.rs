//! The object store and the issuer, which live in this process behind their gates.

use crate::world::SECRET;
use demo::issuer::IssuerSettings;
use demo::s3::S3Settings;
use std::path::Path;
use tests::Gate;
use tokio::net::TcpListener;

/// An object store that keeps its files below `folder`: where it listens.
pub async fn store(folder: &Path, home: &str) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let settings = S3Settings {
        root: folder.join("s3"),
        access_key: SECRET.into(),
        secret_key: SECRET.into(),
        buckets: vec!["tomoshibi".into()],
        app_origin: home.to_owned(),
    };
    tokio::spawn(async move { demo::s3::serve(listener, settings, std::future::pending()).await.expect("object store") });
    Ok(address)
}

/// An issuer of the story's people, and the gate that its name leads to.
pub async fn issuer(folder: &Path, home: &str) -> anyhow::Result<Gate> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let gate = Gate::before(&listener.local_addr()?.to_string()).await?;
    let settings = IssuerSettings {
        issuer_url: format!("http://{}", gate.address()),
        page_url: None,
        client_ids: portal::story::CLIENT_IDS.iter().map(|id| (*id).to_owned()).collect(),
        client_secret: SECRET.into(),
        redirect_uris: vec![format!("{home}/sign-in/return")],
        post_logout_redirect_uris: vec![format!("{home}/signed-out")],
        people: portal::demo::issuer_people()?,
        state_dir: folder.join("issuer"),
    };
    tokio::spawn(async move { demo::issuer::serve(listener, settings, std::future::pending()).await.expect("issuer") });
    Ok(gate)
}

//! What a portal depends on, small and obedient: an object store, a scanner that says what it is told, an issuer, and a pooler
//! that swallows what is notified.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::OnceLock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("address");
    (listener, address)
}

/// An object store with the bucket `tomoshibi` that lets pages of `origin` post; returns its address.
pub async fn object_store(folder: &Path, origin: &str, secret_key: &str) -> String {
    let (listener, address) = listener().await;
    let settings = demo::s3::S3Settings {
        root: folder.join("s3"),
        access_key: "key".into(),
        secret_key: secret_key.into(),
        buckets: vec!["tomoshibi".into()],
        app_origin: origin.into(),
    };
    tokio::spawn(demo::s3::serve(listener, settings, std::future::pending()));
    format!("http://{address}")
}

/// A scanner that answers to its name and says this version line.
pub async fn scanner(version: String) -> String {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut command = [0_u8; 64];
            let length = stream.read(&mut command).await.unwrap_or_default();
            let answer = if command[..length].starts_with(b"zPING") { "PONG\0".to_owned() } else { format!("{version}\0") };
            // Whoever asked may be gone again.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address.to_string()
}

/// An issuer that knows the client `tomoshibi` with this secret: one for all tests, on a thread of its own, because its keys
/// take seconds to make.
pub fn issuer(secret: &'static str) -> String {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| start_issuer(secret)).clone()
}

fn start_issuer(secret: &'static str) -> String {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async move {
            let folder = tempfile::tempdir().expect("folder");
            let (listener, address) = listener().await;
            let url = format!("http://{address}");
            let settings = demo::issuer::IssuerSettings {
                issuer_url: url.clone(),
                page_url: None,
                client_ids: vec!["tomoshibi".into()],
                client_secret: secret.into(),
                redirect_uris: vec!["http://localhost:8780/sign-in/return".into()],
                post_logout_redirect_uris: vec!["http://localhost:8780/signed-out".into()],
                people: vec![],
                state_dir: folder.path().join("issuer"),
            };
            let answers = async {
                // The socket listens already; it answers as soon as the keys are there.
                reqwest::get(format!("{url}/.well-known/openid-configuration")).await.expect("the issuer answers");
                tell.send(url).expect("somebody waits");
                std::future::pending::<()>().await;
            };
            tokio::select! { done = demo::issuer::serve(listener, settings, std::future::pending()) => done.expect("issuer"), () = answers => {} }
        });
    });
    told.recv().expect("the issuer's address")
}

/// A way to the database at `to` that passes everything on but notifications, as a pooler in transaction mode does. Its
/// client must not ask for TLS (`sslmode=disable`).
pub async fn pooler(to: String) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&to).await.expect("the database");
            let ((mut from_client, to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            tokio::spawn(answers(from_server, to_client));
        }
    });
    address
}

/// The server's messages (a type, a length, a body), without the notifications (`A`).
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> std::io::Result<()> {
    loop {
        let (kind, length) = (from.read_u8().await?, from.read_u32().await?);
        let mut body = vec![0_u8; usize::try_from(length).expect("length") - 4];
        from.read_exact(&mut body).await?;
        if kind != b'A' {
            to.write_u8(kind).await?;
            to.write_u32(length).await?;
            to.write_all(&body).await?;
        }
    }
}

//! The object store's outer wall: what it refuses without a signature, and whose pages may call it. Signed use is tested in `blobs`.

use demo::DemoError;
use demo::s3::{S3Settings, serve};
use reqwest::{Client, Method, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const APP: &str = "http://localhost:8780";

struct Server {
    base: String,
    dir: tempfile::TempDir,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), DemoError>>,
}

fn settings(dir: &tempfile::TempDir) -> S3Settings {
    S3Settings {
        root: dir.path().join("s3"),
        access_key: "demo".into(),
        secret_key: "demo-secret".into(),
        buckets: vec!["files".into()],
        app_origin: APP.into(),
    }
}

async fn start() -> Server {
    let dir = tempfile::tempdir().expect("folder");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let base = format!("http://{}", listener.local_addr().expect("address"));
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(listener, settings(&dir), async {
        stopped.await.expect("told to stop");
    }));
    // The first answer says that the buckets are there.
    assert_eq!(reqwest::get(&base).await.expect("answer").status(), StatusCode::FORBIDDEN);
    Server { base, dir, stop, task }
}

#[tokio::test]
async fn without_a_signature_nothing_is_read_or_written() {
    let server = start().await;
    let bucket = server.dir.path().join("s3/files");
    std::fs::write(bucket.join("secret.txt"), "words").expect("an object");
    let client = Client::new();
    let attempts =
        [(Method::GET, "files/secret.txt"), (Method::HEAD, "files/secret.txt"), (Method::GET, "files?list-type=2"), (Method::GET, "")];
    for (method, path) in attempts {
        let answer = client.request(method.clone(), format!("{}/{path}", server.base)).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
    let put = client.put(format!("{}/files/new.txt", server.base)).body("x").send().await.expect("answer");
    assert_eq!(put.status(), StatusCode::FORBIDDEN);
    let form = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nnew.txt\r\n\
                --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n";
    let post = client
        .post(format!("{}/files", server.base))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form)
        .send()
        .await
        .expect("answer");
    assert_eq!(post.status(), StatusCode::FORBIDDEN);
    assert!(!bucket.join("new.txt").exists());
}

#[tokio::test]
async fn only_the_portals_pages_may_call_by_script() {
    let server = start().await;
    let client = Client::new();
    let preflight = |origin: &'static str, method: &'static str| {
        client
            .request(Method::OPTIONS, format!("{}/files", server.base))
            .header("origin", origin)
            .header("access-control-request-method", method)
            .send()
    };
    let ours = preflight(APP, "POST").await.expect("answer");
    assert_eq!(ours.headers()["access-control-allow-origin"], APP);
    let methods = ours.headers()["access-control-allow-methods"].to_str().expect("text").to_owned();
    assert!(methods.contains("POST") && methods.contains("PUT") && !methods.contains("DELETE"), "{methods}");

    let theirs = preflight("http://localhost:8799", "POST").await.expect("answer");
    assert!(theirs.headers().get("access-control-allow-origin").is_none());

    let refused = client.get(format!("{}/files/x", server.base)).header("origin", APP).send().await.expect("answer");
    assert_eq!(refused.headers()["access-control-allow-origin"], APP, "a script must be able to read a refusal");
    assert_eq!(refused.headers()["access-control-expose-headers"].to_str().expect("text").to_ascii_lowercase(), "etag");
    assert_eq!(refused.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn it_stops_when_told() {
    let server = start().await;
    server.stop.send(()).expect("listening");
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), server.task).await.expect("in time");
    ended.expect("no panic").expect("no error");
    assert!(reqwest::get(&server.base).await.is_err());
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let dir = tempfile::tempdir().expect("folder");
    for bucket in ["../up", "UPPER", "ab", "-dash", ""] {
        let wrong = S3Settings { buckets: vec![bucket.into()], ..settings(&dir) };
        assert!(matches!(demo::s3::router(&wrong), Err(DemoError::Setting(_))), "{bucket}");
    }
    let wrong = S3Settings { app_origin: "localhost".into(), ..settings(&dir) };
    assert!(matches!(demo::s3::router(&wrong), Err(DemoError::Setting(_))));
}

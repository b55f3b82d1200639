//! Everything the portal does with object storage, at whichever store `crate::store` gives.

mod edges;

use crate::support::{self, APP};
use blobs::{BlobError, BlobSettings, Blobs, Disposition, PostUpload, SignedGet};
use bytes::Bytes;
use futures::StreamExt;
use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use std::time::Duration;

const TYPE: &str = "application/pdf";

#[tokio::test]
async fn objects_are_written_read_copied_listed_and_removed() {
    let store = crate::store().await;
    let blobs = &store.blobs;
    blobs.ping().await.expect("the bucket is there");
    let bytes = Bytes::from_static(b"some bytes");
    let hash: [u8; 32] = Sha256::digest(&bytes).into();
    blobs.put("a/one", bytes.clone(), TYPE, Some(hash)).await.expect("written");
    assert_eq!(blobs.get("a/one", 10).await.expect("read"), bytes);

    let head = blobs.head("a/one").await.expect("asked").expect("there");
    assert_eq!((head.size, head.content_type.as_str()), (10, TYPE));
    assert!(head.etag.starts_with('"'));

    blobs.copy("a/one", "b/two").await.expect("copied");
    assert_eq!(blobs.get("b/two", 10).await.expect("read"), bytes);
    assert_eq!(blobs.head("b/two").await.expect("asked").expect("there").content_type, TYPE);
    blobs.put("a/three", Bytes::new(), TYPE, None).await.expect("empty");

    let keys = |items: Vec<blobs::BlobItem>| items.into_iter().map(|item| (item.key, item.size)).collect::<Vec<_>>();
    assert_eq!(keys(blobs.list("a/", None, 10).await.expect("listed")), [("a/one".into(), 10), ("a/three".into(), 0)]);
    assert_eq!(keys(blobs.list("a/", Some("a/one"), 10).await.expect("listed")), [("a/three".into(), 0)]);
    assert_eq!(blobs.list("", None, 2).await.expect("listed").len(), 2);

    blobs.delete("a/one").await.expect("removed");
    blobs.delete("a/one").await.expect("removing twice is the same");
    assert_eq!(blobs.head("a/one").await.expect("asked"), None);
    assert!(matches!(blobs.get("a/one", 10).await, Err(BlobError::NotFound)));
    assert!(matches!(blobs.get_stream("a/one").await, Err(BlobError::NotFound)));
    assert!(matches!(blobs.copy("a/one", "c").await, Err(BlobError::NotFound)));
}

#[tokio::test]
async fn reading_stops_at_the_limit_and_large_objects_stream() {
    let store = crate::store().await;
    let bytes = Bytes::from(vec![7_u8; 3_000_000]);
    store.blobs.put("big", bytes.clone(), TYPE, None).await.expect("written");
    assert!(matches!(store.blobs.get("big", 2_999_999).await, Err(BlobError::TooLarge { limit: 2_999_999 })));
    assert_eq!(store.blobs.get("big", 3_000_000).await.expect("read").len(), 3_000_000);

    let stream = store.blobs.get_stream("big").await.expect("opened");
    assert_eq!(stream.size(), 3_000_000);
    let chunks: Vec<_> = stream.into_stream().collect().await;
    assert!(chunks.len() > 1);
    let total: usize = chunks.into_iter().map(|chunk| chunk.expect("chunk").len()).sum();
    assert_eq!(total, 3_000_000);
}

#[tokio::test]
async fn faults_are_told_apart() {
    let store = crate::store().await;
    let refused = store.blobs.put("x", Bytes::from_static(b"x"), TYPE, Some([0; 32])).await;
    assert!(matches!(refused, Err(BlobError::Refused(_))));
    assert_eq!(store.blobs.head("x").await.expect("asked"), None, "nothing was written");

    let stranger = Blobs::connect(BlobSettings { secret_key: "wrong".into(), ..store.settings() }).expect("settings");
    assert!(matches!(stranger.ping().await, Err(BlobError::Refused(_))));
    assert!(matches!(stranger.get("x", 1).await, Err(BlobError::Refused(_))));

    let elsewhere = Blobs::connect(BlobSettings { bucket: "no-such-bucket".into(), ..store.settings() }).expect("settings");
    assert!(matches!(elsewhere.ping().await, Err(BlobError::NotFound)));
    assert!(matches!(elsewhere.list("", None, 1).await, Err(BlobError::Refused(code)) if code == "NoSuchBucket"));
    assert!(matches!(store.blobs.put("x", Bytes::new(), "no type", None).await, Err(BlobError::Other(_))));

    let nobody = BlobSettings { endpoint: Some(support::closed_port().await), ..store.settings() };
    let error = Blobs::connect(nobody).expect("settings").ping().await.expect_err("nobody there");
    assert!(matches!(error, BlobError::Unreachable(_)) && error.is_temporary(), "{error}");

    // Somebody is there who takes connections and never says a word: whoever looks at a page does not wait for half a minute.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", mute.local_addr().expect("address"));
    let silent = Blobs::connect(BlobSettings { endpoint: Some(address), ..store.settings() }).expect("settings");
    let began = std::time::Instant::now();
    let error = silent.head("x").await.expect_err("silence is not absence");
    assert!(matches!(error, BlobError::Unreachable(_)) && error.is_temporary(), "{error}");
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}

/// The portal reaches the store inside, browsers outside: what is signed for browsers names the address they use.
#[tokio::test]
async fn what_is_signed_for_browsers_names_the_address_that_they_reach() {
    let store = crate::store().await;
    store.blobs.put("doc", Bytes::from_static(b"x"), TYPE, None).await.expect("put");
    let inside = store.settings().endpoint.expect("endpoint");
    let outside = inside.replace("127.0.0.1", "localhost");
    let blobs = Blobs::connect(BlobSettings { public_endpoint: Some(outside.clone()), ..store.settings() }).expect("settings");
    assert_eq!(blobs.public_address().expect("address"), format!("{outside}/{}/", store.settings().bucket));
    let url = blobs.sign_get("doc", &signed(60)).await.expect("signed");
    assert!(url.as_str().starts_with(&outside), "{url}");
    assert_eq!(reqwest::get(url).await.expect("answer").status(), 200, "the signature holds there");
    assert_eq!(blobs.get("doc", 10).await.expect("get"), "x", "and the portal goes on inside");
}

fn signed(expires: u64) -> SignedGet {
    SignedGet {
        expires: Duration::from_secs(expires),
        file_name: "障害 \"報告\"\r\nX-Evil: 1.pdf".into(),
        content_type: "application/octet-stream".into(),
        disposition: Disposition::Attachment,
    }
}

#[tokio::test]
async fn a_signed_address_opens_one_object_with_our_headers() {
    let store = crate::store().await;
    store.blobs.put("doc", Bytes::from_static(b"words"), "text/html", None).await.expect("written");
    store.blobs.put("other", Bytes::from_static(b"others"), "text/html", None).await.expect("written");
    let url = store.blobs.sign_get("doc", &signed(60)).await.expect("signed");
    let answer = reqwest::get(url.clone()).await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/octet-stream");
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    assert!(answer.headers().get("x-evil").is_none());
    let disposition = answer.headers()["content-disposition"].to_str().expect("ASCII").to_owned();
    assert!(disposition.starts_with("attachment; filename=\"") && disposition.contains("filename*=UTF-8''%E9%9A%9C"), "{disposition}");
    assert_eq!(answer.text().await.expect("body"), "words");

    let text = url.to_string();
    let tampered = [
        text.replace("/doc?", "/other?"),
        text.replace("response-content-type=application%2Foctet-stream", "response-content-type=text%2Fhtml"),
        text.replace("attachment", "inline"),
        text.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        text.split_once('?').expect("query").0.to_owned(),
    ];
    for url in tampered {
        assert_ne!(url, text);
        assert_eq!(reqwest::get(&url).await.expect("answer").status(), StatusCode::FORBIDDEN, "{url}");
    }
    let deleted = reqwest::Client::new().delete(url).send().await.expect("answer");
    assert_eq!(deleted.status(), StatusCode::FORBIDDEN, "the address is for reading only");
    assert!(store.blobs.head("doc").await.expect("asked").is_some());
}

#[tokio::test]
async fn a_signed_address_ends() {
    let store = crate::store().await;
    store.blobs.put("doc", Bytes::from_static(b"words"), TYPE, None).await.expect("written");
    let url = store.blobs.sign_get("doc", &signed(1)).await.expect("signed");
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(reqwest::get(url).await.expect("answer").status(), StatusCode::FORBIDDEN);
    for life in [0, 3601] {
        assert!(matches!(store.blobs.sign_get("doc", &signed(life)).await, Err(BlobError::Other(_))));
    }
}

fn upload(key: &str) -> PostUpload {
    PostUpload {
        key: key.into(),
        content_type: TYPE.into(),
        max_bytes: 100,
        min_bytes: 2,
        expires: Duration::from_secs(600),
        success_redirect: None,
        now: kernel::Clock::wall().now(),
    }
}

#[tokio::test]
async fn a_script_uploads_with_a_signed_form() {
    let store = crate::store().await;
    let post = store.blobs.sign_post(&upload("up/one")).expect("signed");
    let answer = support::send(&post, &[], b"the file").await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()["access-control-allow-origin"], APP);
    let head = store.blobs.head("up/one").await.expect("asked").expect("there");
    assert_eq!((head.size, head.content_type.as_str()), (8, TYPE));
    assert_eq!(store.blobs.get("up/one", 100).await.expect("read"), "the file");
}

#[tokio::test]
async fn a_form_without_script_comes_back() {
    let store = crate::store().await;
    let back = format!("{APP}/asks/42/files/uploaded?file=7");
    let form = PostUpload { success_redirect: Some(back.clone()), ..upload("up/two") };
    let post = store.blobs.sign_post(&form).expect("signed");
    let answer = support::send(&post, &[], b"the file").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let location = answer.headers()["location"].to_str().expect("text").to_owned();
    // Some stores put their own words beside ours (AWS), some in their place (SeaweedFS): only the path and theirs are sure to come.
    let location = reqwest::Url::parse(&location).expect("address");
    assert_eq!(format!("{}{}", location.origin().ascii_serialization(), location.path()), back.split('?').next().expect("path"));
    let word = |name: &str| location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!((word("bucket"), word("key")), (Some(store.settings().bucket), Some("up/two".into())), "{location}");
    assert_eq!(store.blobs.get("up/two", 100).await.expect("read"), "the file");

    let elsewhere = [("success_action_redirect", Some("http://evil.example/"))];
    let refused = support::send(&post, &elsewhere, b"the file").await.status();
    assert!(matches!(refused, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN), "{refused}");
}

#[tokio::test]
async fn a_form_allows_nothing_but_what_was_signed() {
    let store = crate::store().await;
    let post = store.blobs.sign_post(&upload("up/three")).expect("signed");
    let whole = [b'x'; 100];
    let changes: [(&str, support::Changes<'_>, &[u8]); 8] = [
        ("one byte too many", &[], &[b'x'; 101]),
        ("too small", &[], b"x"),
        ("another key", &[("key", Some("up/other"))], &whole),
        ("another type", &[("Content-Type", Some("text/html"))], &whole),
        ("no type", &[("Content-Type", None)], &whole),
        ("no signature", &[("x-amz-signature", None)], &whole),
        ("another signature", &[("x-amz-signature", Some(support::ZEROS))], &whole),
        ("no policy", &[("policy", None)], &whole),
    ];
    for (what, changes, file) in changes {
        let status = support::send(&post, changes, file).await.status();
        assert!(matches!(status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN), "{what}: {status}");
    }
    assert!(store.blobs.list("", None, 10).await.expect("listed").is_empty());
    // A field that was not signed: refused (AWS) or passed over (SeaweedFS), but it opens nothing and changes nothing.
    let more = [("acl", Some("public-read")), ("Cache-Control", Some("public")), ("x-amz-meta-a", Some("b"))];
    let status = support::send(&post, &more, &whole).await.status();
    assert!(matches!(status, StatusCode::BAD_REQUEST | StatusCode::FORBIDDEN | StatusCode::CREATED), "{status}");
    let anybodys = format!("{}up/three", store.blobs.public_address().expect("address"));
    assert_eq!(reqwest::get(anybodys).await.expect("answer").status(), StatusCode::FORBIDDEN);
    assert_eq!(support::send(&post, &[], &whole).await.status(), StatusCode::CREATED, "exactly the limit passes");
    assert_eq!(store.blobs.head("up/three").await.expect("asked").expect("there").content_type, TYPE);
}

#[tokio::test]
async fn a_form_ends_by_its_policy() {
    let store = crate::store().await;
    let now = kernel::Clock::wall().now();
    let at = |minutes_ago: i64, seconds: u64| {
        let form =
            PostUpload { now: now - time::Duration::minutes(minutes_ago), expires: Duration::from_secs(seconds), ..upload("up/four") };
        store.blobs.sign_post(&form).expect("signed")
    };
    assert_eq!(support::send(&at(10, 540), &[], b"late").await.status(), StatusCode::FORBIDDEN);
    assert!(store.blobs.head("up/four").await.expect("asked").is_none());
    // A form that somebody left open for half an hour still works while its policy does.
    assert_eq!(support::send(&at(30, 3600), &[], b"in time").await.status(), StatusCode::CREATED);
}

//! What pages, strangers, odd names, large objects and a cut wire meet at the store.

use super::{TYPE, signed, upload};
use crate::support::{self, APP, Wire};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use blobs::{BlobError, BlobSettings, Blobs};
use bytes::Bytes;
use reqwest::{Client, Method, Response, StatusCode, header};

async fn preflight(address: &str, origin: &str, method: &str) -> Response {
    let request = Client::new().request(Method::OPTIONS, address).header("origin", origin);
    request.header("access-control-request-method", method).send().await.expect("answer")
}

fn allowed(answer: &Response) -> Option<&str> {
    answer.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().expect("text"))
}

#[tokio::test]
async fn the_portals_pages_may_post_and_nobody_elses() {
    let store = crate::store().await;
    let address = store.blobs.public_address().expect("address");
    let ours = preflight(&address, APP, "POST").await;
    assert!(ours.status().is_success());
    assert_eq!(allowed(&ours), Some(APP));
    assert!(ours.headers()["access-control-allow-methods"].to_str().expect("text").contains("POST"));
    assert_eq!(allowed(&preflight(&address, "http://localhost:8799", "POST").await), None);
    let delete = preflight(&address, APP, "DELETE").await;
    let methods = delete.headers().get("access-control-allow-methods").map_or("", |value| value.to_str().expect("text"));
    assert!(!methods.contains("DELETE"), "{methods}");
    let post = store.blobs.sign_post(&upload("up/cors")).expect("signed");
    let answer = support::send(&post, &[], b"the file").await;
    assert_eq!(allowed(&answer), Some(APP), "the page reads the answer");
    assert_eq!(answer.headers()["access-control-expose-headers"].to_str().expect("text").to_ascii_lowercase(), "etag");
}

#[tokio::test]
async fn a_part_of_an_object_is_read_through_a_signed_address() {
    let store = crate::store().await;
    store.blobs.put("doc", Bytes::from_static(b"0123456789"), TYPE, None).await.expect("written");
    let url = store.blobs.sign_get("doc", &signed(60)).await.expect("signed");
    let part = async |range: &str| Client::new().get(url.clone()).header("range", range).send().await.expect("answer");
    let middle = part("bytes=2-4").await;
    assert_eq!(middle.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(middle.headers()["content-range"], "bytes 2-4/10");
    assert_eq!(middle.text().await.expect("body"), "234");
    assert_eq!(part("bytes=-3").await.text().await.expect("body"), "789");
    assert_eq!(part("bytes=7-").await.text().await.expect("body"), "789");
    assert_eq!(part("bytes=10-").await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
}

#[tokio::test]
async fn nobody_elses_signature_opens_or_writes_anything() {
    let store = crate::store().await;
    store.blobs.put("doc", Bytes::from_static(b"words"), TYPE, None).await.expect("written");
    let ours = store.settings();
    let strangers = [
        BlobSettings { secret_key: "another".into(), ..ours.clone() },
        BlobSettings { access_key: "unknown".into(), ..ours.clone() },
        // A key that the independent store knows, for a bucket that is not ours.
        BlobSettings { access_key: "stranger".into(), secret_key: "stranger-secret".into(), ..ours },
    ];
    for settings in strangers {
        let name = settings.access_key.clone();
        let stranger = Blobs::connect(settings).expect("settings");
        let url = stranger.sign_get("doc", &signed(60)).await.expect("signed");
        assert_eq!(reqwest::get(url).await.expect("answer").status(), StatusCode::FORBIDDEN, "{name}");
        let post = stranger.sign_post(&upload("up/theirs")).expect("signed");
        assert_eq!(support::send(&post, &[], b"the file").await.status(), StatusCode::FORBIDDEN, "{name}");
        assert!(matches!(stranger.get("doc", 10).await, Err(BlobError::Refused(_))), "{name}");
        assert!(matches!(stranger.put("doc", Bytes::new(), TYPE, None).await, Err(BlobError::Refused(_))), "{name}");
        assert!(matches!(stranger.delete("doc").await, Err(BlobError::Refused(_))), "{name}");
        assert!(matches!(stranger.list("", None, 10).await, Err(BlobError::Refused(_))), "{name}");
    }
    assert_eq!(store.blobs.get("doc", 10).await.expect("read"), "words");
    assert!(store.blobs.head("up/theirs").await.expect("asked").is_none());
}

/// The portal sends objects whole; what came in parts (by an operator's tool, by another store's copy) is read like any other.
#[tokio::test]
async fn an_object_that_was_sent_in_parts_is_one_object() {
    let store = crate::store().await;
    let (client, bucket) = (store.client(), store.settings().bucket);
    let begun = client.create_multipart_upload().bucket(&bucket).key("kept/parts").content_type(TYPE).send().await.expect("begun");
    let id = begun.upload_id().expect("id");
    let mut parts = Vec::new();
    for (number, bytes) in [(1, vec![1_u8; 5 * 1024 * 1024]), (2, vec![2_u8; 1000])] {
        let part = client.upload_part().bucket(&bucket).key("kept/parts").upload_id(id).part_number(number).body(bytes.into());
        let etag = part.send().await.expect("part").e_tag().expect("tag").to_owned();
        parts.push(CompletedPart::builder().part_number(number).e_tag(etag).build());
    }
    assert!(store.blobs.head("kept/parts").await.expect("asked").is_none(), "not before it is whole");
    let whole = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let done = client.complete_multipart_upload().bucket(&bucket).key("kept/parts").upload_id(id).multipart_upload(whole);
    done.send().await.expect("whole");
    let head = store.blobs.head("kept/parts").await.expect("asked").expect("there");
    assert_eq!((head.size, head.content_type.as_str()), (5 * 1024 * 1024 + 1000, TYPE));
    store.blobs.copy("kept/parts", "kept/copy").await.expect("copied");
    let bytes = store.blobs.get("kept/copy", head.size).await.expect("read");
    assert!(bytes.len() as u64 == head.size && bytes[0] == 1 && bytes[bytes.len() - 1] == 2);

    let left = client.create_multipart_upload().bucket(&bucket).key("kept/left").send().await.expect("begun");
    let id = left.upload_id().expect("id");
    client.upload_part().bucket(&bucket).key("kept/left").upload_id(id).part_number(1).body(vec![3; 10].into()).send().await.expect("part");
    client.abort_multipart_upload().bucket(&bucket).key("kept/left").upload_id(id).send().await.expect("aborted");
    assert!(store.blobs.head("kept/left").await.expect("asked").is_none());
    let keys: Vec<String> = store.blobs.list("", None, 10).await.expect("listed").into_iter().map(|item| item.key).collect();
    assert_eq!(keys, ["kept/copy", "kept/parts"], "what was left is no object");
}

#[tokio::test]
async fn names_that_are_not_ours_are_listed_and_never_asked_for() {
    let store = crate::store().await;
    let (client, bucket) = (store.client(), store.settings().bucket);
    let odd = ["odd/a b", "odd/a+b", "odd/a%2Fb", "odd/q?x=1&y", "odd/名前.pdf", "odd/~tilde'()!*"];
    for key in odd {
        client.put_object().bucket(&bucket).key(key).body(key.as_bytes().to_vec().into()).send().await.expect(key);
        assert!(matches!(store.blobs.get(key, 100).await, Err(BlobError::Other(_))), "{key}");
    }
    let mut expected = odd.to_vec();
    expected.sort_unstable();
    let listed: Vec<String> = store.blobs.list("odd/", None, 100).await.expect("listed").into_iter().map(|item| item.key).collect();
    assert_eq!(listed, expected, "by the order of their bytes");

    // Everything that our own keys may hold, up to their length.
    let long = format!("own/{}", "a".repeat(124));
    for key in ["own/A_b-c.d", "own/a/b/c", "own/a.b", long.as_str()] {
        store.blobs.put(key, Bytes::copy_from_slice(key.as_bytes()), TYPE, None).await.expect(key);
        store.blobs.copy(key, "own/copy").await.expect(key);
        assert_eq!(store.blobs.get("own/copy", 200).await.expect(key), key.as_bytes());
        let url = store.blobs.sign_get(key, &signed(60)).await.expect("signed");
        assert_eq!(reqwest::get(url).await.expect("answer").text().await.expect("body"), key);
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_said_to_be_and_is_asked_again_afterwards() {
    let store = crate::store().await;
    let wire = Wire::to(&store.settings().endpoint.expect("endpoint")).await;
    let blobs = Blobs::connect(BlobSettings { endpoint: Some(wire.address.clone()), ..store.settings() }).expect("settings");
    let bytes = Bytes::from(vec![7_u8; 8_000_000]);
    blobs.put("big", bytes.clone(), TYPE, None).await.expect("written");
    let mut stream = blobs.get_stream("big").await.expect("opened");
    assert!(stream.next().await.expect("first piece").is_some());

    wire.cut();
    let rest = async {
        while stream.next().await?.is_some() {}
        Ok::<(), BlobError>(())
    };
    let error = rest.await.expect_err("half an object is no object");
    assert!(error.is_temporary(), "{error}");
    let away = [
        blobs.ping().await.expect_err("away"),
        blobs.head("big").await.expect_err("away is not absent"),
        blobs.get("big", 10_000_000).await.expect_err("away is not absent"),
        blobs.put("more", Bytes::new(), TYPE, None).await.expect_err("away"),
        blobs.delete("big").await.expect_err("away is not removed"),
        blobs.copy("big", "copy").await.expect_err("away"),
        blobs.list("", None, 10).await.expect_err("away is not empty"),
    ];
    for error in away {
        assert!(matches!(error, BlobError::Unreachable(_)) && error.is_temporary(), "{error}");
    }
    wire.mend();
    assert_eq!(blobs.get("big", 8_000_000).await.expect("read"), bytes);
    assert!(blobs.head("more").await.expect("asked").is_none());
}

//! The scanner as it is set up (`infra/cluster/clamd.sh`): what it did not look at whole is never clean.

use axum::body::Bytes;
use files::Finding;
use futures::StreamExt;
use tests::{Stage, archives};

async fn finding(stage: &Stage, bytes: Vec<u8>) -> Finding {
    let pieces: Vec<std::io::Result<Bytes>> = bytes.chunks(1 << 16).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stage.bench.scanner.scan(futures::stream::iter(pieces).boxed()).await.expect("the scanner answers")
}

#[tokio::test]
async fn what_hides_in_an_archive_is_found_and_what_cannot_be_looked_at_is_not_clean() {
    let stage = Stage::new().await;
    for (what, bytes) in [
        ("EICAR in a zip", archives::zip("eicar.com", &archives::eicar())),
        ("EICAR in zips in zips", archives::nested(5, &archives::eicar())),
        ("EICAR behind 150 MiB in a zip", archives::behind_zeros(150)),
    ] {
        let found = finding(&stage, bytes).await;
        assert!(matches!(&found, Finding::Infected(name) if name.contains("Eicar")), "{what}: {found:?}");
    }
    for (what, bytes, why) in [
        ("a locked zip", archives::locked_zip("plain.txt", b"plain words\n"), "Encrypted"),
        ("EICAR in a locked zip", archives::locked_zip("eicar.com", &archives::eicar()), "Encrypted"),
        ("EICAR deeper than the scanner goes", archives::nested(30, &archives::eicar()), "Limits"),
        ("EICAR behind 450 MiB in a zip", archives::behind_zeros(450), "Limits"),
        ("a bomb", archives::bomb(60, 96 * 1024 * 1024), "Limits"),
        ("a document with a macro", archives::document_with_a_macro(), "Macros"),
        ("a macro project", archives::project(), "Macros"),
    ] {
        let found = finding(&stage, bytes).await;
        assert!(matches!(&found, Finding::Unscannable(name) if name.contains(why)), "{what}: {found:?}");
    }
    for (what, bytes) in [("a zip", archives::zip("plain.txt", b"plain words\n")), ("zips in zips", archives::nested(5, b"plain words\n"))]
    {
        assert_eq!(finding(&stage, bytes).await, Finding::Clean, "{what}");
    }
}

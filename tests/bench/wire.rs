//! The first visit of the page that asks: everything that travels, compressed as browsers take it.

use crate::report::{Bound, Report};
use crate::site::Site;
use std::collections::BTreeSet;

/// Scripts that pages load when they have something for them; counted whether this one does or not.
const PARTS: &[&str] = &["count.js", "time.js", "autosave.js", "live.js", "upload.js", "keys.js"];

pub async fn measure(report: &mut Report, site: &Site) {
    let reader = site
        .readers(site.candidates("SELECT s.id AS seat, '/ask' AS path, 1::bigint AS rows FROM seats s WHERE s.role = 'owner' AND s.ended_at IS NULL ORDER BY md5(s.id::text) LIMIT 1").await, "<h1")
        .await
        .remove(0);
    let (mut total, body) = fetch(site, &reader.path, &reader.cookie).await;
    let text = String::from_utf8(body).expect("UTF-8");
    let mut wanted: BTreeSet<String> = BTreeSet::from(["/favicon.svg".to_owned()]);
    for part in text.split('"').filter(|part| part.starts_with("/assets/")) {
        wanted.insert(part.to_owned());
        if part.ends_with("/js/app.js") {
            wanted.extend(PARTS.iter().map(|name| part.replace("app.js", name)));
        }
    }
    assert!(wanted.len() > PARTS.len() + 2, "the page names its styles and scripts: {wanted:?}");
    for path in &wanted {
        total += fetch(site, path, &reader.cookie).await.0;
    }
    report.add(
        "first visit of the ask page, on the wire",
        total as f64 / 1_024.0,
        "KB",
        Some((Bound::AtMost, 60.0)),
        format!("{} files, heads included", wanted.len() + 1),
    );
}

/// Bytes on the wire, and the body as it is read.
async fn fetch(site: &Site, path: &str, cookie: &str) -> (usize, Vec<u8>) {
    let client = reqwest::Client::new();
    let ask = |encoding: &'static str| {
        let request = client.get(format!("http://{}{path}", site.address)).header("cookie", cookie).header("accept-language", "ja");
        request.header("accept-encoding", encoding).send()
    };
    let squeezed = ask("br, gzip").await.expect("an answer");
    assert_eq!(squeezed.status(), 200, "{path}");
    let head: usize = squeezed.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let travelled = head + squeezed.bytes().await.expect("body").len();
    let plain = ask("identity").await.expect("an answer").bytes().await.expect("body");
    (travelled, plain.to_vec())
}

//! The address of a connection reaches the limits of a real server.

use crate::process::{Place, until};
use crate::support::scratch;

async fn statuses(url: &str, forwarded: impl Fn(usize) -> String) -> Vec<u16> {
    let client = reqwest::Client::new();
    let mut found = Vec::new();
    for n in 0..6 {
        let answer = client.get(format!("{url}/sign-in")).header("x-forwarded-for", forwarded(n)).send().await.expect("answer");
        found.push(answer.status().as_u16());
    }
    found
}

#[tokio::test]
async fn the_peer_is_the_client_unless_it_is_a_trusted_proxy() {
    let s = scratch().await;
    for (trusted, expected) in [("", [200, 200, 200, 200, 429, 429]), ("127.0.0.1", [200, 200, 200, 200, 200, 200])] {
        let place = Place::new(&s).with("REQUESTS_PER_ADDRESS", "4").with("TRUSTED_PROXIES", trusted);
        let url = format!("http://{}", place.get("LISTEN"));
        let _portal = place.start("serve");
        until("an answer", async || reqwest::get(format!("{url}/favicon.svg")).await.is_ok()).await;
        assert_eq!(statuses(&url, |n| format!("198.51.100.{n}")).await, expected, "{trusted:?}");
    }
}

//! How much one client may ask for, and who says who the client is (F18).

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode, header};
use std::net::SocketAddr;
use tests::Stage;
use tower::ServiceExt;

/// The web application with five requests a minute for an address and eight for a person, behind one trusted proxy.
async fn strict(stage: &Stage) -> axum::Router {
    let mut config = stage.config.clone();
    config.portal.trusted_proxies = "10.0.0.1, 2001:db8:ffff::/48".into();
    (config.portal.requests_per_address, config.portal.requests_per_person) = (5, 8);
    web::app::router(portal::wire::portal(&config, stage.clock.clone()).await.expect("portal"))
}

async fn ask(router: &axum::Router, peer: &str, forwarded: Option<&str>, token: Option<&str>) -> Response<Body> {
    let mut request = Request::builder().uri(if token.is_some() { "/sessions" } else { "/sign-in" });
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded).header("forwarded", format!("for={forwarded}"));
    }
    if let Some(token) = token {
        request = request.header(header::COOKIE, format!("{}={token}", web::guard::SESSION));
    }
    let mut request = request.body(Body::empty()).expect("request");
    request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().expect("peer")));
    router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// How many of ten requests are answered.
async fn answered(router: &axum::Router, peer: &str, forwarded: impl Fn(usize) -> Option<String>) -> usize {
    let mut answered = 0;
    for n in 0..10 {
        let answer = ask(router, peer, forwarded(n).as_deref(), None).await;
        assert!(matches!(answer.status(), StatusCode::OK | StatusCode::TOO_MANY_REQUESTS), "{}", answer.status());
        answered += usize::from(answer.status() == StatusCode::OK);
    }
    answered
}

#[tokio::test]
async fn an_address_is_counted_whatever_the_client_says_of_itself() {
    let stage = Stage::new().await;
    let router = strict(&stage).await;
    // Straight to us, with another invented address each time: one client.
    assert_eq!(answered(&router, "203.0.113.9:40000", |n| Some(format!("198.51.100.{n}"))).await, 5);
    assert_eq!(answered(&router, "[2001:db8:1:2::9]:40000", |n| Some(format!("2001:db8:9::{n}"))).await, 5);
    assert_eq!(answered(&router, "[2001:db8:1:2:aaaa::1]:40000", |_| None).await, 0, "the same network of one household");
    // Through our proxy: by what the proxy wrote, which stands last.
    assert_eq!(answered(&router, "10.0.0.1:5000", |n| Some(format!("192.0.2.{n}, 198.51.100.77"))).await, 5);
    assert_eq!(answered(&router, "10.0.0.1:5000", |n| Some(format!("198.51.100.{}", 100 + n))).await, 10, "ten clients behind one proxy");
    assert_eq!(answered(&router, "[::ffff:10.0.0.1]:5000", |_| Some("198.51.100.77".into())).await, 0);
    assert_eq!(answered(&router, "[2001:db8:ffff::5]:5000", |_| Some("198.51.100.78, 10.0.0.1".into())).await, 5, "two proxies of ours");
    // A minute later there is room again.
    stage.clock.advance(time::Duration::minutes(2));
    assert_eq!(answered(&router, "203.0.113.9:40000", |_| None).await, 5);
}

#[tokio::test]
async fn whoever_is_signed_in_is_counted_as_a_person_and_not_as_a_building() {
    let stage = Stage::new().await;
    let router = strict(&stage).await;
    let (one, two) = (stage.sign_in("aizawa").await, stage.sign_in("hanai").await);
    let peer = "203.0.113.9:40000";
    assert_eq!(answered(&router, peer, |_| None).await, 5, "somebody in the building uses up its share");
    for person in [&one, &two] {
        for n in 0..8 {
            assert_eq!(ask(&router, peer, None, person.token.as_deref()).await.status(), StatusCode::OK, "request {n}");
        }
        // Another address does not make another person.
        let refused = ask(&router, "198.51.100.1:40000", None, person.token.as_deref()).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let wait: u64 = refused.headers()[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        let body = axum::body::to_bytes(refused.into_body(), 1_000_000).await.expect("body");
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(body.contains("<h1") && body.contains('分'), "an honest page in the reader's language: {body}");
    }
    let forged = ask(&router, peer, None, Some("ab".repeat(32).as_str())).await;
    assert_eq!(forged.status(), StatusCode::TOO_MANY_REQUESTS, "an invented session is an address");
    // The pages' own styles are not counted.
    let icon = Request::builder().uri("/favicon.svg").body(Body::empty()).expect("request");
    assert_eq!(router.oneshot(icon).await.unwrap_or_else(|never| match never {}).status(), StatusCode::OK);
}

//! The portal as those see it who run it: health, metrics, and an end that lets requests under way finish.

use crate::process::{Place, until};
use crate::support::{Scratch, scratch, setting};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

async fn name_of(s: &Scratch) -> String {
    sqlx::query_scalar("SELECT current_database()::text").fetch_one(&s.admin).await.expect("name")
}

/// The status and text at a place of the process; None when nobody answers.
async fn look(place: &Place, listen: &str, path: &str) -> Option<(u16, String)> {
    let answer = reqwest::get(format!("http://{}{path}", place.get(listen))).await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

async fn status(place: &Place, listen: &str, path: &str) -> Option<u16> {
    look(place, listen, path).await.map(|(status, _)| status)
}

/// Takes the database away or gives it back, as an outage does: connections break and new ones are refused.
async fn reachable(database: &str, reachable: bool) {
    let mut admin = PgConnection::connect(&setting("TOMOSHIBI_TEST_ADMIN_URL")).await.expect("admin connection");
    admin.execute(AssertSqlSafe(format!("ALTER DATABASE {database} ALLOW_CONNECTIONS {reachable}"))).await.expect("allowed");
    if !reachable {
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        admin.execute(AssertSqlSafe(end)).await.expect("ended");
    }
}

#[tokio::test]
async fn without_its_database_it_lives_says_that_it_is_not_ready_and_comes_back_by_itself() {
    let s = scratch().await;
    let place = Place::new(&s);
    let mut portal = place.start("serve");
    until("readiness", async || status(&place, "OPS_LISTEN", "/health/ready").await == Some(200)).await;
    assert_eq!(status(&place, "LISTEN", "/sign-in").await, Some(200));

    let (_, metrics) = look(&place, "OPS_LISTEN", "/metrics").await.expect("metrics");
    for line in ["portal_requests_total{status=\"200\"} 1", "portal_request_seconds_bucket{le=\"0.1\"}", "portal_request_seconds_count 1"] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    for path in ["/metrics", "/health/live", "/health/ready"] {
        assert_eq!(status(&place, "LISTEN", path).await, Some(404), "{path} is not for browsers");
    }

    let database = name_of(&s).await;
    reachable(&database, false).await;
    until("the news", async || status(&place, "OPS_LISTEN", "/health/ready").await == Some(503)).await;
    assert_eq!(status(&place, "OPS_LISTEN", "/health/live").await, Some(200), "starting it anew would mend nothing");
    let (code, page) = look(&place, "LISTEN", "/sign-in").await.expect("a page");
    assert_eq!(code, 503);
    assert!(page.contains("<h1") && page.contains("lang=\"ja\""), "an outage has a page too: {page}");
    assert_eq!(status(&place, "OPS_LISTEN", "/metrics").await, Some(200));

    reachable(&database, true).await;
    until("readiness again", async || status(&place, "OPS_LISTEN", "/health/ready").await == Some(200)).await;
    assert_eq!(status(&place, "LISTEN", "/sign-in").await, Some(200));
    portal.signal("TERM");
    assert!(portal.end().await.success(), "{}", portal.log());
}

#[tokio::test]
async fn told_to_stop_it_takes_nobody_new_and_finishes_what_is_under_way() {
    let s = scratch().await;
    let place = Place::new(&s);
    let mut portal = place.start("serve");
    until("readiness", async || status(&place, "OPS_LISTEN", "/health/ready").await == Some(200)).await;

    // A request waits for a row that somebody else holds.
    let mut holder = s.admin.begin().await.expect("transaction");
    holder.execute("LOCK TABLE issuers IN ACCESS EXCLUSIVE MODE").await.expect("lock");
    let address = format!("http://{}/sign-in", place.get("LISTEN"));
    let under_way = tokio::spawn(async move { reqwest::get(address).await.expect("an answer").status().as_u16() });
    let waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'issuers'::regclass AND NOT granted";
    until("the request", async || s.count(waiting).await == 1).await;

    portal.signal("TERM");
    // Knocks and no more: a request that still came in would wait for the same row until its own time is up.
    let door = place.get("LISTEN");
    until("the closed door", async || tokio::net::TcpStream::connect(&door).await.is_err()).await;
    assert!(!under_way.is_finished(), "nobody was sent away");
    holder.rollback().await.expect("released");
    assert_eq!(under_way.await.expect("no panic"), 200);
    assert!(portal.end().await.success(), "{}", portal.log());
    assert!(portal.log().contains("\"stopping\"") && !portal.log().contains("cut off"), "{}", portal.log());
}

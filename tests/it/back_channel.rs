//! An issuer's logout over HTTP: what it may send, what it is told, and what becomes of pages that are open.

use axum::http::{HeaderValue, header};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::{Browser, Form, Issuer, Page, Person, Stage};

const SESSION: &str = web::guard::SESSION;
const PATH: &str = "/back-channel-logout";
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What the issuer would say of a browser's session.
async fn claims(stage: &Stage, issuer: &Issuer, browser: &Browser) -> Value {
    let hash = kernel::secret::hash(&browser.cookie(SESSION).expect("signed in"));
    let sql = "SELECT id_token FROM sessions WHERE token_hash = $1";
    let token: String = sqlx::query_scalar(sql).bind(hash.to_vec()).fetch_one(&mut stage.god().await).await.expect("a session");
    let now = stage.clock.now().unix_timestamp();
    json!({
        "iss": issuer.base, "aud": "tomoshibi-1", "sid": tests::claims_of(&token)["sid"], "jti": kernel::secret::new_key(),
        "iat": now, "exp": now + 120, "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

fn form(fields: &[(&str, &str)]) -> Form {
    Form { action: PATH.into(), fields: fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect() }
}

#[track_caller]
fn refused(answer: Page) {
    let answer = answer.expect(400);
    assert_eq!((&answer.headers["cache-control"], answer.body.as_str()), (&NO_STORE, r#"{"error":"invalid_request"}"#));
}

#[tokio::test]
async fn an_issuers_logout_ends_that_session_and_its_open_pages_and_no_other() {
    let stage = Stage::new().await;
    let issuer = Issuer::of_story(&stage).await;
    let (here, elsewhere) = (Browser::new(&stage), Browser::new(&stage));
    for browser in [&here, &elsewhere] {
        browser.sign_in(&issuer, "aizawa").await.leads();
    }
    let mut open = Person::nobody(&stage);
    open.token = here.cookie(SESSION);
    let mut page = open.follow("/consultations").await;

    let token = issuer.sign(&claims(&stage, &issuer, &here).await);
    let began = Instant::now();
    // A server is no page: where it says to come from does not matter, nor does a cookie, nor what else it sends.
    let mut with_cookie = Person::nobody(&stage);
    with_cookie.token = elsewhere.cookie(SESSION);
    let answer = with_cookie
        .send_form_with(
            &form(&[("logout_token", &token), ("trace", "7")]),
            &[("origin", "https://issuer.example"), ("sec-fetch-site", "cross-site")],
        )
        .await
        .expect(200);
    assert_eq!((&answer.headers["cache-control"], answer.body.as_str()), (&NO_STORE, ""));
    assert!(answer.headers.get(header::SET_COOKIE).is_none());

    page.hear("gone").await;
    assert!(page.ends(Duration::from_secs(1)).await && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(here.get("/sessions").await.leads(), "/sign-in?next=sessions");
    assert!(elsewhere.get("/").await.expect(200).body.contains("相沢"));
    assert_eq!(here.sign_in(&issuer, "aizawa").await.leads(), "/", "and in again");
    refused(Person::nobody(&stage).send_form(&form(&[("logout_token", &token)])).await);
    assert!(here.get("/").await.expect(200).body.contains("相沢"), "an old token ends no new session");
}

#[tokio::test]
async fn what_is_no_logout_is_refused_and_says_no_more() {
    let stage = Stage::new().await;
    let (issuer, other) = (Issuer::of_story(&stage).await, Issuer::another(&stage, "もう一つの窓口").await);
    let browser = Browser::new(&stage);
    browser.sign_in(&issuer, "aizawa").await.leads();
    let nobody = Person::nobody(&stage);
    let good = claims(&stage, &issuer, &browser).await;
    let token = issuer.sign(&good);
    for fields in
        [vec![], vec![("token", token.as_str())], vec![("logout_token", "")], vec![("logout_token", &token), ("logout_token", &token)]]
    {
        refused(nobody.send_form(&form(&fields)).await);
    }
    for (name, lie) in [
        ("aud", json!("tomoshibi-2")),
        ("nonce", json!("n")),
        ("events", json!({})),
        ("iat", json!(1)),
        ("iss", json!("https://nobody.example")),
    ] {
        let mut claims = good.clone();
        claims[name] = lie;
        refused(nobody.send_form(&form(&[("logout_token", &issuer.sign(&claims))])).await);
    }
    refused(nobody.send_form(&form(&[("logout_token", &"x".repeat(70_000))])).await);
    nobody.get(PATH).await.expect(404);
    // The other issuer, trusted as well, about a session that is not its own: obeyed, and nothing ends.
    let mut theirs = good.clone();
    theirs["iss"] = json!(other.base);
    nobody.send_form(&form(&[("logout_token", &other.sign(&theirs))])).await.expect(200);
    assert!(browser.get("/").await.expect(200).body.contains("相沢"));
    nobody.send_form(&form(&[("logout_token", &token)])).await.expect(200);
    assert_eq!(browser.get("/sessions").await.leads(), "/sign-in?next=sessions");
}

#[tokio::test]
async fn two_posts_of_one_token_at_the_same_instant_count_once() {
    let stage = Stage::new().await;
    let issuer = Issuer::of_story(&stage).await;
    let browser = Browser::new(&stage);
    browser.sign_in(&issuer, "aizawa").await.leads();
    let token = issuer.sign(&claims(&stage, &issuer, &browser).await);
    let (a, b) = (Person::nobody(&stage), Person::nobody(&stage));
    let form = form(&[("logout_token", &token)]);
    let (a, b) = tokio::join!(a.send_form(&form), b.send_form(&form));
    let mut came = [a.status.as_u16(), b.status.as_u16()];
    came.sort_unstable();
    assert_eq!(came, [200, 400]);
    let sql = "SELECT count(*) FROM audit_entries WHERE verb = 'identity.session_ended_by_issuer' AND system = 'back_channel_logout'";
    let entries: i64 = sqlx::query_scalar(sql).fetch_one(&mut stage.god().await).await.expect("count");
    assert_eq!(entries, 1);
    // The database wrote the entry itself: it is linked and verified like every other.
    stage.bench.seal().await.expect("sealed");
}

#[tokio::test]
async fn an_address_may_send_so_many_a_minute_whoevers_cookie_comes_along() {
    let stage = Stage::new().await;
    let someone = stage.sign_in("aizawa").await.limited_to(&stage, 3).await;
    for _ in 0..3 {
        refused(someone.send_form(&form(&[("logout_token", "x")])).await);
    }
    let answer = someone.send_form(&form(&[("logout_token", "x")])).await.expect(429);
    assert!(answer.headers.contains_key("retry-after"));
    someone.get("/sessions").await.expect(200);
}

//! An issuer that says what the test wants it to say: lies that no honest peer can be made to tell, and addresses by `userinfo`.

use crate::world::{Peer, Trip, World, issuer_row};
use access::Role;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use identity::{Begin, Returned, SignInError, SignedIn};
use kernel::IssuerId;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// What it answers next, and how often `userinfo` was asked.
#[derive(Default)]
struct Script {
    id_token: String,
    userinfo: (StatusCode, Value),
    asked: usize,
}

struct Liar {
    base: String,
    issuer: IssuerId,
    script: Arc<Mutex<Script>>,
}

impl Liar {
    /// Trusted by the world's federation; its keys are those of the world's honest issuer.
    async fn of(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let metadata = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"), "token_endpoint": format!("{base}/token"),
            "userinfo_endpoint": format!("{base}/userinfo"), "jwks_uri": format!("{}/jwks", world.peer.base),
            "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        });
        let script = Arc::new(Mutex::new(Script::default()));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || Json(metadata.clone())))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let issuer = issuer_row(&mut world.loader().await, world.federation, &base, world.clock()).await;
        Self { base, issuer, script }
    }

    /// A sign-in whose answer is an ID token with these claims changed (null: left out), signed by `signer`.
    async fn says(&self, world: &World, signer: &Peer, changes: &[(&str, Value)]) -> Result<SignedIn, SignInError> {
        let redirect = world.sign_in.begin(world.db(), Begin { issuer: self.issuer, ..world.begin("nurse") }).await.expect("begun");
        let field = |name: &str| redirect.url.query_pairs().find(|(key, _)| key == name).expect(name).1.into_owned();
        let now = world.clock().now().unix_timestamp();
        let mut claims = json!({
            "iss": self.base, "aud": "portal", "sub": "subject-nurse", "nonce": field("nonce"), "iat": now, "exp": now + 300, "auth_time": now,
            "email": "nurse@example.jp", "email_verified": true,
        });
        for (name, value) in changes {
            claims[*name] = value.clone();
        }
        claims.as_object_mut().expect("object").retain(|_, value| !value.is_null());
        self.script.lock().expect("script").id_token = signer.issuer.sign(&claims).expect("signed");
        let back = Returned { state: field("state"), code: Some("any".into()), error: None, iss: None };
        world.finish(&Trip { redirect, back }, None).await
    }

    /// The same without an address in the token, and with this from `userinfo`.
    async fn tells(&self, world: &World, status: StatusCode, claims: Value) -> Result<SignedIn, SignInError> {
        self.script.lock().expect("script").userinfo = (status, claims);
        self.says(world, &world.peer, &[("email", Value::Null), ("email_verified", Value::Null)]).await
    }

    fn asked(&self) -> usize {
        self.script.lock().expect("script").asked
    }
}

async fn token(State(script): State<Arc<Mutex<Script>>>) -> Json<Value> {
    Json(json!({ "access_token": "access", "token_type": "Bearer", "id_token": script.lock().expect("script").id_token }))
}

async fn userinfo(State(script): State<Arc<Mutex<Script>>>) -> (StatusCode, Json<Value>) {
    let mut script = script.lock().expect("script");
    script.asked += 1;
    (script.userinfo.0, Json(script.userinfo.1.clone()))
}

/// An invitation at this issuer for a member of the world.
async fn invited_at(world: &World, liar: &Liar) {
    let (person, _) = world.member("nurse", Role::Staff).await;
    let sql = "UPDATE invitations SET issuer_id = $1 WHERE person_id = $2";
    let done = sqlx::query(sql).bind(liar.issuer.0).bind(person.0).execute(&mut world.loader().await).await.expect("moved");
    assert_eq!(done.rows_affected(), 1);
}

#[tokio::test]
async fn no_lie_in_a_token_opens_a_session() {
    let world = World::new().await;
    let liar = Liar::of(&world).await;
    invited_at(&world, &liar).await;
    let now = world.clock().now().unix_timestamp();
    let lies = [
        ("iss", json!(world.peer.base)),
        ("iss", json!("https://elsewhere.example")),
        ("aud", json!("another-client")),
        ("aud", json!(["portal", "another-client"])),
        ("azp", json!("another-client")),
        ("nonce", json!("planted")),
        ("nonce", Value::Null),
        ("exp", json!(now - 61)),
        ("iat", json!(now + 120)),
        ("iat", json!(now - 700)),
        ("sub", json!("")),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ];
    for (name, lie) in lies {
        let outcome = liar.says(&world, &world.peer, &[(name, lie.clone())]).await;
        assert!(matches!(outcome, Err(SignInError::BadToken)), "{name} {lie}: {outcome:?}");
    }
    let stranger = Peer::start(world.clock().clone()).await;
    stranger.rotate().await;
    let outcome = liar.says(&world, &stranger, &[]).await;
    assert!(matches!(outcome, Err(SignInError::BadToken)), "a key that it does not publish: {outcome:?}");
    liar.says(&world, &world.peer, &[]).await.expect("the truth");
    assert_eq!(liar.asked(), 0, "what the token says is not asked for again");
}

#[tokio::test]
async fn an_address_is_asked_for_where_the_token_has_none_and_counts_like_one_in_it() {
    let world = World::new().await;
    let liar = Liar::of(&world).await;
    invited_at(&world, &liar).await;
    let of = |subject: &str, verified: bool| json!({ "sub": subject, "email": "Nurse@example.jp", "email_verified": verified });
    let refused = liar.tells(&world, StatusCode::OK, of("subject-doctor", true)).await;
    assert!(matches!(refused, Err(SignInError::BadToken)), "it speaks of somebody else: {refused:?}");
    let refused = liar.tells(&world, StatusCode::OK, of("subject-nurse", false)).await;
    assert!(matches!(refused, Err(SignInError::NotInvited)), "nobody verified it: {refused:?}");
    let refused = liar.tells(&world, StatusCode::OK, json!({ "sub": "subject-nurse" })).await;
    assert!(matches!(refused, Err(SignInError::NotInvited)), "no address at all: {refused:?}");
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::UNAUTHORIZED] {
        let down = liar.tells(&world, status, of("subject-nurse", true)).await;
        assert!(matches!(down, Err(SignInError::IssuerDown)), "{status}: {down:?}");
    }
    liar.tells(&world, StatusCode::OK, of("subject-nurse", true)).await.expect("bound by the address");
    // An unverified address in the token itself is an answer: it is not made good by another one.
    let asked = liar.asked();
    liar.says(&world, &world.peer, &[("email_verified", json!(false))]).await.expect("known by now");
    assert_eq!(liar.asked(), asked);
}

/// The issuer ends its session while the person is on the way back from it: no session opens here, and the next one does.
#[tokio::test]
async fn a_session_that_ended_at_the_issuer_meanwhile_opens_none_here() {
    let world = World::new().await;
    let liar = Liar::of(&world).await;
    invited_at(&world, &liar).await;
    let now = world.clock().now().unix_timestamp();
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let ended = json!({ "iss": liar.base, "aud": "portal", "sid": "s-1", "jti": "j-1", "iat": now, "exp": now + 120, "events": event });
    let ended = world.peer.issuer.sign(&ended).expect("signed");
    assert_eq!(world.sign_in.end_by_issuer(world.db(), &ended, world.request()).await.expect("obeyed"), 0);
    let outcome = liar.says(&world, &world.peer, &[("sid", json!("s-1"))]).await;
    assert!(matches!(outcome, Err(SignInError::Refused)), "{outcome:?}");
    liar.says(&world, &world.peer, &[("sid", json!("s-2"))]).await.expect("another session");
}

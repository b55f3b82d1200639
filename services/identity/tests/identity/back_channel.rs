//! What an issuer's logout token ends, and everything that must end nothing.

use crate::world::{Peer, World, issuer_row};
use access::Role;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::{LogoutError, SignedIn, read_session};
use serde_json::{Value, json};
use sqlx::Row;
use store::SystemReason;
use time::Duration;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a JWT, unproved.
fn claims_of(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

impl World {
    /// The name at the issuer of the session behind a sign-in.
    async fn sid(&self, signed_in: &SignedIn) -> String {
        let token: String = sqlx::query_scalar("SELECT id_token FROM sessions WHERE id = $1")
            .bind(signed_in.actor.session.0)
            .fetch_one(&mut self.loader().await)
            .await
            .expect("ID token");
        claims_of(&token)["sid"].as_str().expect("sid").to_owned()
    }

    /// An honest token about a session, with a name of its own.
    fn logout(&self, sid: &str) -> Value {
        let now = self.clock().now().unix_timestamp();
        let jti = kernel::secret::new_key();
        json!({ "iss": self.peer.base, "aud": "portal", "jti": jti, "iat": now, "exp": now + 120, "sid": sid, "events": { EVENT: {} } })
    }

    async fn say(&self, claims: &Value) -> Result<u32, LogoutError> {
        self.hear(&self.peer.issuer.sign(claims).expect("signed")).await
    }

    async fn hear(&self, token: &str) -> Result<u32, LogoutError> {
        self.sign_in.end_by_issuer(self.db(), token, self.request()).await
    }

    async fn lives(&self, signed_in: &SignedIn) -> bool {
        read_session(self.db(), &signed_in.token).await.expect("asked").is_some()
    }
}

#[tokio::test]
async fn a_good_token_ends_the_session_of_its_sid_and_no_other() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    world.member("doctor", Role::Owner).await;
    let (first, second) = (world.enter("nurse").await.expect("in"), world.enter("nurse").await.expect("in"));
    let other = world.enter("doctor").await.expect("in");
    let sid = world.sid(&first).await;
    assert_ne!(sid, world.sid(&second).await);

    assert_eq!(world.say(&world.logout(&sid)).await.expect("obeyed"), 1);
    assert!(!world.lives(&first).await);
    assert!(world.lives(&second).await && world.lives(&other).await, "another browser and another person go on");
    assert_eq!(world.audited("identity.session_ended_by_issuer", first.actor.session.0).await, 1);
    let row = sqlx::query("SELECT system, person_id::text AS person, federation_id, fields::text AS fields FROM audit_entries WHERE verb = 'identity.session_ended_by_issuer' AND subject = $1")
        .bind(first.actor.session.0)
        .fetch_one(&mut world.loader().await)
        .await
        .expect("entry");
    assert_eq!((row.get::<&str, _>("system"), row.get::<Option<&str>, _>("person")), ("back_channel_logout", None));
    assert_eq!(row.get::<i32, _>("federation_id"), world.federation.0);
    assert!(row.get::<&str, _>("fields").contains(&world.issuer.to_string()) && !row.get::<&str, _>("fields").contains(&sid));

    assert_eq!(world.say(&world.logout(&sid)).await.expect("obeyed"), 0, "nothing is left to end, and that is fine");
    assert_eq!(world.say(&world.logout("never-heard-of")).await.expect("obeyed"), 0);
    assert_eq!(world.audited("identity.session_ended_by_issuer", first.actor.session.0).await, 1, "on record once");
}

#[tokio::test]
async fn the_sid_is_kept_as_a_hash_and_survives_a_change_of_seat() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;
    let seat = world.seat(person, world.federation, world.clinic, Role::Owner).await;
    let session = world.enter("nurse").await.expect("in");
    let sid = world.sid(&session).await;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT issuer_sid FROM sessions WHERE id = $1")
        .bind(session.actor.session.0)
        .fetch_one(&mut world.loader().await)
        .await
        .expect("sid");
    assert_eq!(kept, kernel::secret::hash(&sid));
    let token = identity::switch_seat(world.db(), &session.token, seat).await.expect("asked").expect("switched");
    assert_eq!(world.say(&world.logout(&sid)).await.expect("obeyed"), 1);
    assert!(read_session(world.db(), &token).await.expect("asked").is_none());
}

#[tokio::test]
async fn without_a_sid_everything_of_that_subject_at_that_issuer_ends() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    world.member("doctor", Role::Owner).await;
    let mine = [world.enter("nurse").await.expect("in"), world.enter("nurse").await.expect("in")];
    let other = world.enter("doctor").await.expect("in");
    let of = |subject: &str| {
        let mut claims = world.logout("");
        claims.as_object_mut().expect("object").remove("sid");
        claims["sub"] = subject.into();
        claims
    };
    assert_eq!(world.say(&of("subject-nobody")).await.expect("obeyed"), 0);
    assert_eq!(world.say(&of("subject-nurse")).await.expect("obeyed"), 2);
    assert!(!world.lives(&mine[0]).await && !world.lives(&mine[1]).await && world.lives(&other).await);
    // With both, the session must be that person's.
    let mut both = world.logout(&world.sid(&other).await);
    both["sub"] = "subject-nurse".into();
    assert_eq!(world.say(&both).await.expect("obeyed"), 0);
    both["jti"] = "another".into();
    both["sub"] = "subject-doctor".into();
    assert_eq!(world.say(&both).await.expect("obeyed"), 1);
}

#[tokio::test]
async fn a_token_counts_once_also_when_it_comes_twice_at_the_same_instant() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let first = world.enter("nurse").await.expect("in");
    let token = world.peer.issuer.sign(&world.logout(&world.sid(&first).await)).expect("signed");
    let (a, b) = tokio::join!(world.hear(&token), world.hear(&token));
    let done = [&a, &b].into_iter().filter(|outcome| matches!(outcome, Ok(1))).count();
    let replayed = [&a, &b].into_iter().filter(|outcome| matches!(outcome, Err(LogoutError::Replayed))).count();
    assert_eq!((done, replayed), (1, 1), "{a:?} {b:?}");
    assert!(matches!(world.hear(&token).await, Err(LogoutError::Replayed)));
    assert_eq!(world.audited("identity.session_ended_by_issuer", first.actor.session.0).await, 1);
    // The same name under another signature is the same token.
    let mut again = world.logout("other");
    again["jti"] = claims_of(&token)["jti"].clone();
    assert!(matches!(world.say(&again).await, Err(LogoutError::Replayed)));
}

#[tokio::test]
async fn a_used_token_is_remembered_until_nobody_could_show_it_again() {
    let world = World::new().await;
    let token = world.peer.issuer.sign(&world.logout("s")).expect("signed");
    world.hear(&token).await.expect("obeyed");
    let sweep = async || {
        let tx = world.stage.worker().begin_system(SystemReason::SweepSignIns).await.expect("system");
        identity::sweep_sign_ins(&tx).await.expect("swept");
        tx.commit().await.expect("committed");
        world.count("SELECT count(*) FROM issuer_logouts WHERE issuer_id = $1", world.issuer.0).await
    };
    world.wait(Duration::minutes(2));
    assert_eq!(sweep().await, 1);
    assert!(matches!(world.hear(&token).await, Err(LogoutError::Replayed)), "still good, and used");
    world.wait(Duration::minutes(10));
    assert!(matches!(world.hear(&token).await, Err(LogoutError::BadToken)), "too old by now");
    world.wait(Duration::minutes(1));
    assert_eq!(sweep().await, 0);
}

#[tokio::test]
async fn what_is_no_token_of_this_issuer_for_us_ends_nothing() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let session = world.enter("nurse").await.expect("in");
    let sid = world.sid(&session).await;
    let honest = || world.logout(&sid);
    let now = world.clock().now().unix_timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = honest();
        claims[name] = value;
        claims
    };
    let lies = [
        with("aud", json!("another-client")),
        with("aud", json!(["portal", "another-client"])),
        with("iss", json!("https://issuer.example")),
        with("iat", json!(now - 700)),
        with("iat", json!(now + 120)),
        with("exp", json!(now - 61)),
        with("nonce", json!("n")),
        with("events", json!({})),
        with("jti", Value::Null),
    ];
    for lie in lies {
        assert!(matches!(world.say(&lie).await, Err(LogoutError::BadToken)), "{lie}");
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(&json!({ "alg": "none" })), part(&honest()));
    assert!(matches!(world.hear(&unsigned).await, Err(LogoutError::BadToken)), "alg none");
    let id_token: String = sqlx::query_scalar("SELECT id_token FROM sessions WHERE id = $1")
        .bind(session.actor.session.0)
        .fetch_one(&mut world.loader().await)
        .await
        .expect("ID token");
    assert!(matches!(world.hear(&id_token).await, Err(LogoutError::BadToken)), "an ID token");
    assert!(world.lives(&session).await);
    assert_eq!(world.count("SELECT count(*) FROM issuer_logouts WHERE issuer_id = $1", world.issuer.0).await, 0, "nothing was used up");
    assert_eq!(world.say(&honest()).await.expect("obeyed"), 1);
}

/// Another issuer, trusted as well, names a session of ours and a subject of ours: neither is its own.
#[tokio::test]
async fn another_issuer_ends_nothing_of_ours() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let session = world.enter("nurse").await.expect("in");
    let sid = world.sid(&session).await;
    let other = Peer::start(world.clock().clone()).await;
    // One key for all demo issuers of a test run: this one gets its own.
    other.rotate().await;
    issuer_row(&mut world.loader().await, world.federation, &other.base, world.clock()).await;
    let mut own_name = world.logout(&sid);
    own_name["iss"] = other.base.as_str().into();
    assert_eq!(world.hear(&other.issuer.sign(&own_name).expect("signed")).await.expect("obeyed"), 0, "its own sessions only");
    let mut by_subject = own_name.clone();
    by_subject.as_object_mut().expect("object").remove("sid");
    (by_subject["sub"], by_subject["jti"]) = ("subject-nurse".into(), "another".into());
    assert_eq!(world.hear(&other.issuer.sign(&by_subject).expect("signed")).await.expect("obeyed"), 0);
    let our_name = world.logout(&sid);
    assert!(matches!(world.hear(&other.issuer.sign(&our_name).expect("signed")).await, Err(LogoutError::BadToken)), "wrong key");
    assert!(world.lives(&session).await);
}

#[tokio::test]
async fn keys_that_the_issuer_changed_are_asked_for_but_not_at_anybodys_whim() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let session = world.enter("nurse").await.expect("in");
    let sid = world.sid(&session).await;
    world.peer.rotate().await;
    // The keys were asked for a moment ago; whoever shows unknown keys cannot make us ask at every one of them.
    assert!(matches!(world.say(&world.logout(&sid)).await, Err(LogoutError::BadToken)));
    world.wait(Duration::seconds(6));
    assert_eq!(world.say(&world.logout(&sid)).await.expect("obeyed"), 1);
}

#[tokio::test]
async fn an_issuer_that_is_switched_off_still_ends_its_sessions_and_one_that_is_away_does_not() {
    let mut world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let session = world.enter("nurse").await.expect("in");
    let sid = world.sid(&session).await;
    world.wait(Duration::minutes(11));
    let token = world.peer.issuer.sign(&world.logout(&sid)).expect("signed");
    world.peer.stop().await;
    assert!(matches!(world.hear(&token).await, Err(LogoutError::IssuerDown)));
    world.peer.start_again().await;
    world.run("UPDATE issuers SET active = false WHERE id = $1", world.issuer.0).await;
    assert_eq!(world.hear(&token).await.expect("obeyed"), 1, "the failed attempt did not use it up");
    assert!(!world.lives(&session).await);
}

/// The record that the database writes itself holds in the chain like every other.
#[tokio::test]
async fn the_entry_carries_the_hash_that_the_record_expects() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let session = world.enter("nurse").await.expect("in");
    world.say(&world.logout(&world.sid(&session).await)).await.expect("obeyed");
    let row = sqlx::query("SELECT id, federation_id, (extract(epoch FROM at) * 1000000)::bigint AS at, fields::text AS fields, request_id, content_hash FROM audit_entries WHERE subject = $1 AND system IS NOT NULL")
        .bind(session.actor.session.0)
        .fetch_one(&mut world.loader().await)
        .await
        .expect("entry");
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(row.get::<i64, _>("at")) * 1_000).expect("instant");
    let fields: Value = serde_json::from_str(row.get("fields")).expect("fields");
    let subject = session.actor.session.0;
    let expected = store::content_hash(
        row.get("id"),
        row.get("federation_id"),
        at,
        None,
        None,
        Some("back_channel_logout"),
        "identity.session_ended_by_issuer",
        subject,
        &fields,
        row.get("request_id"),
    );
    assert_eq!(row.get::<Vec<u8>, _>("content_hash"), expected);
}

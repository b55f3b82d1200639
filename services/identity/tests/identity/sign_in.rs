//! The way out and back, and everything that must stop it.

use crate::world::{Peer, Trip, World, issuer_row};
use access::Role;
use identity::{Begin, Next, SignInError, StepUp, StepUpOf, needs_step_up, read_session};
use kernel::{Clock, IssuerId, secret};
use time::Duration;
use url::Url;
use uuid::Uuid;

const IDENTITIES: &str = "SELECT count(*) FROM identities WHERE person_id = $1";
const SESSIONS: &str = "SELECT count(*) FROM sessions WHERE person_id = $1 AND revoked_at IS NULL";

#[tokio::test]
async fn an_invited_person_signs_in_and_is_known_from_then_on() {
    let world = World::new().await;
    let (person, seat) = world.member("nurse", Role::Staff).await;
    let listed = world.sign_in.issuers(world.db()).await.expect("issuers");
    assert!(listed.iter().any(|choice| choice.id == world.issuer && choice.name == "会員認証" && choice.federation_name == "連合会"));

    let first = world.enter("nurse").await.expect("signed in");
    assert_eq!((first.actor.person, first.actor.seat, first.next), (person, seat, Next::Ask));
    assert_eq!(first.expires_at, world.clock().now() + Duration::hours(12));
    assert_eq!(world.audited("identity.session_opened", first.actor.session.0).await, 1);
    assert_eq!(world.audited("identity.person_bound", person.0).await, 1);

    world.wait(Duration::MINUTE);
    let again = world.finish(&world.trip(world.begin("nurse"), "pwd").await, Some(&first.token)).await.expect("signed in again");
    assert_ne!(first.token, again.token);
    assert_eq!(again.actor.person, person);
    assert!(read_session(world.db(), &first.token).await.expect("asked").is_none(), "the session before ends");
    assert!(read_session(world.db(), &again.token).await.expect("asked").is_some());
    assert_eq!(world.count(IDENTITIES, person.0).await, 1);
    assert_eq!(world.audited("identity.person_bound", person.0).await, 1, "bound once");
}

#[tokio::test]
async fn the_token_and_the_secrets_of_a_sign_in_are_stored_hashed_only() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;
    let redirect = world.sign_in.begin(world.db(), world.begin("nurse")).await.expect("begun");
    let state = redirect.url.query_pairs().find(|(name, _)| name == "state").expect("state").1.into_owned();
    let mut loader = world.loader().await;
    let row: String = sqlx::query_scalar("SELECT s::text FROM sign_ins s WHERE state_hash = $1")
        .bind(secret::hash(&state).to_vec())
        .fetch_one(&mut loader)
        .await
        .expect("row");
    assert!(!row.contains(&state) && !row.contains(&redirect.browser_secret));
    let signed_in = world.enter("nurse").await.expect("signed in");
    let row: String =
        sqlx::query_scalar("SELECT s::text FROM sessions s WHERE person_id = $1").bind(person.0).fetch_one(&mut loader).await.expect("row");
    assert!(!row.contains(&signed_in.token));
}

#[tokio::test]
async fn the_request_carries_what_protects_it() {
    let world = World::new().await;
    let redirect = world.sign_in.begin(world.db(), world.begin("nurse")).await.expect("begun");
    let field = |name: &str| redirect.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert!(redirect.url.as_str().starts_with(&world.peer.base));
    assert_eq!(field("response_type").as_deref(), Some("code"));
    assert_eq!(field("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(field("scope").as_deref(), Some("openid email"));
    assert_eq!(field("ui_locales").as_deref(), Some("ja"));
    assert!(field("nonce").is_some_and(|nonce| nonce.len() == 64) && field("state").is_some_and(|state| state.len() == 64));
    assert_eq!(field("prompt"), None);
}

#[tokio::test]
async fn a_state_is_used_once_in_its_own_browser_and_soon() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let trip = world.trip(world.begin("nurse"), "pwd").await;

    let mut elsewhere = trip.redirect.clone();
    elsewhere.browser_secret = secret::new_secret().0;
    let other_browser = Trip { redirect: elsewhere, back: trip.back.clone() };
    assert!(matches!(world.finish(&other_browser, None).await, Err(SignInError::StateUnknownOrUsed)));
    let mut none = trip.redirect.clone();
    none.browser_secret = String::new();
    assert!(matches!(world.finish(&Trip { redirect: none, back: trip.back.clone() }, None).await, Err(SignInError::StateUnknownOrUsed)));

    // The wrong browser did not spoil it for the right one.
    world.finish(&trip, None).await.expect("signed in");
    assert!(matches!(world.finish(&trip, None).await, Err(SignInError::StateUnknownOrUsed)), "used");

    let late = world.trip(world.begin("nurse"), "pwd").await;
    world.wait(Duration::minutes(10));
    assert!(matches!(world.finish(&late, None).await, Err(SignInError::StateUnknownOrUsed)), "run out");
    let mut unknown = late;
    unknown.back.state = secret::new_secret().0;
    assert!(matches!(world.finish(&unknown, None).await, Err(SignInError::StateUnknownOrUsed)));
    unknown.back.state = String::new();
    assert!(matches!(world.finish(&unknown, None).await, Err(SignInError::StateUnknownOrUsed)));
}

#[tokio::test]
async fn two_parallel_uses_of_one_answer_open_one_session() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;
    let trip = world.trip(world.begin("nurse"), "pwd").await;
    let (a, b) = tokio::join!(world.finish(&trip, None), world.finish(&trip, None));
    assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1);
    assert_eq!(world.count(SESSIONS, person.0).await, 1);
}

#[tokio::test]
async fn two_tabs_of_one_browser_both_come_through() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let first = world.trip(world.begin("nurse"), "pwd").await;
    let kept = first.redirect.browser_secret.clone();
    let second = world.trip(Begin { browser_secret: Some(&kept), ..world.begin("nurse") }, "pwd").await;
    assert_eq!(second.redirect.browser_secret, kept);
    world.finish(&first, None).await.expect("first tab");
    world.finish(&second, None).await.expect("second tab");
    let forged = world.sign_in.begin(world.db(), Begin { browser_secret: Some("planted"), ..world.begin("nurse") }).await.expect("begun");
    assert_ne!(forged.browser_secret, "planted");
}

#[tokio::test]
async fn an_answer_to_another_question_is_refused() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;

    // Another nonce than asked for.
    let redirect = world.sign_in.begin(world.db(), world.begin("nurse")).await.expect("begun");
    let mut url = redirect.url.clone();
    let pairs: Vec<(String, String)> = redirect
        .url
        .query_pairs()
        .map(|(name, value)| (name.to_string(), if name == "nonce" { "planted".into() } else { value.into() }))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(&pairs);
    let back = world.visit(&url, "pwd").await;
    assert!(matches!(world.finish(&Trip { redirect, back }, None).await, Err(SignInError::BadToken)), "nonce");

    // A code that somebody else's sign-in was given (PKCE).
    let mine = world.trip(world.begin("nurse"), "pwd").await;
    let theirs = world.trip(world.begin("nurse"), "pwd").await;
    let mut mixed = Trip { redirect: mine.redirect.clone(), back: mine.back.clone() };
    mixed.back.code = theirs.back.code.clone();
    assert!(matches!(world.finish(&mixed, None).await, Err(SignInError::BadToken)), "code");

    // An answer that names another issuer, or none where the issuer promises to (RFC 9207).
    for iss in [Some("http://127.0.0.1:9".to_owned()), None] {
        let mut trip = world.trip(world.begin("nurse"), "pwd").await;
        trip.back.iss = iss.clone();
        assert!(matches!(world.finish(&trip, None).await, Err(SignInError::BadToken)), "{iss:?}");
    }

    let mut empty = world.trip(world.begin("nurse"), "pwd").await;
    empty.back.code = None;
    assert!(matches!(world.finish(&empty, None).await, Err(SignInError::BadToken)));
    assert_eq!(world.count(IDENTITIES, person.0).await, 0, "nobody was bound by any of it");
}

#[tokio::test]
async fn a_token_for_another_client_is_refused() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let trip = world.trip(world.begin("nurse"), "pwd").await;
    // The row changes while the person is away: the issuer does not know this client.
    world.run("UPDATE issuers SET client_id = 'another' WHERE id = $1", world.issuer.0).await;
    assert!(matches!(world.finish(&trip, None).await, Err(SignInError::BadToken)));
}

#[tokio::test]
async fn an_old_token_is_refused_by_the_portals_own_clock() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    // The issuer's clock stands; the portal's is an hour ahead, so its tokens ran out long ago.
    let slow = Peer::start(Clock::held(world.clock().now())).await;
    world.wait(Duration::hours(1));
    let issuer = issuer_row(&mut world.loader().await, world.federation, &slow.base, world.clock()).await;
    let trip = world.trip(Begin { issuer, ..world.begin("nurse") }, "pwd").await;
    assert!(matches!(world.finish(&trip, None).await, Err(SignInError::BadToken)));
}

#[tokio::test]
async fn the_issuers_own_no_has_its_own_words() {
    let world = World::new().await;
    for (error, word) in [("access_denied", "refused"), ("temporarily_unavailable", "issuer_down"), ("invalid_scope", "bad_token")] {
        let mut trip = world.trip(world.begin("nurse"), "pwd").await;
        trip.back.code = None;
        trip.back.error = Some(error.into());
        let refused = world.finish(&trip, None).await.expect_err("refused");
        assert_eq!(refused.word(), word);
        assert!(matches!(world.finish(&trip, None).await, Err(SignInError::StateUnknownOrUsed)), "and is used up");
    }
}

#[tokio::test]
async fn nobody_comes_in_uninvited() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;
    assert!(matches!(world.enter("stranger").await, Err(SignInError::NotInvited)));
    let planted = Begin { invitation: Some("no such link"), ..world.begin("stranger") };
    assert!(matches!(world.finish(&world.trip(planted, "pwd").await, None).await, Err(SignInError::NotInvited)));
    let empty = Begin { invitation: Some(""), ..world.begin("stranger") };
    assert!(matches!(world.finish(&world.trip(empty, "pwd").await, None).await, Err(SignInError::NotInvited)), "an empty link is no link");

    world.wait(Duration::days(1));
    assert!(matches!(world.enter("nurse").await, Err(SignInError::NotInvited)), "the invitation ran out");
    assert_eq!(world.count(IDENTITIES, person.0).await, 0);
}

#[tokio::test]
async fn a_link_binds_whoever_opens_it_first_and_nobody_after() {
    let world = World::new().await;
    let person = world.person().await;
    world.seat(person, world.federation, world.clinic, Role::Staff).await;
    let link = secret::new_secret().0;
    world.invitation(person, "somebody@example.jp", Some(&link)).await;
    let ask = |key| Begin { invitation: Some(&link), ..world.begin(key) };
    let (nurse, doctor) = (world.trip(ask("nurse"), "pwd").await, world.trip(ask("doctor"), "pwd").await);
    assert_eq!(world.finish(&nurse, None).await.expect("bound by the link").actor.person, person);
    assert!(matches!(world.finish(&doctor, None).await, Err(SignInError::NotInvited)));
    assert_eq!(world.count(IDENTITIES, person.0).await, 1);
}

#[tokio::test]
async fn two_people_with_one_link_at_the_same_instant_bind_once() {
    let world = World::new().await;
    for round in 0..8 {
        let person = world.person().await;
        world.seat(person, world.federation, world.clinic, Role::Staff).await;
        let (link, keys) = (secret::new_secret().0, ["nurse", "doctor", "stranger", "chief"]);
        world.invitation(person, &format!("somebody{round}@example.jp"), Some(&link)).await;
        let ask = |key| Begin { invitation: Some(&link), ..world.begin(key) };
        let (a, b) = (world.trip(ask(keys[round % 4]), "pwd").await, world.trip(ask(keys[(round + 1) % 4]), "pwd").await);
        sqlx::query("DELETE FROM identities WHERE issuer_id = $1")
            .bind(world.issuer.0)
            .execute(&mut world.loader().await)
            .await
            .expect("forgotten");
        let (a, b) = tokio::join!(world.finish(&a, None), world.finish(&b, None));
        assert_eq!([&a, &b].iter().filter(|outcome| outcome.is_ok()).count(), 1, "round {round}");
        assert_eq!([&a, &b].iter().filter(|outcome| matches!(outcome, Err(SignInError::NotInvited))).count(), 1, "round {round}");
        assert_eq!(world.count(IDENTITIES, person.0).await, 1, "round {round}");
    }
}

#[tokio::test]
async fn one_person_invited_by_address_in_two_tabs_is_bound_once_and_comes_in_twice() {
    let world = World::new().await;
    for round in 0..8 {
        let (person, _) = world.member("nurse", Role::Staff).await;
        let (a, b) = (world.trip(world.begin("nurse"), "pwd").await, world.trip(world.begin("nurse"), "pwd").await);
        let (a, b) = tokio::join!(world.finish(&a, None), world.finish(&b, None));
        assert_eq!(a.expect("first tab").actor.person, person, "round {round}");
        assert_eq!(b.expect("second tab").actor.person, person, "round {round}");
        assert_eq!(world.count(IDENTITIES, person.0).await, 1, "round {round}");
        world.run("DELETE FROM identities WHERE person_id = $1", person.0).await;
    }
}

#[tokio::test]
async fn a_person_without_a_live_seat_is_told_so() {
    let world = World::new().await;
    let (_, seat) = world.member("nurse", Role::Staff).await;
    world.run("UPDATE seats SET ended_at = now() WHERE id = $1", seat.0).await;
    assert!(matches!(world.enter("nurse").await, Err(SignInError::NoLiveSeat)));
}

#[tokio::test]
async fn the_second_factor_is_read_from_the_class_and_a_step_up_brings_it() {
    let world = World::new().await;
    let (person, _) = world.member("nurse", Role::Staff).await;
    let weak = world.enter("nurse").await.expect("signed in");
    assert!(!weak.actor.sign_in.second_factor);
    assert_eq!(weak.actor.sign_in.amr, ["pwd"]);
    assert_eq!(weak.actor.sign_in.auth_time.unix_timestamp(), world.clock().now().unix_timestamp());
    let wish = StepUp { second_factor: true, max_age: Duration::minutes(5) };
    assert!(needs_step_up(&weak.actor, &wish, world.clock().now()));

    let ask = Begin { step_up: Some(StepUpOf::of(&weak.actor, wish)), ..world.begin("nurse") };
    let redirect = world.sign_in.begin(world.db(), ask).await.expect("begun");
    let asked: Vec<String> = redirect
        .url
        .query_pairs()
        .filter(|(name, _)| matches!(name.as_ref(), "prompt" | "max_age" | "acr_values"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(
        asked.contains(&"prompt=login".into())
            && asked.contains(&"max_age=300".into())
            && asked.contains(&format!("acr_values={}", demo::issuer::ACR_TWO_FACTORS)),
        "{asked:?}"
    );

    let strong = world.step_up("nurse", StepUpOf::of(&weak.actor, wish), "otp", &weak.token).await.expect("stepped up");
    assert_eq!((strong.actor.person, strong.actor.seat), (person, weak.actor.seat));
    assert!(strong.actor.sign_in.second_factor && !needs_step_up(&strong.actor, &wish, world.clock().now()));
    assert_ne!(strong.token, weak.token);
    assert!(read_session(world.db(), &weak.token).await.expect("asked").is_none());
    world.wait(Duration::minutes(5) + Duration::SECOND);
    assert!(needs_step_up(&strong.actor, &wish, world.clock().now()));
}

#[tokio::test]
async fn only_who_went_to_step_up_may_come_back() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let (doctor, _) = world.member("doctor", Role::Owner).await;
    let nurse = world.enter("nurse").await.expect("signed in");
    let wish = StepUpOf::of(&nurse.actor, StepUp { second_factor: true, max_age: Duration::minutes(5) });
    assert!(matches!(world.step_up("doctor", wish, "otp", &nurse.token).await, Err(SignInError::StepUpOther)));
    assert_eq!(world.count(IDENTITIES, doctor.0).await, 0, "a step-up binds nobody, invited or not");
    world.enter("doctor").await.expect("the invitation is still open");
    assert!(matches!(world.step_up("doctor", wish, "otp", &nurse.token).await, Err(SignInError::StepUpOther)), "a known other neither");
    assert!(read_session(world.db(), &nurse.token).await.expect("asked").is_some(), "the session before goes on");
}

#[tokio::test]
async fn a_new_signing_key_is_fetched_when_it_is_met() {
    let world = World::new().await;
    world.member("nurse", Role::Staff).await;
    world.enter("nurse").await.expect("with the first key");
    let trip = world.trip(world.begin("nurse"), "pwd").await;
    world.peer.rotate().await;
    // The clock stands still, so what the portal remembers of the issuer is as fresh as can be.
    world.finish(&trip, None).await.expect("with the second key");
    world.enter("nurse").await.expect("and after");
}

#[tokio::test]
async fn an_issuer_that_is_down_is_named_and_sessions_go_on() {
    let mut world = World::new().await;
    world.member("nurse", Role::Staff).await;
    let signed_in = world.enter("nurse").await.expect("signed in");
    let trip = world.trip(world.begin("nurse"), "pwd").await;
    world.sign_in.probe(world.db(), world.issuer).await.expect("alive");
    world.peer.stop().await;

    assert!(matches!(world.finish(&trip, None).await, Err(SignInError::IssuerDown)), "on the way back");
    assert!(read_session(world.db(), &signed_in.token).await.expect("asked").is_some());
    // A few seconds later the portal no longer believes what it remembers.
    world.wait(Duration::seconds(6));
    assert!(matches!(world.sign_in.begin(world.db(), world.begin("nurse")).await, Err(SignInError::IssuerDown)), "on the way out");
    assert!(matches!(world.sign_in.probe(world.db(), world.issuer).await, Err(identity::ProbeError::Down(_))));
    let many = futures::future::join_all((0..8).map(|_| world.sign_in.begin(world.db(), world.begin("nurse")))).await;
    assert!(many.iter().all(|outcome| matches!(outcome, Err(SignInError::IssuerDown))));

    world.peer.start_again().await;
    world.enter("nurse").await.expect("back without waiting");
}

#[tokio::test]
async fn a_silent_issuer_costs_everybody_one_patience() {
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let base = format!("http://{}", listener.local_addr().expect("address"));
    let issuer = issuer_row(&mut world.loader().await, world.federation, &base, world.clock()).await;
    let begin = || world.sign_in.begin(world.db(), Begin { issuer, ..world.begin("nurse") });
    // Nobody ever accepts: the connection stands in the queue and no answer comes.
    let waiting = futures::future::join_all([begin(), begin(), begin(), begin()]);
    let outcomes = tokio::time::timeout(std::time::Duration::from_secs(8), waiting).await.expect("five seconds, not twenty");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(SignInError::IssuerDown))));
    drop(listener);
}

#[tokio::test]
async fn a_redirecting_or_lying_issuer_is_not_believed() {
    use axum::http::{StatusCode, header};
    use axum::routing::get;
    let world = World::new().await;
    let document = "/.well-known/openid-configuration";
    let real = Url::parse(&format!("{}{document}", world.peer.base)).expect("address");
    let copy = world.get(real).await.text().await.expect("metadata");
    for (case, good) in
        [("honest", true), ("redirect", false), ("another's", false), ("html", false), ("endless", false), ("broken", false)]
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let own = copy.replace(&format!("\"issuer\":\"{}\"", world.peer.base), &format!("\"issuer\":\"{base}\""));
        assert_ne!(own, copy);
        let (status, kind, body) = match case {
            "redirect" => (StatusCode::FOUND, "application/json", String::new()),
            "another's" => (StatusCode::OK, "application/json", copy.clone()),
            "html" => (StatusCode::OK, "text/html", "<html>maintenance</html>".into()),
            "endless" => (StatusCode::OK, "application/json", own.clone() + &" ".repeat(600_000)),
            "broken" => (StatusCode::BAD_GATEWAY, "application/json", own.clone()),
            _ => (StatusCode::OK, "application/json", own.clone()),
        };
        let answer = (status, [(header::CONTENT_TYPE, kind), (header::LOCATION, "/moved")], body);
        let moved = ([(header::CONTENT_TYPE, "application/json")], own);
        let router =
            axum::Router::new().route(document, get(async move || answer.clone())).route("/moved", get(async move || moved.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let issuer = issuer_row(&mut world.loader().await, world.federation, &base, world.clock()).await;
        let outcome = world.sign_in.begin(world.db(), Begin { issuer, ..world.begin("nurse") }).await;
        assert!(if good { outcome.is_ok() } else { matches!(outcome, Err(SignInError::IssuerDown)) }, "{case}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_switched_off_or_unknown_issuer_is_none() {
    let world = World::new().await;
    let unknown = IssuerId(Uuid::from_u128(7));
    assert!(matches!(
        world.sign_in.begin(world.db(), Begin { issuer: unknown, ..world.begin("nurse") }).await,
        Err(SignInError::NoSuchIssuer)
    ));
    let trip = world.trip(world.begin("nurse"), "pwd").await;
    world.run("UPDATE issuers SET active = false WHERE id = $1", world.issuer.0).await;
    assert!(matches!(world.finish(&trip, None).await, Err(SignInError::NoSuchIssuer)));
    assert!(world.sign_in.issuers(world.db()).await.expect("issuers").iter().all(|choice| choice.id != world.issuer));
}

//! What an independent OpenID provider does beyond the suite of the front door: its own logout, changed keys, factors, and what it
//! refuses of us.

use crate::stage;
use sqlx::Row;
use tests::{Browser, Form, Page, Peer, Stage, claims_of, form};
use time::Duration;
use url::Url;

const SESSION: &str = web::guard::SESSION;

/// A field of an address.
fn field(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The same address with another value in a field; None takes it away.
fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url
}

/// The ID token that the portal keeps of a browser's session.
async fn id_token(stage: &Stage, browser: &Browser) -> String {
    let hash = kernel::secret::hash(&browser.cookie(SESSION).expect("signed in"));
    let sql = "SELECT id_token FROM sessions WHERE token_hash = $1";
    sqlx::query_scalar(sql).bind(hash.to_vec()).fetch_one(&mut stage.god().await).await.expect("a session")
}

async fn is_in(browser: &Browser) -> bool {
    let page = browser.get("/sessions").await;
    page.status.as_u16() == 200
}

async fn signed_in(stage: &Stage, issuer: &Peer, key: &str) -> Browser {
    let browser = Browser::new(stage);
    browser.sign_in(issuer, key).await.leads();
    browser
}

/// Presses "sign out" on the provider's own page, and on the page that asks whether one is sure.
async fn sign_out_there(browser: &Browser, issuer: &Peer) {
    let at = Url::parse(&format!("{}/logout", issuer.base)).expect("address");
    let page = browser.abroad.get(&at).await.text().await.expect("page");
    let (action, mut fields) = form(&page).unwrap_or_else(|| panic!("no form: {page}"));
    fields.push(("logout".into(), "yes".into()));
    let answer = browser.abroad.post(&at.join(&action).expect("address"), &fields).await;
    assert!(answer.status().is_redirection(), "{}", answer.status());
}

#[tokio::test]
async fn signing_out_at_the_provider_ends_the_portals_session_by_the_providers_own_post() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let (here, elsewhere, other) = (
        signed_in(&stage, &issuer, "aizawa").await,
        signed_in(&stage, &issuer, "aizawa").await,
        signed_in(&stage, &issuer, "morishita").await,
    );
    assert!(claims_of(&id_token(&stage, &here).await)["sid"].is_string());
    sign_out_there(&here, &issuer).await;
    assert_eq!(issuer.log(), "", "the provider was answered as it expects");
    assert!(!is_in(&here).await);
    assert!(is_in(&elsewhere).await && is_in(&other).await, "the same person in another browser, and somebody else, go on");
    let sql = "SELECT system, count(*) FROM audit_entries WHERE verb = 'identity.session_ended_by_issuer' GROUP BY system";
    let entry = sqlx::query(sql).fetch_one(&mut stage.god().await).await.expect("one kind of entry");
    assert_eq!((entry.get::<&str, _>(0), entry.get::<i64, _>(1)), ("back_channel_logout", 1));
    assert_eq!(here.sign_in(&issuer, "aizawa").await.leads(), "/", "and in again");
}

/// How many sessions were ended by the provider.
async fn ended(stage: &Stage) -> i64 {
    let sql = "SELECT count(*) FROM audit_entries WHERE verb = 'identity.session_ended_by_issuer'";
    sqlx::query_scalar(sql).fetch_one(&mut stage.god().await).await.expect("count")
}

#[tokio::test]
async fn the_providers_own_post_ends_nothing_when_it_comes_again() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let browser = signed_in(&stage, &issuer, "aizawa").await;
    sign_out_there(&browser, &issuer).await;
    let posted = issuer.posted();
    let [post] = posted.as_slice() else { panic!("not one post: {posted:?}") };
    assert_eq!((post.status, post.claims()["aud"].as_str(), ended(&stage).await), (200, Some("tomoshibi-1"), 1));
    browser.sign_in(&issuer, "aizawa").await.leads();
    for _ in 0..2 {
        assert_eq!(issuer.post_again(post).await, 400, "the same token again");
    }
    assert!(is_in(&browser).await, "who came back goes on");
    assert_eq!(ended(&stage).await, 1);
}

#[tokio::test]
async fn what_the_provider_says_to_another_of_its_clients_ends_nothing_here() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let (here, elsewhere) = (signed_in(&stage, &issuer, "aizawa").await, signed_in(&stage, &issuer, "aizawa").await);
    let back = here.abroad.go(issuer.sign_in_elsewhere("aizawa")).await;
    assert!(field(&back, "code").is_some(), "the other client was signed in: {back}");
    sign_out_there(&here, &issuer).await;
    let mut posted = issuer.posted();
    posted.sort_by_key(|post| post.status);
    let [ours, others] = posted.as_slice() else { panic!("not two posts: {posted:?}") };
    assert_eq!((ours.status, ours.claims()["aud"].as_str()), (200, Some("tomoshibi-1")));
    assert_eq!((others.status, others.claims()["aud"].as_str()), (400, Some("another-portal")), "signed by the same provider, for another");
    assert_eq!(ours.claims()["sub"], others.claims()["sub"], "of the same person");
    assert!(!is_in(&here).await && is_in(&elsewhere).await);
    assert_eq!(ended(&stage).await, 1);
    assert!(issuer.log().contains("back-channel logout"), "the provider is told that it was refused");
}

/// At the provider, somebody else takes the same browser: it ends the first one's session there, and says so.
#[tokio::test]
async fn whoever_is_followed_by_somebody_else_at_the_provider_is_signed_out_here() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let browser = signed_in(&stage, &issuer, "aizawa").await;
    let first = browser.cookie(SESSION).expect("session");
    let button = browser.get("/").await.form("/sign-out").with("next", "home");
    let to = browser.onward(&Form { action: format!("/sign-in/{}", issuer.id), ..button }).await;
    browser.come_back(to, "morishita").await.leads();
    let page = browser.get("/").await.expect(200);
    assert!(page.body.contains("森下"), "{}", page.body);
    let hash = kernel::secret::hash(&first).to_vec();
    let ended: bool = sqlx::query_scalar("SELECT revoked_at IS NOT NULL FROM sessions WHERE token_hash = $1")
        .bind(hash)
        .fetch_one(&mut stage.god().await)
        .await
        .expect("session");
    assert!(ended);
    assert_eq!(issuer.log(), "");
}

#[tokio::test]
async fn signing_out_here_goes_to_the_provider_with_the_hint_and_comes_back() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let browser = signed_in(&stage, &issuer, "aizawa").await;
    let kept = id_token(&stage, &browser).await;
    let out = browser.onward(&browser.get("/").await.form("/sign-out")).await;
    assert_eq!(field(&out, "id_token_hint"), Some(kept));
    assert_eq!(field(&out, "post_logout_redirect_uri").as_deref(), Some("http://localhost:8780/signed-out"));
    assert!(!is_in(&browser).await, "ended here before anybody was asked there");

    let elsewhere = with(&out, "post_logout_redirect_uri", Some("http://localhost:8780/anywhere"));
    assert_eq!(browser.abroad.get(&elsewhere).await.status().as_u16(), 400, "not an address that is registered");
    let page = browser.abroad.get(&out).await.text().await.expect("page");
    let (action, mut fields) = form(&page).unwrap_or_else(|| panic!("no form: {page}"));
    fields.push(("logout".into(), "yes".into()));
    let answer = browser.abroad.post(&out.join(&action).expect("address"), &fields).await;
    let back = Url::parse(answer.headers()["location"].to_str().expect("text")).expect("address");
    assert_eq!((back.path(), field(&back, "state")), ("/signed-out", field(&out, "state")));
    browser.get("/signed-out").await.expect(200);
    assert_eq!(
        issuer.log(),
        "end_session.error: invalid_request ",
        "of the wrong address; its post about a session that had ended here already was fine"
    );
    // Nothing is left there either: without a name the provider would have to ask.
    let to = browser.leave_for(&browser.get("/sign-in").await, &issuer).await;
    assert!(browser.abroad.get(&to).await.headers()["location"].to_str().expect("text").contains("/interaction/"));
}

#[tokio::test]
async fn the_provider_demands_pkce_and_gives_a_code_to_nobody_without_it() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let browser = Browser::new(&stage);
    let to = browser.leave_for(&browser.get("/sign-in").await, &issuer).await;
    assert_eq!(field(&to, "code_challenge_method").as_deref(), Some("S256"));
    let refused = async |to: Url| browser.get(&browser.answer_of(to, "aizawa").await).await;
    let without = with(&with(&to, "code_challenge", None), "code_challenge_method", None);
    refused(without).await.expect(400);
    // A code that was made for another challenge than ours is worth nothing to us.
    let to = browser.leave_for(&browser.get("/sign-in").await, &issuer).await;
    refused(with(&to, "code_challenge", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"))).await.expect(400);
    assert_eq!(browser.cookie(SESSION), None);
    assert_eq!(browser.sign_in(&issuer, "aizawa").await.leads(), "/");
}

#[tokio::test]
async fn another_nonce_and_another_issuers_answer_are_refused() {
    let stage = stage().await;
    let (first, second) = (Peer::of_story(&stage).await, Peer::another(&stage, "もう一つの窓口").await);
    let browser = Browser::new(&stage);
    let to = browser.leave_for(&browser.get("/sign-in").await, &first).await;
    let nonce = with(&to, "nonce", Some("planted"));
    browser.get(&browser.answer_of(nonce, "aizawa").await).await.expect(400);
    // The question for the first issuer, answered by the second (mix-up): it names itself, and is not the one that was asked.
    let to = browser.leave_for(&browser.get("/sign-in").await, &first).await;
    let there = Url::parse(&to.as_str().replace(&first.base, &second.base)).expect("address");
    let answer = browser.answer_of(there, "aizawa").await;
    assert!(answer.contains("iss="), "{answer}");
    browser.get(&answer).await.expect(400);
    assert_eq!(browser.cookie(SESSION), None);
    // Both do sign people in: each its own.
    browser.sign_in(&first, "aizawa").await.leads();
    Browser::new(&stage).sign_in(&second, "aizawa").await.expect(403);
}

#[tokio::test]
async fn changed_keys_are_fetched_and_old_tokens_are_still_good_for_signing_out() {
    let stage = stage().await;
    let mut issuer = Peer::of_story(&stage).await;
    let browser = signed_in(&stage, &issuer, "aizawa").await;
    issuer.change_keys().await;
    assert!(is_in(&browser).await, "who is signed in goes on");
    // The keys are remembered from a moment ago, and are not the ones any more.
    let newcomer = Browser::new(&stage);
    assert_eq!(newcomer.sign_in(&issuer, "morishita").await.leads(), "/");
    assert!(stage.clock.advance(Duration::seconds(6)));
    sign_out_there(&newcomer, &issuer).await;
    assert!(!is_in(&newcomer).await && is_in(&browser).await);
    assert_eq!(issuer.log(), "");
    // The provider does not know its old signature any more. It says so; here the session has ended all the same.
    let out = browser.onward(&browser.get("/").await.form("/sign-out")).await;
    assert_eq!(browser.abroad.get(&out).await.status().as_u16(), 400);
    assert!(!is_in(&browser).await);
}

/// The page that asks for more, and where it leads.
async fn step_up(browser: &Browser, wants: &str, factor: &str) -> Page {
    let to = browser.onward(&browser.get(wants).await.expect(200).form("/step-up")).await;
    assert_eq!((field(&to, "prompt").as_deref(), field(&to, "max_age").is_some()), (Some("login"), true), "{to}");
    browser.come_back(with(&to, "factor", Some(factor)), "aizawa").await
}

#[tokio::test]
async fn a_second_factor_is_what_the_provider_says_and_a_step_up_brings_it() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let browser = Browser::new(&stage);
    let to = browser.leave_for(&browser.get("/sign-in").await, &issuer).await;
    browser.come_back(with(&to, "factor", Some("pwd")), "aizawa").await.leads();
    let claims = claims_of(&id_token(&stage, &browser).await);
    assert_eq!((claims["acr"].as_str(), claims["auth_time"].is_i64()), (Some("urn:tomoshibi:acr:1"), true), "{claims}");
    let wants = "/step-up?next=sessions&minutes=30&factor=1";
    // Once more without it: not enough, and it is asked for again.
    step_up(&browser, wants, "pwd").await.leads();
    assert_eq!(claims_of(&id_token(&stage, &browser).await)["acr"], "urn:tomoshibi:acr:1");
    assert_eq!(step_up(&browser, wants, "otp").await.leads(), "/sessions");
    let claims = claims_of(&id_token(&stage, &browser).await);
    assert_eq!(claims["acr"], "urn:tomoshibi:acr:2");
    assert_eq!(browser.get(wants).await.leads(), "/sessions", "the proof is fresh now");
}

/// The provider keeps the address for `userinfo`, as the standard has it: whoever was invited by address is bound all the same.
#[tokio::test]
async fn an_address_that_only_userinfo_tells_binds_the_invited_person() {
    let stage = stage().await;
    let issuer = Peer::of_story(&stage).await;
    let browser = signed_in(&stage, &issuer, "aizawa").await;
    let claims = claims_of(&id_token(&stage, &browser).await);
    assert!(claims.get("email").is_none(), "{claims}");
    let sql = "SELECT verified_at IS NOT NULL FROM people_contacts WHERE person_id = (SELECT person_id FROM identities WHERE subject = 'subject-aizawa')";
    let verified: bool = sqlx::query_scalar(sql).fetch_one(&mut stage.god().await).await.expect("contact");
    assert!(verified, "and letters may go there");
}

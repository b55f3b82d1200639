//! The front door over HTTP, with real issuers: the way out, the way back, invitations, an issuer that is down or ill, and
//! which issuer is asked when there are several.

use crate::{Issuer, stage};
use identity::{NewInvitation, invite, permit_invite};
use kernel::{IssuerId, PersonId};
use sqlx::Row;
use tests::{Browser, Form, Stage};
use time::Duration;
use uuid::Uuid;

const SESSION: &str = web::guard::SESSION;

async fn person_id(stage: &Stage, key: &str) -> Uuid {
    let email = portal::story::demo_people().expect("people").into_iter().find(|p| p.key == key).expect("of the story").email;
    let sql = "SELECT person_id FROM people_contacts WHERE email = $1";
    sqlx::query_scalar(sql).bind(email).fetch_one(&mut stage.god().await).await.expect("person")
}

/// An administrator invites a person of the story, at an address that is nobody's at the issuer.
async fn invite_by_letter(stage: &Stage, issuer: &Issuer, key: &str) {
    let actor = stage.sign_in("wakabayashi").await.actor(stage).await;
    let person = PersonId(person_id(stage, key).await);
    let invitation = NewInvitation { issuer: IssuerId(issuer.id), email: format!("{key}@letters.example"), valid_for: Duration::days(14) };
    let tx = stage.db().begin(&actor, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
    invite(&tx, permit_invite(&actor, person).expect("permit"), invitation, &stage.bench.links).await.expect("invited");
    tx.commit().await.expect("kept");
}

/// The same, and the letter is opened: the path of its link.
async fn invited(stage: &Stage, issuer: &Issuer, key: &str) -> String {
    let before = stage.letters.sent().len();
    invite_by_letter(stage, issuer, key).await;
    stage.work().await;
    let letters = stage.letters.sent();
    assert_eq!(letters.len(), before + 1, "one letter");
    let letter = letters.last().expect("a letter");
    assert_eq!((letter.to().as_str(), letter.event()), (format!("{key}@letters.example").as_str(), "identity.person_invited.v1"));
    let link =
        letter.body_text().lines().find_map(|line| line.trim().strip_prefix("http://localhost:8780")).expect("a link on its own line");
    link.to_owned()
}

#[tokio::test]
async fn the_way_to_an_issuer_is_a_page_that_moves_on_and_no_policy_names_the_issuer() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let browser = Browser::new(&stage);
    let plain = stage.sign_in("aizawa").await.get("/sessions").await.headers["content-security-policy"].clone();
    let page = browser.get("/sign-in").await.expect(200);
    assert_eq!(page.headers["content-security-policy"], plain, "the sign-in page has the policy of every page");
    let left = browser.send_form(&page.form(&format!("/sign-in/{}", issuer.id))).await.expect(200);
    assert_eq!(left.headers["content-security-policy"], plain);
    assert_eq!(left.headers["cache-control"], "no-store");
    let refresh = left.headers["refresh"].to_str().expect("text");
    assert!(refresh.starts_with(&format!("0; url={}/authorize?", issuer.base)), "{refresh}");
    assert_eq!(browser.sign_in(&issuer, "aizawa").await.leads(), "/");
    assert!(browser.get("/").await.expect(200).body.contains("相沢"));
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let (mine, theirs) = (Browser::new(&stage), Browser::new(&stage));
    let to = mine.leave_for(&mine.get("/sign-in").await, &issuer).await;
    let answer = mine.answer_of(to, "aizawa").await;
    // Login CSRF: somebody is made to open another's answer, also while a sign-in of their own is under way.
    theirs.get(&answer).await.expect(400);
    theirs.leave_for(&theirs.get("/sign-in").await, &issuer).await;
    theirs.get(&answer).await.expect(400);
    assert_eq!(theirs.cookie(SESSION), None);
    mine.get(&answer).await.leads();
    let first = mine.cookie(SESSION);
    mine.get(&answer).await.expect(400);
    assert_eq!(mine.cookie(SESSION), first, "the session of the first use goes on");
}

#[tokio::test]
async fn nobody_is_sent_anywhere_but_to_an_issuer_or_a_place_of_ours() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let browser = Browser::new(&stage);
    let form = browser.get("/sign-in").await.form(&format!("/sign-in/{}", issuer.id));
    for next in ["https://evil.example", "//evil.example", "/queue", "home\r\nx: y"] {
        browser.send_form(&form.clone().with("next", next)).await.expect(400);
        browser
            .get(&format!("/sign-in?next={}", url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>()))
            .await
            .expect(400);
    }
    browser.send_form(&Form { action: format!("/sign-in/{}", Uuid::nil()), ..form }).await.expect(404);
    assert_eq!(browser.get(&format!("/sign-in/{}", issuer.id)).await.status.as_u16(), 404, "a GET begins nothing");
}

#[tokio::test]
async fn an_invitation_is_redeemed_once_and_leads_to_the_invited_seat() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let link = invited(&stage, &issuer, "aizawa").await;
    let newcomer = Browser::new(&stage);
    let page = newcomer.get(&link).await.expect(200);
    assert_eq!(page.headers["x-robots-tag"], "noindex");
    let absent = newcomer.get(&format!("/invite/{}", "0".repeat(64))).await.expect(200);
    let hide = |page: &tests::Page, link: &str| page.body.replace(link.rsplit('/').next().expect("token"), "TOKEN");
    assert_eq!(hide(&page, &link), hide(&absent, &"0".repeat(64)), "the page does not tell what a link is worth");

    // The issuer knows this account by an address that no invitation names: only the link binds it.
    let to = newcomer.leave_for(&page, &issuer).await;
    assert_eq!(newcomer.come_back(to, "stranger").await.leads(), "/");
    let home = newcomer.get("/").await.expect(200);
    assert!(home.body.contains("相沢") && home.body.contains("ひだまり内科クリニック"), "{}", home.body);
    let mut god = stage.god().await;
    let bound = sqlx::query("SELECT person_id, (SELECT count(*) FROM invitations WHERE used_at IS NOT NULL) AS used FROM identities WHERE subject = 'subject-stranger'")
        .fetch_one(&mut god)
        .await
        .expect("bound");
    assert_eq!((bound.get::<Uuid, _>("person_id"), bound.get::<i64, _>("used")), (person_id(&stage, "aizawa").await, 1));

    // Somebody else with the same link: a clear page, no session, nobody bound.
    let late = Browser::new(&stage);
    let to = late.leave_for(&late.get(&link).await.expect(200), &issuer).await;
    let refused = late.come_back(to, "other-stranger").await.expect(403);
    assert!(refused.body.contains("この方は、まだ招待されていません") && refused.body.contains("招待をたのんで"), "{}", refused.body);
    assert_eq!(late.cookie(SESSION), None);
    let strangers: i64 = sqlx::query_scalar("SELECT count(*) FROM identities WHERE subject = 'subject-other-stranger'")
        .fetch_one(&mut god)
        .await
        .expect("count");
    assert_eq!(strangers, 0);
    // The invited person comes again from anywhere, without any link.
    assert_eq!(Browser::new(&stage).sign_in(&issuer, "stranger").await.leads(), "/");
}

#[tokio::test]
async fn the_letter_of_an_invitation_says_who_where_and_until_when_and_goes_once() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    // Two invitations before the post goes out: the first is withdrawn by the second, and its letter is never written.
    invite_by_letter(&stage, &issuer, "aizawa").await;
    let link = invited(&stage, &issuer, "aizawa").await;
    let letters = stage.letters.sent();
    let body = letters[0].body_text();
    for words in ["全国医師連合会", "ともしび見本サインイン（全国医師連合会）", "12月1日", "一度だけ"] {
        assert!(body.contains(words), "{words}: {body}");
    }
    assert!(!body.contains("相沢") && !letters[0].subject().contains("相沢"), "no name in a letter that anybody may open: {body}");
    let mut god = stage.god().await;
    let kept: Vec<String> = sqlx::query_scalar("SELECT coalesce(state, '') FROM deliveries").fetch_all(&mut god).await.expect("deliveries");
    assert_eq!(kept, ["sent"]);
    let token = link.rsplit('/').next().expect("token");
    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM invitations i, outbox o WHERE strpos(i::text || o::text, $1) > 0")
        .bind(token)
        .fetch_one(&mut god)
        .await
        .expect("count");
    assert_eq!(stored, 0, "the secret stands nowhere");
    // The job runs again: nothing more is said. Nor is anything said of an invitation that was used.
    let event: Uuid = sqlx::query_scalar("SELECT event_id FROM deliveries").fetch_one(&mut god).await.expect("event");
    stage.bench.send(kernel::EventId(event)).await.expect("again");
    assert_eq!(stage.letters.sent().len(), 1);
}

#[tokio::test]
async fn an_invitation_changes_nobody_who_signs_in_already() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let link = invited(&stage, &issuer, "aizawa").await;
    let colleague = Browser::new(&stage);
    colleague.sign_in(&issuer, "morishita").await.leads();
    let page = colleague.get(&link).await.expect(200);
    assert!(page.body.contains("「森下 芳子」さんとしてログインしています"), "the page says whose sign-in would end: {}", page.body);
    let to = colleague.leave_for(&page, &issuer).await;
    colleague.come_back(to, "morishita").await.leads();
    assert!(colleague.get("/").await.expect(200).body.contains("森下"));
    // It is still there for the one it names.
    let newcomer = Browser::new(&stage);
    let to = newcomer.leave_for(&newcomer.get(&link).await, &issuer).await;
    newcomer.come_back(to, "stranger").await.leads();
    assert!(newcomer.get("/").await.expect(200).body.contains("相沢"));
}

#[tokio::test]
async fn an_invitation_that_ran_out_was_replaced_or_is_another_issuers_is_refused() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let other = Issuer::another(&stage, "もう一つの窓口").await;
    let old = invited(&stage, &issuer, "aizawa").await;
    let new = invited(&stage, &issuer, "aizawa").await;
    let refused = async |link: &str, at: &Issuer| {
        let browser = Browser::new(&stage);
        let to = browser.leave_for(&browser.get(link).await.expect(200), at).await;
        browser.come_back(to, "stranger").await.expect(403);
        assert_eq!(browser.cookie(SESSION), None);
    };
    refused(&old, &issuer).await;
    refused(&new, &other).await;
    assert!(stage.clock.advance(Duration::days(14) + Duration::minutes(1)));
    refused(&new, &issuer).await;
}

#[tokio::test]
async fn an_issuer_that_is_down_has_a_clear_page_and_ends_no_session() {
    let stage = stage().await;
    let mut issuer = Issuer::of_story(&stage).await;
    let (inside, outside) = (Browser::new(&stage), Browser::new(&stage));
    inside.sign_in(&issuer, "aizawa").await.leads();
    let page = outside.get("/sign-in").await.expect(200);
    let button = page.form(&format!("/sign-in/{}", issuer.id));
    // Somebody is at the issuer when it dies: they come back to it by the browser's own page, and later to ours.
    let under_way = outside.onward(&button).await;
    let answer = outside.answer_of(under_way, "morishita").await;
    issuer.stop().await;
    assert!(stage.clock.advance(Duration::minutes(9)));
    let down = outside.send_form(&button).await.expect(503);
    assert!(down.body.contains("ともしび見本サインイン（全国医師連合会）") && down.body.contains("href=\"/sign-in\""), "{}", down.body);
    assert!(down.body.contains("もう一度試す"));
    outside.get("/sign-in").await.expect(200);
    let stopped = outside.get(&answer).await.expect(503);
    assert!(stopped.body.contains("つながりません"), "{}", stopped.body);
    assert!(inside.get("/").await.expect(200).body.contains("相沢"), "who is signed in goes on");
    let out = inside.get("/sessions").await.form("/sign-out");
    issuer.start_again().await;
    outside.get(&answer).await.expect(400);
    outside.sign_in(&issuer, "morishita").await.leads();
    issuer.stop().await;
    assert!(stage.clock.advance(Duration::seconds(6)));
    let signed_out = inside.send_form(&out).await.expect(200);
    assert!(signed_out.headers.get("refresh").is_none(), "nobody is sent to a dead page on signing out");
    assert!(signed_out.body.contains("ログアウトしました"));
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_said_honestly_and_a_second_try_works() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let browser = Browser::new(&stage);
    issuer.be_ill(true);
    let failed = browser.sign_in(&issuer, "aizawa").await.expect(503);
    assert!(failed.body.contains("ともしび見本サインイン（全国医師連合会）") && failed.body.contains("つながりません"), "{}", failed.body);
    assert_eq!(browser.cookie(SESSION), None);
    issuer.be_ill(false);
    // The page leads to the sign-in page, not back to an answer that can be used no more.
    assert!(failed.body.contains("href=\"/sign-in\"") && failed.body.contains("back=%2Fsign%2Din"), "{}", failed.body);
    assert_eq!(browser.sign_in(&issuer, "aizawa").await.leads(), "/");
}

/// A person of the story who is known at an issuer.
async fn bound_at(stage: &Stage, issuer: &Issuer, key: &str) {
    let sql = "INSERT INTO identities (issuer_id, subject, person_id, bound_at) VALUES ($1, $2, $3, now())";
    let person = person_id(stage, key).await;
    sqlx::query(sql).bind(issuer.id).bind(format!("subject-{key}")).bind(person).execute(&mut stage.god().await).await.expect("bound");
}

#[tokio::test]
async fn step_up_and_sign_out_go_to_the_issuer_that_made_the_session() {
    let stage = stage().await;
    let first = Issuer::of_story(&stage).await;
    let second = Issuer::another(&stage, "もう一つの窓口").await;
    for issuer in [&first, &second] {
        bound_at(&stage, issuer, "aizawa").await;
    }
    for (issuer, other) in [(&first, &second), (&second, &first)] {
        let browser = Browser::new(&stage);
        browser.sign_in(issuer, "aizawa").await.leads();
        // The last issuer that this browser was sent to is the other one: a sign-in that nobody finished.
        let button = browser.get("/").await.form("/sign-out").with("next", "home");
        browser.onward(&Form { action: format!("/sign-in/{}", other.id), ..button }).await;
        assert_eq!(browser.cookie("__Host-tomoshibi-issuer"), Some(other.id.to_string()));
        assert!(stage.clock.advance(Duration::minutes(31)));

        let wants = "/step-up?next=sessions&minutes=30";
        let page = browser.get(wants).await.expect(200);
        let to = browser.onward(&page.form("/step-up")).await;
        assert!(to.as_str().starts_with(&format!("{}/authorize?", issuer.base)), "{to}");
        assert!(to.query_pairs().any(|(name, value)| name == "prompt" && value == "login"), "{to}");
        assert_eq!(browser.come_back(to, "aizawa").await.leads(), "/sessions");
        assert_eq!(browser.get(wants).await.leads(), "/sessions", "the proof is fresh now");

        let out = browser.onward(&browser.get("/").await.form("/sign-out")).await;
        assert!(out.as_str().starts_with(&format!("{}/logout?", issuer.base)), "{out}");
        assert_eq!(browser.cookie(SESSION), None);
    }
}

#[tokio::test]
async fn a_session_whose_issuer_was_switched_off_is_told_so_when_it_must_step_up() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    let _second = Issuer::another(&stage, "もう一つの窓口").await;
    let browser = Browser::new(&stage);
    browser.sign_in(&issuer, "aizawa").await.leads();
    sqlx::query("UPDATE issuers SET active = false WHERE id = $1").bind(issuer.id).execute(&mut stage.god().await).await.expect("off");
    assert!(stage.clock.advance(Duration::minutes(31)));
    let page = browser.get("/step-up?next=sessions&minutes=30").await.expect(200);
    assert!(page.body.contains("このときのログイン先は、いま使えません") && !page.body.contains("もう一つの窓口"), "{}", page.body);
    assert!(!page.body.contains("action=\"/step-up\""));
    let form = browser.get("/").await.form("/sign-out").with("next", "sessions").with("minutes", "30");
    browser.send_form(&Form { action: "/step-up".into(), ..form }).await.expect(404);
}

/// An address that proved nothing yet is written to three times an hour at most; what is beyond waits, and goes.
#[tokio::test]
async fn invitations_beyond_their_budget_wait_and_go_later() {
    let stage = stage().await;
    let issuer = Issuer::of_story(&stage).await;
    stage.clock.advance(Duration::seconds(1));
    for n in 0..4 {
        invite_by_letter(&stage, &issuer, "aizawa").await;
        stage.work().await;
        assert_eq!(stage.letters.sent().len(), (n + 1).min(3), "letter {n}");
    }
    let waits: i64 =
        sqlx::query_scalar("SELECT count(*) FROM deliveries WHERE kind = 'invitation' AND state = 'intended' AND claim IS NULL")
            .fetch_one(&mut stage.god().await)
            .await
            .expect("count");
    assert_eq!(waits, 1, "nothing is dropped");
    stage.clock.advance(Duration::minutes(61));
    let event: Uuid = sqlx::query_scalar("SELECT event_id FROM deliveries WHERE state = 'intended'")
        .fetch_one(&mut stage.god().await)
        .await
        .expect("event");
    stage.bench.send(kernel::EventId(event)).await.expect("send");
    assert_eq!(stage.letters.sent().len(), 4);
}

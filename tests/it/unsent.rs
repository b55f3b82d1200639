//! A form that comes too late or from the wrong seat: nothing typed is lost, nothing lands where it was not meant to.

use crate::desk::{agent_of, ask};
use sqlx::Row;
use tests::{Form, Page, Person, Stage};

/// A reply as long as a tired clerk's, with everything that markup could swallow.
fn long_reply() -> String {
    let line = "LANケーブルを抜いてください。<b>電源</b>は切らないでください。\"&amp;\" '1+1' {{ 7 * 7 }} </textarea>\n\n";
    let mut text = String::new();
    while kernel::text::length(&text) < 7_800 {
        text.push_str(line);
    }
    text.trim_end().to_owned()
}

/// A case, the agent who answers it, and the reply form of the page they have open.
struct Desk {
    stage: Stage,
    case: String,
    agent: Person,
    open: Form,
}

impl Desk {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let clinic = stage.sign_in("aizawa").await;
        let case = ask(&clinic, "電子カルテが開かない", "everyone").await;
        let agent = agent_of(&stage, &case).await;
        let open = agent.get(&case).await.expect(200).form(&format!("{case}/reply"));
        Self { stage, case, agent, open }
    }

    fn reply(&self, text: &str) -> Form {
        self.open.clone().with("body", text).with("then", "requester")
    }

    async fn key(&self) -> String {
        let mut god = self.stage.god().await;
        let email: String = sqlx::query_scalar("SELECT email FROM people_contacts WHERE person_id = $1")
            .bind(self.agent.person)
            .fetch_one(&mut god)
            .await
            .expect("email");
        portal::story::demo_people().expect("people").into_iter().find(|p| p.email == email).expect("of the story").key
    }

    async fn landed(&self, text: &str) -> i64 {
        let mut god = self.stage.god().await;
        sqlx::query_scalar("SELECT count(*) FROM consultation_messages WHERE body = $1")
            .bind(text)
            .fetch_one(&mut god)
            .await
            .expect("count")
    }
}

/// Whether anything of `mark` stands in any table.
async fn stored(stage: &Stage, mark: &str) -> Vec<String> {
    let mut god = stage.god().await;
    let tables = sqlx::query(
        "SELECT format('%I.%I', schemaname, tablename) AS t FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&mut god)
    .await
    .expect("tables");
    let mut found = Vec::new();
    for table in tables.iter().map(|row| row.get::<String, _>("t")) {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} x WHERE strpos(x::text, $1) > 0)");
        let there: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(mark).fetch_one(&mut god).await.expect("readable");
        if there {
            found.push(table);
        }
    }
    found
}

/// The page that keeps a reply: everything is there, word for word, and its form asks again for the same case and version.
fn keeps(page: &Page, desk: &Desk, text: &str) -> Form {
    let form = page.form(&format!("{}/reply", desk.case));
    assert_eq!(form.get("body").map(|body| body.replace("\r\n", "\n")).as_deref(), Some(text), "{}", page.body);
    assert_eq!(form.get("then"), Some("requester"), "what was chosen goes along");
    assert_eq!(form.get("version"), desk.open.get("version"));
    assert_eq!(form.get("_seat"), desk.open.get("_seat"));
    assert!(page.body.contains("医療機関の番にする"), "the choice is shown: {}", page.body);
    form
}

#[derive(Clone, Copy, Debug)]
enum End {
    Idle,
    Over,
    SignedOutElsewhere,
    RevokedFromAnotherDevice,
}

async fn end(desk: &Desk, how: End) {
    match how {
        End::Idle => assert!(desk.stage.clock.advance(time::Duration::hours(10) + time::Duration::minutes(1))),
        End::Over => {
            // Busy all day long, so that only the absolute end is left.
            for _ in 0..24 {
                assert!(desk.stage.clock.advance(time::Duration::minutes(31)));
                desk.agent.get("/").await;
            }
        }
        End::SignedOutElsewhere => drop(desk.agent.post("/sign-out", &[]).await.expect(200)),
        End::RevokedFromAnotherDevice => {
            let phone = desk.stage.sign_in(&desk.key().await).await;
            phone.post("/sessions/revoke-others", &[]).await.leads();
        }
    }
}

#[tokio::test]
async fn a_reply_that_meets_an_ended_session_is_kept_and_lands_once_after_signing_in_again() {
    for how in [End::Idle, End::Over, End::SignedOutElsewhere, End::RevokedFromAnotherDevice] {
        let desk = Desk::new().await;
        let text = long_reply();
        end(&desk, how).await;
        let refused = desk.agent.send_form(&desk.reply(&text)).await.expect(401);
        let kept = keeps(&refused, &desk, &text);
        assert!(refused.body.contains("href=\"/sign-in?next=case."), "{how:?}: the way to sign in");
        assert!(refused.body.contains("target=\"_blank\""), "{how:?}: signing in leaves this page open");
        // Pressed before anybody signed in: the same page again, still with everything.
        keeps(&desk.agent.send_form(&kept).await.expect(401), &desk, &text);
        assert_eq!(stored(&desk.stage, "電源</b>").await, Vec::<String>::new(), "{how:?}: nothing is stored without an owner");

        let again = desk.stage.sign_in(&desk.key().await).await;
        let checked = again.send_form(&kept).await.expect(409);
        let ready = keeps(&checked, &desk, &text);
        assert_eq!(desk.landed(&text).await, 0, "{how:?}: nothing is sent before it was looked at");
        assert_ne!(ready.get("_csrf"), kept.get("_csrf"), "{how:?}: the button carries the token of the new session");
        let done = again.send_form(&ready).await.leads();
        assert!(done.starts_with(&desk.case), "{how:?}: {done}");
        assert_eq!(desk.landed(&text).await, 1, "{how:?}");
        // The back key and the button once more.
        let twice = again.send_form(&ready).await.expect(409);
        assert!(twice.body.contains("LANケーブル"), "{how:?}: the stale page keeps it too");
        assert_eq!(desk.landed(&text).await, 1, "{how:?}: exactly once");
    }
}

#[tokio::test]
async fn another_person_at_the_browser_cannot_send_what_somebody_else_wrote() {
    let desk = Desk::new().await;
    let text = "前の方が書いた返事";
    let colleague = match desk.key().await.as_str() {
        "kashiwagi" => "fujishiro",
        _ => "kashiwagi",
    };
    end(&desk, End::SignedOutElsewhere).await;
    let kept = keeps(&desk.agent.send_form(&desk.reply(text)).await.expect(401), &desk, text);
    let other = desk.stage.sign_in(colleague).await;
    let refused = other.send_form(&kept).await.expect(403);
    let held = keeps(&refused, &desk, text);
    assert_eq!(held.get("_csrf"), kept.get("_csrf"), "no token of the other person gets into it");
    other.send_form(&held).await.expect(403);
    // The page that was ready for the one who wrote it is of no more use to anybody else.
    let again = desk.stage.sign_in(&desk.key().await).await;
    let ready = keeps(&again.send_form(&held).await.expect(409), &desk, text);
    other.send_form(&ready).await.expect(403);
    assert_eq!(desk.landed(text).await, 0);
    again.send_form(&ready).await.leads();
    assert_eq!(desk.landed(text).await, 1);
    let mut god = desk.stage.god().await;
    let author: uuid::Uuid = sqlx::query_scalar("SELECT author_id FROM consultation_messages WHERE body = $1")
        .bind(text)
        .fetch_one(&mut god)
        .await
        .expect("author");
    assert_eq!(Some(author), desk.agent.person);
}

#[tokio::test]
async fn a_form_of_an_earlier_session_and_another_seat_waits_for_its_seat() {
    let stage = Stage::new().await;
    let mut owner = stage.sign_in("morishita").await;
    let case = ask(&owner, "先の立場の相談", "everyone").await;
    let form = owner.get(&case).await.expect(200).form(&format!("{case}/answer")).with("body", "前の立場で書いた返事");
    owner.post("/sign-out", &[]).await.expect(200);
    let first = owner.seat.expect("seat");
    owner = stage.sign_in("morishita").await;
    let second = crate::seats::other_seat(&stage, &owner).await;
    crate::seats::switch(&mut owner, &second).await;
    let late = owner.send_form(&form).await.expect(409);
    let kept = late.form(&format!("{case}/answer"));
    assert_eq!(kept.get("body"), Some("前の立場で書いた返事"));
    assert_eq!(kept.get("_csrf"), form.get("_csrf"), "the page of the other seat has nothing that could send it");
    owner.send_form(&kept).await.expect(409);
    crate::seats::switch(&mut owner, &first.to_string()).await;
    let ready = owner.send_form(&kept).await.expect(409).form(&format!("{case}/answer"));
    owner.send_form(&ready).await.leads();
    let page = owner.get(&case).await.expect(200);
    assert_eq!(page.body.matches("前の立場で書いた返事").count(), 1);
}

#[tokio::test]
async fn a_seat_that_ended_meanwhile_leaves_the_text_with_its_writer() {
    let desk = Desk::new().await;
    let clinic = desk.stage.sign_in("aizawa").await;
    let action = format!("{}/answer", desk.case);
    let form = clinic.get(&desk.case).await.expect(200).form(&action).with("body", "もう職員ではない人の返事");
    let mut god = desk.stage.god().await;
    sqlx::query("UPDATE seats SET ended_at = now() WHERE id = $1").bind(clinic.seat).execute(&mut god).await.expect("ended");
    let kept = clinic.send_form(&form).await.expect(401).form(&action);
    assert_eq!(kept.get("body"), Some("もう職員ではない人の返事"));
    desk.stage.sign_in("hanai").await.send_form(&kept).await.expect(403);
    assert_eq!(desk.landed("もう職員ではない人の返事").await, 0);
}

#[tokio::test]
async fn a_forged_form_gets_no_button_and_a_post_from_elsewhere_is_not_even_read() {
    let desk = Desk::new().await;
    let seat = desk.agent.seat.expect("seat").to_string();
    let path = format!("{}/reply", desk.case);
    for token in ["", "0000", "0000.0000", "\"><script>", &format!("{}.", "0".repeat(64))] {
        let fields = [("_csrf", token), ("_seat", seat.as_str()), ("version", "1"), ("body", "よそから来た文"), ("then", "desk")];
        let refused = desk.agent.post_raw(&path, &fields).await.expect(403);
        let form = refused.form(&path);
        assert!(form.get("_csrf") == Some(token) || form.get("_csrf") == Some(""), "{token:?}: {form:?}");
        assert!(!refused.body.contains("<script>\""), "{token:?}");
        desk.agent.send_form(&form).await.expect(403);
    }
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        for who in [&desk.agent, &Person::nobody(&desk.stage)] {
            let refused = who.send_form_with(&desk.reply("よそから来た文"), &[(name, value)]).await.expect(403);
            assert!(!refused.body.contains("よそから来た文"), "{name}: {value}");
        }
    }
    assert_eq!(desk.landed("よそから来た文").await, 0);
}

#[tokio::test]
async fn choices_are_shown_in_words_and_travel_on() {
    let desk = Desk::new().await;
    let open = desk.agent.get(&format!("{}/triage", desk.case)).await.expect(200).form(&format!("{}/triage", desk.case));
    let chosen = open.with("category", "INC-MAL").with("class", "S1").with("line", "1");
    end(&desk, End::SignedOutElsewhere).await;
    let page = desk.agent.send_form(&chosen).await.expect(401);
    let kept = page.form(&format!("{}/triage", desk.case));
    assert_eq!((kept.get("category"), kept.get("class"), kept.get("line")), (Some("INC-MAL"), Some("S1"), Some("1")));
    let words = desk.stage.portal.renderer.words();
    let said = words.say(kernel::Locale::Ja, "desk-triage-class-s1", &[]).expect("words");
    assert!(page.body.contains(&said), "{said} is not shown");
    let again = desk.stage.sign_in(&desk.key().await).await;
    let ready = again.send_form(&kept).await.expect(409).form(&format!("{}/triage", desk.case));
    again.send_form(&ready).await.leads();
    let mut god = desk.stage.god().await;
    let class: String = sqlx::query_scalar("SELECT class FROM consultations").fetch_one(&mut god).await.expect("class");
    assert_eq!(class, "S1");
}

#[tokio::test]
async fn a_button_alone_is_not_kept_it_is_pressed_again_where_it_stands() {
    let desk = Desk::new().await;
    let mut press = Form { action: format!("{}/close", desk.case), ..desk.open.clone() };
    press.fields.retain(|(name, _)| ["_csrf", "_seat", "version"].contains(&name.as_str()));
    end(&desk, End::SignedOutElsewhere).await;
    let page = desk.agent.send_form(&press).await.expect(401);
    assert!(!page.body.contains("/close\""), "no form for what nobody would see: {}", page.body);
    assert!(page.body.contains("href=\"/sign-in?next=case."));
    let again = desk.stage.sign_in(&desk.key().await).await;
    let page = again.send_form(&press).await.expect(403);
    assert!(!page.body.contains("/close\"") && page.body.contains(&format!("href=\"{}\"", desk.case)), "{}", page.body);
}

#[tokio::test]
async fn a_database_that_is_away_takes_no_text_with_it() {
    let desk = Desk::new().await;
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut desk.stage.god().await).await.expect("name");
    let mut elsewhere = desk.stage.god_elsewhere().await;
    let text = long_reply();
    let form = desk.reply(&text);
    sqlx::query(sqlx::AssertSqlSafe(format!("ALTER DATABASE {name} CONNECTION LIMIT 0"))).execute(&mut elsewhere).await.expect("closed");
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
        .bind(&name)
        .execute(&mut elsewhere)
        .await
        .expect("ended");
    let away = desk.agent.send_form(&form).await.expect(503);
    sqlx::query(sqlx::AssertSqlSafe(format!("ALTER DATABASE {name} CONNECTION LIMIT -1"))).execute(&mut elsewhere).await.expect("open");
    let kept = keeps(&away, &desk, &text);
    assert_eq!(kept.get("_csrf"), form.get("_csrf"), "the same post once more");
    desk.agent.send_form(&kept).await.leads();
    assert_eq!(desk.landed(&text).await, 1);
}

#[tokio::test]
async fn a_rule_that_stops_a_reply_gives_the_text_back() {
    let desk = Desk::new().await;
    let clinic = desk.stage.sign_in("aizawa").await;
    let text = "相談した側が、窓口として書こうとした文";
    let mut forged =
        clinic.get(&desk.case).await.expect(200).form(&format!("{}/answer", desk.case)).with("body", text).with("then", "desk");
    forged.action = format!("{}/reply", desk.case);
    let refused = clinic.send_form(&forged).await;
    assert!(matches!(refused.status.as_u16(), 403 | 404), "{}", refused.status);
    assert!(refused.body.contains(text) && refused.body.contains("readonly"), "{}", refused.body);
    assert_eq!(desk.landed(text).await, 0);
}

#[tokio::test]
async fn too_many_requests_in_a_minute_take_no_text_with_them() {
    let mut desk = Desk::new().await;
    desk.agent = desk.agent.limited_to(&desk.stage, 2).await;
    let text = "急いで何度も押したあとの返事";
    desk.agent.get("/").await.expect(200);
    desk.agent.get("/").await.expect(200);
    let refused = desk.agent.send_form(&desk.reply(text)).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
    let kept = keeps(&refused, &desk, text);
    assert_eq!(desk.landed(text).await, 0, "no handler ran");
    assert!(desk.stage.clock.advance(time::Duration::minutes(2)));
    desk.agent.send_form(&kept).await.leads();
    assert_eq!(desk.landed(text).await, 1);
}

/// A whole log pasted into a reply comes back beside the message that names the limit; the page stands at an address that
/// takes posts only, so its way to the other language leads to the case.
#[tokio::test]
async fn a_pasted_log_comes_back_with_its_limit_and_the_other_language_is_found() {
    let desk = Desk::new().await;
    let log = "06:41 サーバーへの接続に失敗しました\n".repeat(10_000);
    let page = desk.agent.send_form(&desk.reply(&log)).await.expect(422);
    assert!(page.body.contains(log.trim_end()), "every line is still there");
    assert!(page.body.contains("8000文字までに縮めてください"), "the limit is named");
    assert_eq!(desk.landed(log.trim()).await, 0);
    let back = format!("/language/en?back={}", encoded(&desk.case));
    assert!(page.body.contains(&back), "{back}");
    let to = desk.agent.get(&back).await.leads();
    assert_eq!(to, desk.case);
    desk.agent.get(&to).await.expect(200);

    // A step of asking can be fetched too: the same step in the other language.
    let clinic = desk.stage.sign_in("ooki").await;
    let step = clinic.post("/ask/new", &[]).await.leads();
    let page = clinic.post(&step, &[]).await.expect(422);
    assert!(page.body.contains(&format!("/language/en?back={}", encoded(&step))));
}

fn encoded(path: &str) -> String {
    path.bytes().map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

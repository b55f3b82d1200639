//! What the log shows of a day: every line stands alone, and nobody is named in it.

use crate::desk::{agent_of, ask};
use serde_json::Value;
use std::io;
use std::sync::{Arc, Mutex};
use tests::{Browser, Form, Issuer, Person, Stage};
use tracing::subscriber::DefaultGuard;

/// In Japanese, so that it also shows if it is escaped; and in letters, in case somebody takes out everything else.
const SAID: &str = "患者ヤマノイモ yamanoimo@patients.example 090-1212-3434";

/// What is logged while it is kept, as lines.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("log").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Logs as the portal does with its default filter, on this thread.
    fn start(stage: &Stage) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = portal::logging::subscriber(&stage.config.portal.log, move || writer.clone()).expect("the default filter");
        (log, tests::hear(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("log").clone()).expect("UTF-8")
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }

    /// The spans' field of a line, from the outermost.
    fn field<'l>(line: &'l Value, name: &str) -> Option<&'l str> {
        line["spans"].as_array()?.iter().find_map(|span| span[name].as_str())
    }

    /// The last line of a request.
    fn answered(&self, request: &str) -> Value {
        let of_request = |line: &Value| line["message"] == "answered" && Self::field(line, "request") == Some(request);
        self.lines().into_iter().find(of_request).unwrap_or_else(|| panic!("no line for {request}: {}", self.text()))
    }
}

/// Whoever holds the request's id of an error page finds its line: what it led to, in which seat and room.
#[tokio::test]
async fn every_answer_has_a_line_with_its_request_seat_and_room() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let (log, _logging) = Log::start(&stage);
    let id = |page: &tests::Page| page.headers["x-request-id"].to_str().expect("an id").to_owned();

    let home = clinic.get("/").await.expect(200);
    let line = log.answered(&id(&home));
    assert_eq!((line["level"].as_str(), line["status"].as_u64()), (Some("INFO"), Some(200)));
    assert!(line["ms"].is_u64() && line["timestamp"].is_string() && line["target"].is_string(), "{line}");
    assert_eq!(Log::field(&line, "seat"), clinic.seat.map(|seat| seat.to_string()).as_deref());
    assert_eq!((Log::field(&line, "room"), Log::field(&line, "method")), (Some(""), Some("GET")), "home is the room without a name");

    let absent = clinic.get("/c/0198a7c2-0000-7000-8000-00000000ffff").await.expect(404);
    let line = log.answered(&id(&absent));
    assert_eq!((Log::field(&line, "room"), line["status"].as_u64()), (Some("c"), Some(404)));

    let visitor = Person::nobody(&stage).get("/sign-in").await.expect(200);
    let line = log.answered(&id(&visitor));
    assert_eq!((Log::field(&line, "room"), Log::field(&line, "seat")), (Some("sign-in"), Some("")));

    let nowhere = clinic.get("/no/such/page").await.expect(404);
    assert_eq!(Log::field(&log.answered(&id(&nowhere)), "room"), Some("none"), "an address that is no route is nobody's room");

    // A line from the middle of a request carries the same three.
    clinic.post_raw("/ask/new", &[("_csrf", "x"), ("unknown", "x")]).await;
    let refused = log.lines().into_iter().find(|line| line["message"] == "form refused").expect("a warning");
    assert!(["request", "seat", "room"].iter().all(|name| Log::field(&refused, name).is_some()), "{refused}");
}

/// A day with everything that people type, also where they should not, and with everything that can go wrong on the way.
#[tokio::test]
async fn nobody_is_named_in_the_log() {
    let stage = Stage::new().await;
    let (log, _logging) = Log::start(&stage);
    let issuer = Issuer::of_story(&stage).await;
    let mut secrets = Vec::new();

    // In and out, and somebody whom nobody invited.
    let browser = Browser::new(&stage);
    browser.sign_in(&issuer, "aizawa").await.leads();
    secrets.extend(browser.cookie(web::guard::SESSION));
    Browser::new(&stage).sign_in(&issuer, "saeki").await.expect(403);
    browser.get(&format!("/sign-in/return?code={}&state=x", encoded(SAID))).await;
    browser.get(&format!("/invite/{}", "5e".repeat(32))).await;

    // The desk's main line, with forms that are too long, not on offer, stale, late and made up.
    let clinic = stage.sign_in("aizawa").await;
    secrets.extend(clinic.token.clone());
    secrets.push(clinic.csrf().await);
    let case = ask(&clinic, SAID, "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let version = agent.get(&case).await.input("version").expect("version");
    let reply = format!("{case}/reply");
    for fields in [
        vec![("body", SAID), ("then", "requester"), ("version", version.as_str())],
        vec![("body", SAID), ("then", "requester"), ("version", version.as_str())],
        vec![("body", SAID), ("then", SAID), ("version", version.as_str())],
        vec![("body", SAID), ("body", SAID), ("then", "requester"), ("version", version.as_str())],
        vec![(SAID, SAID)],
        vec![("body", SAID), ("then", "requester"), ("version", SAID)],
    ] {
        agent.post(&reply, &fields).await;
    }
    agent.post(&reply, &[("body", &SAID.repeat(400)), ("then", "requester"), ("version", "2")]).await.expect(422);
    agent.post_raw(&reply, &[("body", SAID), ("_csrf", SAID), ("_seat", SAID)]).await;
    agent.post(&format!("{case}/note"), &[("body", SAID), ("version", "2")]).await;
    agent.send_form(&Form { action: reply, fields: vec![("body".into(), SAID.repeat(30_000))] }).await.expect(413);
    clinic.post("/ask/new", &[]).await;

    // What people paste into the address line.
    for path in ["/queue?view=", "/queue?prefecture=", "/c/", "/", "/language/", "/sign-in?next=", "/uploads/", "/consultations?after="] {
        agent.get(&format!("{path}{}", encoded(SAID))).await;
        Person::nobody(&stage).get(&format!("{path}{}", encoded(SAID))).await;
    }

    // The post goes out, a session ends, the sign-in service is ill, the database refuses.
    stage.work().await;
    assert!(!stage.letters.sent().is_empty());
    issuer.be_ill(true);
    Browser::new(&stage).sign_in(&issuer, "aizawa").await;
    let tx = stage.db().begin(&agent.actor(&stage).await, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
    let refused = tx.run("SELECT $1::text::uuid", [SAID.into()]).await.expect_err("no identifier");
    tracing::error!(error = %refused, "as a room would say it");
    drop(tx);
    let mut god = stage.god().await;
    sqlx::query("DROP TABLE ask_drafts CASCADE").execute(&mut god).await.expect("a broken database");
    agent.get("/ask").await;
    clinic.get("/ask").await.expect(500);

    let lines = log.lines();
    assert!(lines.len() > 60, "{} lines", lines.len());
    for said in ["asked", "answered", "form refused", "ours to mend", "nobody was signed in", "as a room would say it"] {
        assert!(lines.iter().any(|line| line["message"] == said), "the day has no line {said:?}");
    }
    let text = log.text();
    let foreign: Vec<&str> = text.lines().filter(|line| !line.is_ascii() || line.contains("\\u")).collect();
    assert!(foreign.is_empty(), "only people write Japanese: {foreign:#?}");
    let known =
        "SELECT unnest(ARRAY[name_en, email, phone, split_part(email, '@', 1)]) FROM people p JOIN people_contacts c ON c.person_id = p.id";
    let known: Vec<Option<String>> = sqlx::query_scalar(known).fetch_all(&mut god).await.expect("people");
    let words = ["patients", "yamanoimo", "1212-3434", "09012123434", "0000-0123", "@", "127.0.0.1:"].map(str::to_owned);
    let personal = known.into_iter().flatten().filter(|word| !word.is_empty()).chain(words).chain(secrets);
    for word in personal {
        let leak = text.lines().find(|line| line.contains(&word) && !line.contains(&issuer.base));
        assert!(leak.is_none(), "{word:?} is in the log: {}", leak.unwrap_or_default());
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

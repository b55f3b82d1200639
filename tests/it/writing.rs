//! What somebody is writing about a case stays until it is sent, and a submit that came too late shows what came meanwhile.

use crate::desk::{agent_of, ask};
use tests::{Form, Person, Stage};
use uuid::Uuid;

/// A case with those who write about it.
pub struct Scene {
    pub stage: Stage,
    pub clinic: Person,
    pub case: String,
    pub agent: Person,
    pub lead: Person,
}

impl Scene {
    pub async fn new() -> Self {
        let stage = Stage::new().await;
        let clinic = stage.sign_in("aizawa").await;
        let case = ask(&clinic, "電子カルテが開かない", "everyone").await;
        let agent = agent_of(&stage, &case).await;
        let lead = stage.sign_in("otsuki").await;
        Self { stage, clinic, case, agent, lead }
    }

    /// An address of the case.
    pub fn at(&self, rest: &str) -> String {
        format!("{}{rest}", self.case)
    }

    async fn reply_of(&self, who: &Person) -> Form {
        who.get(&self.case).await.expect(200).form(&self.at("/reply"))
    }

    /// The same person at another device.
    pub async fn elsewhere(&self, who: &Person) -> Person {
        Person::sign_in_as(&self.stage, who.person.expect("somebody")).await
    }

    /// How much is begun, by all together.
    pub async fn kept(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM case_drafts").fetch_one(&mut self.stage.god().await).await.expect("count")
    }
}

/// The form, sent to where it is kept.
pub fn kept(form: Form, then: &str) -> Form {
    Form { action: format!("{}/draft{then}", form.action), ..form }
}

const TEXT: &str = "電源は切らずに、</textarea>LANケーブルだけを\r\n抜いてください。";

#[tokio::test]
async fn what_is_being_written_survives_reload_device_and_what_others_do() {
    let s = Scene::new().await;
    let form = s.reply_of(&s.agent).await.with("body", TEXT).with("then", "requester");
    s.agent.send_form(&kept(form.clone(), "?then=quiet")).await.expect(204);

    let triage = s.lead.get(&s.at("/triage")).await.expect(200).form(&s.at("/triage")).with("class", "S1").with("line", "1");
    let triage = triage.with("category", &category(&s).await);
    s.lead.send_form(&triage).await.leads();

    let again = s.elsewhere(&s.agent).await;
    let page = again.get(&s.case).await.expect(200);
    let form = page.form(&s.at("/reply"));
    assert_eq!(form.get("body"), Some(TEXT));
    assert_eq!(form.get("then"), Some("requester"), "what was chosen too");
    assert!(page.body.contains("に保存されています"), "and when: {}", page.body);

    for other in [&s.lead, &s.clinic] {
        assert!(!other.get(&s.case).await.expect(200).body.contains("LANケーブルだけを"), "a draft is its writer's alone");
    }
    again.send_form(&form).await.leads();
    assert_eq!(s.kept().await, 0, "sent is no draft");
    again.send_form(&kept(form.clone(), "?then=quiet")).await.expect(409);
    assert_eq!(s.kept().await, 0, "what a script keeps too late does not bring it back");
    let page = again.get(&s.case).await.expect(200);
    assert_eq!(page.form(&s.at("/reply")).get("body").map(str::trim), Some(""));
    assert_eq!(page.body.matches("LANケーブルだけを").count(), 1, "it stands in the thread, once");
}

#[tokio::test]
async fn without_script_a_file_is_added_to_a_text_that_is_being_written() {
    let s = Scene::new().await;
    let answer = s.clinic.get(&s.case).await.expect(200).form(&s.at("/answer")).with("body", TEXT);
    let page = s.clinic.get(&s.case).await.expect(200);
    assert!(page.body.contains(&format!("formaction=\"{}\"", s.at("/answer/draft?then=attach"))), "{}", page.body);
    assert_eq!(s.clinic.send_form(&kept(answer, "?then=attach")).await.leads(), s.at("/attach"));
    let announce = s.clinic.get(&s.at("/attach")).await.expect(200).form(&s.at("/announce"));
    let refused = s.clinic.send_form(&announce.clone().with("name", &"長".repeat(121))).await.expect(422);
    assert!(refused.body.contains(&"長".repeat(121)), "what was typed is there");
    let upload = s.clinic.send_form(&announce.with("name", "画面.png")).await.leads();
    assert!(upload.starts_with("/uploads/"), "{upload}");
    assert_eq!(s.clinic.get(&s.case).await.expect(200).form(&s.at("/answer")).get("body"), Some(TEXT));
}

#[tokio::test]
async fn a_draft_is_kept_by_a_button_thrown_away_by_another_and_never_cut() {
    let s = Scene::new().await;
    let note = s.agent.get(&s.at("/note")).await.expect(200).form(&s.at("/note")).with("body", TEXT);
    assert_eq!(s.agent.send_form(&kept(note.clone(), "")).await.leads(), s.at("/note?done=draft_kept"));
    let page = s.agent.get(&s.at("/note?done=draft_kept")).await.expect(200);
    assert_eq!(page.form(&s.at("/note")).get("body"), Some(TEXT));
    assert_eq!(s.agent.get(&s.case).await.expect(200).form(&s.at("/reply")).get("body").map(str::trim), Some(""), "each form has its own");
    assert_eq!(s.agent.send_form(&kept(note.clone(), "?then=discard")).await.leads(), s.at("/note?done=draft_discarded"));
    assert_eq!(s.kept().await, 0);

    let long = "長い記録。".repeat(20_001);
    let refused = s.agent.send_form(&kept(note.clone().with("body", &long), "")).await.expect(422);
    assert!(refused.body.contains(&long), "what is too long to keep comes back whole");
    s.agent.send_form(&kept(note.with("body", " \r\n"), "?then=quiet")).await.expect(204);
    assert_eq!(s.kept().await, 0, "nothing is nothing to keep");

    let reply = s.reply_of(&s.agent).await;
    s.agent.send_form(&kept(reply.clone().with("body", TEXT), "?then=quiet")).await.expect(204);
    assert_eq!(s.kept().await, 1);
    s.agent.send_form(&kept(reply.with("body", ""), "?then=quiet")).await.expect(204);
    assert_eq!(s.kept().await, 0, "a choice that the form came with is no text");
}

#[tokio::test]
async fn nobody_keeps_words_on_a_case_that_is_not_theirs_to_read() {
    let s = Scene::new().await;
    let form = s.clinic.get(&s.case).await.expect(200).form(&s.at("/answer"));
    let neighbour = s.stage.sign_in("hanai").await;
    let fields = [("body", "隣の者の文"), ("version", form.get("version").expect("version"))];
    neighbour.post(&s.at("/answer/draft"), &fields).await.expect(404);
    neighbour.post(&format!("/c/{}/answer/draft", Uuid::nil()), &fields).await.expect(404);
    assert_eq!(s.kept().await, 0);
}

#[tokio::test]
async fn what_nobody_goes_on_with_is_swept_after_thirty_days() {
    let s = Scene::new().await;
    let form = s.reply_of(&s.agent).await.with("body", TEXT);
    s.agent.send_form(&kept(form, "?then=quiet")).await.expect(204);
    let sweep = async || {
        let tx = s.stage.bench.db.begin_system(store::SystemReason::SweepSignIns).await.expect("worker");
        desk::commands::sweep_writing(&tx).await.expect("swept");
        tx.commit().await.expect("commit");
    };
    assert!(s.stage.clock.advance(time::Duration::days(29)));
    sweep().await;
    assert_eq!(s.kept().await, 1);
    assert!(s.stage.clock.advance(time::Duration::days(2)));
    sweep().await;
    assert_eq!(s.kept().await, 0);
}

#[tokio::test]
async fn whoever_was_overtaken_sees_the_difference_and_applies_in_one_click() {
    let s = Scene::new().await;
    let mine = s.reply_of(&s.agent).await.with("body", "遅れた返事の本文").with("then", "requester");
    s.clinic
        .send_form(&s.clinic.get(&s.case).await.expect(200).form(&s.at("/answer")).with("body", "診察室の2台も開きません"))
        .await
        .leads();
    let triage = s.lead.get(&s.at("/triage")).await.expect(200).form(&s.at("/triage"));
    s.lead.send_form(&triage.with("class", "S1").with("line", "1").with("category", &category(&s).await)).await.leads();

    let late = s.agent.send_form(&mine).await.expect(409);
    assert!(late.body.contains("診察室の2台も開きません"), "what was said meanwhile: {}", late.body);
    assert!(late.body.contains("大槻"), "and who did what: {}", late.body);
    let again = late.form(&s.at("/reply"));
    assert_eq!(again.get("body"), Some("遅れた返事の本文"));
    assert_ne!(again.get("version"), mine.get("version"));
    s.agent.send_form(&again).await.leads();
    let page = s.clinic.get(&s.case).await.expect(200);
    assert_eq!(page.body.matches("遅れた返事の本文").count(), 1);

    // Overtaken once more, the same page again: nothing is ever overwritten.
    s.agent.send_form(&again).await.expect(409);
}

#[tokio::test]
async fn a_button_too_is_pressed_again_and_what_is_over_is_not_offered() {
    let s = Scene::new().await;
    let page = s.lead.get(&s.case).await.expect(200);
    let take = page.form(&s.at("/take"));
    let reply = s.reply_of(&s.agent).await.with("body", "先の返事").with("then", "requester");
    s.agent.send_form(&reply).await.leads();
    let late = s.lead.send_form(&take).await.expect(409);
    assert!(late.body.contains("先の返事"));
    s.lead.send_form(&late.form(&s.at("/take"))).await.leads();

    let open = s.reply_of(&s.agent).await.with("body", "間に合わなかった文").with("then", "desk");
    let resolve = s.lead.get(&s.at("/resolve")).await.expect(200).form(&s.at("/resolve"));
    s.lead.send_form(&resolve.with("outcome", "advice").with("body", "解決しました")).await.leads();
    let over = s.agent.send_form(&open).await.expect(409);
    assert!(over.body.contains("間に合わなかった文") && !over.body.contains(&format!("action=\"{}\"", s.at("/reply"))), "{}", over.body);
}

/// The category that the case has.
async fn category(s: &Scene) -> String {
    sqlx::query_scalar("SELECT category FROM consultations").fetch_one(&mut s.stage.god().await).await.expect("category")
}

//! What a page's script keeps late: never again what went its way, always what is still being written.

use crate::desk::{agent_of, ask};
use tests::{Form, Person, Stage};

struct Scene {
    stage: Stage,
    clinic: Person,
    case: String,
    agent: Person,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let clinic = stage.sign_in("aizawa").await;
        let case = ask(&clinic, "電子カルテが開かない", "everyone").await;
        let agent = agent_of(&stage, &case).await;
        Self { stage, clinic, case, agent }
    }

    fn at(&self, act: &str) -> String {
        format!("{}/{act}", self.case)
    }

    /// The form of a text about the case, on a page of its own or on the case's.
    async fn open(&self, act: &str, body: &str) -> Form {
        let page = if matches!(act, "reply" | "answer") { self.case.clone() } else { self.at(act) };
        let who = if act == "answer" { &self.clinic } else { &self.agent };
        let form = who.get(&page).await.expect(200).form(&self.at(act)).with("body", body);
        match act {
            "resolve" => form.with("outcome", "advice"),
            "reply" => form.with("then", "desk"),
            _ => form,
        }
    }

    /// What stands in the form when its page is opened again.
    async fn there(&self, act: &str) -> String {
        let page = if matches!(act, "reply" | "answer") { self.case.clone() } else { self.at(act) };
        let form = self.agent.get(&page).await.expect(200).form(&self.at(act));
        form.get("body").unwrap_or_default().trim().to_owned()
    }

    async fn keep(&self, form: &Form, then: &str) -> u16 {
        let form = Form { action: format!("{}/draft{then}", form.action), ..form.clone() };
        self.agent.send_form(&form).await.status.as_u16()
    }
}

const QUIET: &str = "?then=quiet";

#[tokio::test]
async fn after_ones_own_reply_every_other_text_still_survives_a_reload() {
    let s = Scene::new().await;
    // Tabs that were open before the reply, each with a text of its own.
    let [note, resolve] = [s.open("note", "メモの途中").await, s.open("resolve", "まとめの途中").await];
    let second = s.open("reply", "別の窓で書いている返事").await;
    s.agent.send_form(&s.open("reply", "先の返事").await).await.leads();
    for form in [&note, &resolve, &second] {
        assert_eq!(s.keep(form, QUIET).await, 204, "{}", form.action);
    }
    assert_eq!(s.there("note").await, "メモの途中");
    assert_eq!(s.there("resolve").await, "まとめの途中");
    assert_eq!(s.there("reply").await, "別の窓で書いている返事", "another window's text was never sent");
    s.agent.send_form(&s.open("resolve", "終わりました").await).await.leads();
    let reopen = s.open("reopen", "再開の理由").await;
    s.agent.send_form(&s.open("note", "閉じたあとのメモ").await).await.leads();
    assert_eq!(s.keep(&reopen, QUIET).await, 204);
    assert_eq!(s.there("reopen").await, "再開の理由");
}

#[tokio::test]
async fn what_was_sent_from_a_page_does_not_come_back_from_it() {
    let s = Scene::new().await;
    for act in ["note", "reply", "resolve", "reopen"] {
        let form = s.open(act, "送った文").await;
        assert_eq!(s.keep(&form, QUIET).await, 204, "{act}");
        s.agent.send_form(&form).await.leads();
        // An older word of it, and the very same, both on their way when the button was pressed.
        for late in ["送った", "送った文"] {
            assert_eq!(s.keep(&form.clone().with("body", late), QUIET).await, 409, "{act}");
        }
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM case_drafts").fetch_one(&mut s.stage.god().await).await.expect("count");
        assert_eq!(left, 0, "{act}: sent is no draft");
        // A page that was opened afterwards is another one.
        if act == "note" {
            let next = s.open(act, "次のメモ").await;
            assert_eq!(s.keep(&next, QUIET).await, 204);
            assert_eq!(s.there(act).await, "次のメモ");
            assert_eq!(s.keep(&next, "?then=discard").await, 303);
        }
    }
}

#[tokio::test]
async fn a_button_has_the_last_word_on_its_page() {
    let s = Scene::new().await;
    let form = s.open("note", "捨てる文").await;
    assert_eq!(s.keep(&form, QUIET).await, 204);
    assert_eq!(s.keep(&form, "?then=discard").await, 303);
    assert_eq!(s.keep(&form, QUIET).await, 409, "thrown away stays thrown away");
    assert_eq!(s.there("note").await, "");
    let form = s.open("note", "保存した文").await;
    assert_eq!(s.keep(&form, "").await, 303);
    assert_eq!(s.keep(&form.clone().with("body", "保存した"), QUIET).await, 409, "an older word does not replace it");
    assert_eq!(s.there("note").await, "保存した文");
    assert_eq!(s.keep(&form.with("body", "書き直した文"), "").await, 303, "a button does");
    assert_eq!(s.there("note").await, "書き直した文");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_that_is_kept_and_sent_at_the_same_instant_ends_as_sent() {
    let s = Scene::new().await;
    for round in 0..12 {
        let form = s.open("note", &format!("同じ瞬間のメモ {round}")).await;
        let (sent, _) = tokio::join!(s.agent.send_form(&form), s.keep(&form, QUIET));
        sent.leads();
        assert_eq!(s.there("note").await, "", "round {round}");
    }
}

#[tokio::test]
async fn a_text_begun_before_others_moved_the_case_says_so_when_it_is_gone_on_with() {
    let s = Scene::new().await;
    let reply = s.open("reply", "書きかけの返事").await;
    let resolve = s.open("resolve", "電源を入れ直して直りました").await;
    for form in [&reply, &resolve] {
        assert_eq!(s.keep(form, QUIET).await, 204);
    }
    assert!(!s.agent.get(&s.at("resolve")).await.expect(200).body.contains("その間にあったこと"), "nothing has happened yet");
    s.clinic.send_form(&s.open("answer", "また開かなくなりました").await).await.leads();
    let page = s.agent.get(&s.at("resolve")).await.expect(200);
    assert!(page.body.contains("その間にあったこと") && page.body.contains("また開かなくなりました"), "{}", page.body);
    assert_eq!(page.form(&s.at("resolve")).get("body"), Some("電源を入れ直して直りました"));
    let page = s.agent.get(&s.case).await.expect(200);
    assert!(page.body.contains("その後に動く前のものです"), "{}", page.body);
    // Kept again with the difference in front of one, it is a text of now.
    assert_eq!(s.keep(&page.form(&s.at("reply")), QUIET).await, 204);
    assert!(!s.agent.get(&s.case).await.expect(200).body.contains("その後に動く前のものです"));
    s.agent.send_form(&s.agent.get(&s.at("resolve")).await.form(&s.at("resolve"))).await.leads();
    // A text about opening it again, begun before a colleague's privacy changed.
    let reopen = s.open("reopen", "もう一度見ます").await;
    assert_eq!(s.keep(&reopen, QUIET).await, 204);
    let readers = s.clinic.get(&s.at("privacy")).await.expect(200).form(&s.at("privacy")).with("privacy", "own");
    s.clinic.send_form(&readers).await.leads();
    let page = s.agent.get(&s.at("reopen")).await.expect(200);
    assert!(page.body.contains("読める人を変更"), "{}", page.body);
}

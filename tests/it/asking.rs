//! Asking in two windows and over a reload: what is typed at a step stays, and no answer is replaced unseen.

use tests::{Form, Person, Stage};

struct Scene {
    stage: Stage,
    clinic: Person,
    telephone: Person,
    draft: String,
}

impl Scene {
    /// Somebody has answered everything up to the check.
    async fn new() -> Self {
        let stage = Stage::new().await;
        let (clinic, telephone) = (stage.sign_in("aizawa").await, stage.sign_in("aizawa").await);
        let draft = clinic.post("/ask/new", &[]).await.leads().trim_end_matches("/symptom").to_owned();
        let s = Self { stage, clinic, telephone, draft };
        for (step, fields) in s.answers().await {
            s.clinic.send_form(&with(s.open(&s.clinic, step).await, &fields)).await.leads();
        }
        s
    }

    async fn answers(&self) -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
        vec![
            ("symptom", vec![("category", "INC-RAN")]),
            ("noticed", vec![("noticed", "今朝")]),
            ("care", vec![("care", "partly")]),
            ("words", vec![("title", "電子カルテが開かない"), ("body", "赤い画面が出ました。")]),
            ("done", vec![("done", "LANケーブルを抜いた")]),
            ("files", vec![]),
            ("contact", vec![("phone", "090-0000-0123"), ("contact", "相沢")]),
            ("privacy", vec![("privacy", "everyone")]),
        ]
    }

    fn at(&self, step: &str) -> String {
        format!("{}/{step}", self.draft)
    }

    async fn open(&self, who: &Person, step: &str) -> Form {
        who.get(&self.at(step)).await.expect(200).form(&self.at(step))
    }

    async fn keep(&self, who: &Person, form: &Form) -> u16 {
        let form = Form { action: format!("{}/draft", form.action), ..form.clone() };
        who.send_form(&form).await.status.as_u16()
    }
}

fn with(form: Form, fields: &[(&str, &str)]) -> Form {
    fields.iter().fold(form, |form, (name, value)| form.with(name, value))
}

#[tokio::test]
async fn every_step_answered_in_another_window_is_shown_and_replaced_in_one_press() {
    let s = Scene::new().await;
    let named = s.stage.sign_in("tabata").await.person.expect("person").to_string();
    // step, what the other window answers and how it reads, what this window answers and how it reads
    type Row<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str, Vec<(&'a str, &'a str)>, &'a str);
    let rows: Vec<Row> = vec![
        ("symptom", vec![("category", "INC-ODD")], "いつもと動きが違う", vec![("category", "INC-MAL")], "ウイルスの警告が出た"),
        ("noticed", vec![("noticed", "昨日の夜")], "昨日の夜", vec![("noticed", "正午ごろ")], "正午ごろ"),
        ("care", vec![("care", "stopped")], "止ま", vec![("care", "normal")], "ふだんどおり"),
        ("words", vec![("title", "別の題"), ("body", "別の文")], "別の文", vec![("title", "この題"), ("body", "この文")], "この文"),
        ("done", vec![("done", "電源を切った")], "電源を切った", vec![("done", "何もしていない")], "何もしていない"),
        (
            "contact",
            vec![("phone", "03-0000-0111"), ("contact", "受付")],
            "受付",
            vec![("phone", "03-0000-0222"), ("contact", "院長")],
            "院長",
        ),
        ("privacy", vec![("privacy", "own")], "書いた人と管理者", vec![("privacy", "named"), ("named", &named)], "田畑 洋介"),
    ];
    for (step, theirs, there, ours, here) in &rows {
        let mine = with(s.open(&s.clinic, step).await, ours);
        s.telephone.send_form(&with(s.open(&s.telephone, step).await, theirs)).await.leads();
        let late = s.clinic.send_form(&mine).await.expect(409);
        assert!(late.body.contains(there) && late.body.contains(here), "{step}: {}", late.body);
        assert!(!late.body.contains("選んだとおりに送ります"), "{step}: {}", late.body);
        let again = late.form(&s.at(step));
        for (name, value) in ours {
            assert_eq!(again.get(name), Some(*value), "{step}: {name}");
        }
        s.clinic.send_form(&again).await.leads();
        let check = s.clinic.get(&s.at("check")).await.expect(200);
        assert!(check.body.contains(here), "{step}: {}", check.body);
        // Back in the browser and pressed once more, from the page that answered it: that is no other window.
        s.clinic.send_form(&again).await.leads();
    }
}

#[tokio::test]
async fn another_step_in_another_window_overtakes_nobody() {
    let s = Scene::new().await;
    let words = with(s.open(&s.clinic, "words").await, &[("body", "書き直した文")]);
    s.telephone.send_form(&with(s.open(&s.telephone, "noticed").await, &[("noticed", "昨日")])).await.leads();
    s.clinic.send_form(&words).await.leads();
    let check = s.clinic.get(&s.at("check")).await.expect(200);
    assert!(check.body.contains("書き直した文") && check.body.contains("昨日"), "{}", check.body);
}

#[tokio::test]
async fn what_is_typed_at_a_step_survives_a_reload_and_is_sent_only_as_an_answer() {
    let s = Scene::new().await;
    let long = "文".repeat(4_500);
    for (step, field, text) in [
        ("noticed", "noticed", "たぶん昨日"),
        ("words", "body", long.as_str()),
        ("done", "done", "再起動した"),
        ("contact", "phone", "03-0"),
    ] {
        let form = with(s.open(&s.clinic, step).await, &[(field, text)]);
        assert_eq!(s.keep(&s.clinic, &form).await, 204, "{step}");
        let page = s.telephone.get(&s.at(step)).await.expect(200);
        assert_eq!(page.form(&s.at(step)).get(field), Some(text), "{step}: at another device too");
        assert!(page.body.contains("に保存されています"), "{step}");
        let check = s.clinic.get(&s.at("check")).await.expect(200);
        assert!(check.body.contains("書きかけの変更があります") && !check.body.contains(text), "{step}: {}", check.body);
    }
    s.stage.sign_in("hanai").await.post(&s.at("words/draft"), &[("body", "隣"), ("version", "1")]).await.expect(404);
    // What does not fit yet is told, kept, and answered when it does.
    let words = s.open(&s.clinic, "words").await;
    s.clinic.send_form(&words).await.expect(422);
    assert_eq!(s.open(&s.clinic, "words").await.get("body"), Some(long.as_str()));
    let short = words.with("body", "短くした文");
    s.clinic.send_form(&short).await.leads();
    assert_eq!(s.keep(&s.clinic, &short.clone().with("body", "短く")).await, 409, "an older word of what was answered");
    assert_eq!(s.open(&s.clinic, "words").await.get("body"), Some("短くした文"));
    s.clinic.post(&s.at("check"), &[]).await.leads();
    let kept: String = sqlx::query_scalar("SELECT answers::text FROM ask_drafts").fetch_one(&mut s.stage.god().await).await.expect("draft");
    assert!(kept.contains("短くした文") && !kept.contains("再起動した") && !kept.contains("たぶん昨日"), "{kept}");
    let message: String =
        sqlx::query_scalar("SELECT body FROM consultation_messages").fetch_one(&mut s.stage.god().await).await.expect("message");
    assert_eq!(message, "短くした文");
    assert_eq!(s.keep(&s.clinic, &short).await, 404, "what was sent is no draft");
}

#[tokio::test]
async fn a_text_begun_before_the_other_window_answered_is_shown_beside_it() {
    let s = Scene::new().await;
    let mine = with(s.open(&s.clinic, "words").await, &[("body", "こちらの書きかけ")]);
    s.telephone.send_form(&with(s.open(&s.telephone, "words").await, &[("body", "あちらの答え")])).await.leads();
    assert_eq!(s.keep(&s.clinic, &mine).await, 204);
    let reloaded = s.open(&s.clinic, "words").await;
    assert_eq!(reloaded.get("body"), Some("こちらの書きかけ"));
    let late = s.clinic.send_form(&reloaded).await.expect(409);
    assert!(late.body.contains("あちらの答え") && late.body.contains("こちらの書きかけ"), "{}", late.body);
    s.clinic.send_form(&late.form(&s.at("words"))).await.leads();
    // Something to put right on an old page does not make it a new one either.
    let old = with(s.open(&s.clinic, "contact").await, &[("phone", "")]);
    s.telephone.send_form(&with(s.open(&s.telephone, "contact").await, &[("phone", "03-0000-0111")])).await.leads();
    let again = s.clinic.send_form(&old).await.expect(422).form(&s.at("contact")).with("phone", "03-0000-0222");
    assert!(s.clinic.send_form(&again).await.expect(409).body.contains("03-0000-0111"));
}

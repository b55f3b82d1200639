//! Every form of a case that carries a version: whoever comes too late sees what is different now and what they chose, in words, and
//! one press applies it.

use crate::desk::{agent_of, ask};
use tests::{Form, Page, Person, Stage, root};

struct Scene {
    stage: Stage,
    /// Who asked, and the same person at another device.
    clinic: Person,
    telephone: Person,
    agent: Person,
    case: String,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let (clinic, telephone) = (stage.sign_in("ooki").await, stage.sign_in("ooki").await);
        let case = ask(&clinic, "電子カルテが開かない", "everyone").await;
        let agent = agent_of(&stage, &case).await;
        Self { stage, clinic, telephone, agent, case }
    }

    fn at(&self, act: &str) -> String {
        format!("{}/{act}", self.case)
    }

    /// The form of an act as it stands before somebody: on the case's page or on its own.
    async fn form(&self, who: &Person, act: &str) -> Form {
        let on_case = matches!(act, "reply" | "answer" | "take" | "wait" | "resume" | "withdraw" | "accept" | "decline" | "close");
        let page = if on_case { self.case.clone() } else { self.at(act) };
        who.get(&page).await.expect(200).form(&self.at(act))
    }

    async fn act(&self, who: &Person, act: &str, fields: &[(&str, &str)]) -> Page {
        who.send_form(&with(self.form(who, act).await, fields)).await
    }

    async fn consents(&self) -> Vec<String> {
        let sql = "SELECT receiver FROM case_access WHERE revoked_at IS NULL ORDER BY receiver";
        sqlx::query_scalar(sql).fetch_all(&mut self.stage.god().await).await.expect("consents")
    }

    async fn person(&self, who: &Person) -> String {
        let sql = "SELECT name FROM people WHERE id = $1";
        sqlx::query_scalar(sql).bind(who.person).fetch_one(&mut self.stage.god().await).await.expect("name")
    }
}

fn with(form: Form, fields: &[(&str, &str)]) -> Form {
    fields.iter().fold(form, |form, (name, value)| form.with(name, value))
}

/// What somebody else did meanwhile.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Consent,
    Privacy,
    Reply,
    Answer,
}

/// Names of fields with what stands in them.
type Fields<'a> = Vec<(&'a str, &'a str)>;

/// One form, sent too late.
struct Late<'a> {
    act: &'a str,
    who: &'a Person,
    fields: Fields<'a>,
    /// What was done before it, by whom.
    before: Vec<(&'a str, &'a Person, Fields<'a>)>,
    meanwhile: Meanwhile,
    /// What the page must show of what was chosen.
    shown: Vec<&'a str>,
}

impl<'a> Late<'a> {
    fn new(act: &'a str, who: &'a Person, meanwhile: Meanwhile) -> Self {
        Self { act, who, fields: vec![], before: vec![], meanwhile, shown: vec![] }
    }
    fn with(self, fields: &[(&'a str, &'a str)]) -> Self {
        Self { fields: fields.to_vec(), ..self }
    }
    fn after(mut self, act: &'a str, who: &'a Person, fields: &[(&'a str, &'a str)]) -> Self {
        self.before.push((act, who, fields.to_vec()));
        self
    }
    fn shows(self, shown: &[&'a str]) -> Self {
        Self { shown: shown.to_vec(), ..self }
    }
}

/// Does it, and says what the page of who was late has to tell of it.
async fn happen(s: &Scene, what: Meanwhile, round: usize) -> Vec<String> {
    let text = format!("その間に書かれた文 {round}");
    match what {
        Meanwhile::Consent => {
            s.act(&s.telephone, "consent", &[("consent", "police")]).await.leads();
            vec!["知らせることに同意：警察".into(), "警察（".into()]
        }
        Meanwhile::Privacy => {
            s.act(&s.telephone, "privacy", &[("privacy", "own")]).await.leads();
            vec!["読める人を変更：この医療機関の全員 → 書いた人と管理者".into()]
        }
        Meanwhile::Reply => {
            s.act(&s.agent, "reply", &[("body", &text), ("then", "desk")]).await.leads();
            vec![text]
        }
        Meanwhile::Answer => {
            s.act(&s.clinic, "answer", &[("body", &text)]).await.leads();
            vec![text]
        }
    }
}

#[tokio::test]
async fn every_form_of_a_case_shows_the_difference_and_is_applied_in_one_press() {
    let mut s = Scene::new().await;
    let sign_in = async |key: &str| s.stage.sign_in(key).await;
    let (clinic, colleague, lead, other) =
        (&sign_in("ooki").await, &sign_in("morinaga").await, &sign_in("otsuki").await, &sign_in("kashiwagi").await);
    let agent = &Person::sign_in_as(&s.stage, s.agent.person.expect("somebody")).await;
    let (agent_name, colleague_name) = (s.person(agent).await, s.person(colleague).await);
    let (seat, named) = (agent.seat.expect("seat").to_string(), colleague.person.expect("person").to_string());
    let offered = [("line", "1")];
    let resolved = [("outcome", "advice"), ("body", "解決しました")];
    use Meanwhile::{Answer, Consent, Privacy, Reply};
    let rows = vec![
        Late::new("reply", agent, Answer).with(&[("body", "遅れた返事"), ("then", "desk")]).shows(&["遅れた返事"]),
        Late::new("answer", clinic, Reply).with(&[("body", "遅れた答え")]).shows(&["遅れた答え"]),
        Late::new("triage", lead, Privacy).with(&[("category", "INC-MAL"), ("class", "S1"), ("line", "2")]).shows(&["ウイルス", "2次窓口"]),
        Late::new("assign", lead, Consent).with(&[("seat", &seat)]).shows(&[&agent_name]),
        Late::new("take", lead, Answer),
        Late::new("wait", agent, Consent).after("reply", agent, &[("body", "先に"), ("then", "desk")]),
        Late::new("resume", agent, Consent).after("reply", agent, &[("body", "先に"), ("then", "requester")]),
        Late::new("offer", agent, Answer).with(&offered).shows(&["1次窓口"]),
        Late::new("withdraw", agent, Consent).after("offer", agent, &offered),
        Late::new("accept", other, Consent).after("offer", agent, &offered),
        Late::new("decline", other, Privacy).after("offer", agent, &offered),
        Late::new("resolve", agent, Answer).with(&resolved).shows(&["解決しました", "助言"]),
        Late::new("close", colleague, Consent).after("resolve", agent, &resolved),
        Late::new("reopen", colleague, Consent)
            .with(&[("body", "まだ直りません")])
            .after("resolve", agent, &resolved)
            .shows(&["まだ直りません"]),
        Late::new("privacy", clinic, Reply)
            .with(&[("privacy", "named"), ("named", &named)])
            .shows(&[&colleague_name, "管理者と、選んだ人"]),
        Late::new("privacy", clinic, Privacy).with(&[("privacy", "named"), ("named", &named)]).shows(&[&colleague_name]),
        Late::new("consent", clinic, Reply).with(&[("consent", "police")]).shows(&["警察"]),
    ];
    for (round, row) in rows.iter().enumerate() {
        s.case = ask(clinic, &format!("相談 {round}"), "everyone").await;
        for (act, who, fields) in &row.before {
            s.act(who, act, fields).await.leads();
        }
        let mine = with(s.form(row.who, row.act).await, &row.fields);
        let told = happen(&s, row.meanwhile, round).await;
        let late = row.who.send_form(&mine).await.expect(409);
        for text in told.iter().map(String::as_str).chain(row.shown.iter().copied()) {
            assert!(late.body.contains(text), "{}: {text:?} is not shown: {}", row.act, late.body);
        }
        assert!(!late.body.contains("選んだとおりに送ります"), "{}: something chosen is not readable: {}", row.act, late.body);
        let again = late.form(&s.at(row.act));
        for (name, value) in &row.fields {
            assert_eq!(again.get(name), Some(*value), "{}: {name} is kept", row.act);
        }
        assert_ne!(again.get("version"), mine.get("version"), "{}", row.act);
        row.who.send_form(&again).await.leads();
    }
    let tried: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.act).collect();
    assert_eq!(tried, versioned(), "the forms of a case and those that were tried");
}

/// The acts on a case, from the reviewed list of routes, without those that no colleague can overtake: a note, a file to come, a reason
/// to read, a sign of typing, and keeping a draft.
fn versioned() -> std::collections::BTreeSet<&'static str> {
    let routes: &'static str = Box::leak(std::fs::read_to_string(root().join("tests/golden/routes.txt")).expect("routes").into_boxed_str());
    let posts = routes.lines().filter_map(|line| line.strip_prefix("POST /c/{case}/")).filter_map(|rest| rest.split_whitespace().next());
    posts.filter(|act| !act.contains('/') && !["note", "announce", "witness", "writing"].contains(act)).collect()
}

#[tokio::test]
async fn a_consent_of_an_old_page_shows_the_consents_of_now() {
    let s = Scene::new().await;
    let old = s.form(&s.clinic, "consent").await;
    s.act(&s.telephone, "consent", &[("consent", "programme_office")]).await.leads();
    // What the other device has just given is not taken back by a page that did not know of it.
    let late = s.clinic.send_form(&old).await.expect(409);
    assert!(late.body.contains("事業を運営する医師会の事務局（"), "the consents of now: {}", late.body);
    assert!(late.body.contains("どれも選びません"), "and that this one ticked nothing: {}", late.body);
    assert_eq!(s.consents().await, ["programme_office"]);
    let old = s.form(&s.clinic, "consent").await;
    assert_eq!(old.get("consent"), Some("programme_office"));
    let mut none = s.form(&s.telephone, "consent").await;
    none.fields.retain(|(name, _)| name != "consent");
    s.telephone.send_form(&none).await.leads();
    // What was just withdrawn is not given again by a page that still had it ticked.
    let late = s.clinic.send_form(&old).await.expect(409);
    assert!(late.body.contains("窓口だけ") && late.body.contains("知らせる同意を取りやめ"), "{}", late.body);
    assert_eq!(s.consents().await, Vec::<String>::new());
    s.clinic.send_form(&late.form(&s.at("consent"))).await.leads();
    assert_eq!(s.consents().await, ["programme_office"], "one press gives it after all");
    // Nothing different is nothing done.
    let count = async || {
        sqlx::query_scalar::<_, i32>("SELECT version FROM consultations").fetch_one(&mut s.stage.god().await).await.expect("version")
    };
    let before = count().await;
    s.clinic.send_form(&s.form(&s.clinic, "consent").await).await.leads();
    assert_eq!(count().await, before);
    // Whoever was writing to the clinic meanwhile sees that others read along now.
    let reply = with(s.form(&s.agent, "reply").await, &[("body", "ここだけの話"), ("then", "desk")]);
    s.act(&s.telephone, "consent", &[("consent", "police")]).await.leads();
    let late = s.agent.send_form(&reply).await.expect(409);
    assert!(late.body.contains("知らせることに同意：警察"), "{}", late.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_consents_at_the_same_instant_exactly_one_counts() {
    let s = Scene::new().await;
    for round in 0..12 {
        let choose = |form: Form, receiver: &str| with(form, &[("consent", receiver)]);
        let [mine, theirs] = if round % 2 == 0 { ["police", "programme_office"] } else { ["prefecture", "municipality"] };
        let one = choose(s.form(&s.clinic, "consent").await, mine);
        let two = choose(s.form(&s.telephone, "consent").await, theirs);
        let (first, second) = tokio::join!(s.clinic.send_form(&one), s.telephone.send_form(&two));
        let won = match (first.status.as_u16(), second.status.as_u16()) {
            (303, 409) => mine,
            (409, 303) => theirs,
            other => panic!("{other:?}"),
        };
        assert_eq!(s.consents().await, [won], "round {round}");
    }
}

/// Something to put right on a page that is old already: putting it right does not pass over what came meanwhile.
#[tokio::test]
async fn a_faulty_form_of_an_old_page_stays_one_of_an_old_page() {
    let s = Scene::new().await;
    for (act, faulty, right) in [
        ("reply", vec![("body", " "), ("then", "desk")], ("body", "書き直した返事")),
        ("resolve", vec![("body", ""), ("outcome", "advice")], ("body", "書き直したまとめ")),
    ] {
        let old = with(s.form(&s.agent, act).await, &faulty);
        let told = happen(&s, Meanwhile::Answer, 1).await;
        let again = s.agent.send_form(&old).await.expect(422).form(&s.at(act));
        let late = s.agent.send_form(&again.with(right.0, right.1)).await.expect(409);
        assert!(late.body.contains(&told[0]), "{act}: {}", late.body);
        s.agent.send_form(&late.form(&s.at(act))).await.leads();
    }
}

#[tokio::test]
async fn of_very_much_that_came_the_latest_is_shown_and_that_there_is_more() {
    let s = Scene::new().await;
    let mine = with(s.form(&s.agent, "reply").await, &[("body", "遅れた返事"), ("then", "desk")]);
    for n in 0..51 {
        s.act(&s.clinic, "answer", &[("body", &format!("追記その{n:02}。"))]).await.leads();
        assert!(s.stage.clock.advance(time::Duration::seconds(10)));
    }
    let late = s.agent.send_form(&mine).await.expect(409);
    assert!(late.body.contains("50件だけ"), "{}", late.body);
    assert!(!late.body.contains("追記その00。") && late.body.contains("追記その01。") && late.body.contains("追記その50。"));
}

//! A form that comes back after signing in anew says in words what was chosen in it, as far as its reader may choose it there.

use crate::desk::{agent_of, ask};
use tests::{Form, Page, Person, Stage};

const AS_CHOSEN: &str = "選んだとおりに送ります";
const GONE: &str = "いまは選べません";

/// The same person after their session has ended.
async fn anew(who: &Person, stage: &Stage) -> Person {
    who.post("/sign-out", &[]).await.expect(200);
    Person::sign_in_as(stage, who.person.expect("somebody")).await
}

/// The page that gives the form back: first to nobody, then to its writer in a new session.
async fn given_back(who: &Person, stage: &Stage, form: &Form) -> (Person, [Page; 3]) {
    let again = anew(who, stage).await;
    let signed_out = who.send_form(form).await.expect(401);
    let japanese = again.send_form(form).await.expect(409);
    let english = again.send_form_with(form, &[("cookie", "tomoshibi-lang=en")]).await.expect(409);
    (again, [signed_out, japanese, english])
}

async fn name_of(stage: &Stage, who: &Person) -> String {
    let sql = "SELECT name FROM people WHERE id = $1";
    sqlx::query_scalar(sql).bind(who.person).fetch_one(&mut stage.god().await).await.expect("name")
}

async fn category(stage: &Stage, code: &str) -> (String, String) {
    let sql = "SELECT name, name_en FROM desk_categories WHERE code = $1 LIMIT 1";
    sqlx::query_as(sql).bind(code).fetch_one(&mut stage.god().await).await.expect("category")
}

#[tokio::test]
async fn choices_have_names_for_whoever_may_make_them() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "選んだものの名前", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let colleague = stage.sign_in("tabata").await;
    let (ja, en) = category(&stage, "INC-MAL").await;
    let (agent_name, colleague_name) = (name_of(&stage, &agent).await, name_of(&stage, &colleague).await);
    let at = |act: &str| format!("{case}/{act}");

    let form =
        agent.get(&at("triage")).await.expect(200).form(&at("triage")).with("category", "INC-MAL").with("class", "S1").with("line", "2");
    let (agent, [nobody, japanese, english]) = given_back(&agent, &stage, &form).await;
    assert!(nobody.body.contains(AS_CHOSEN) && !nobody.body.contains(&ja), "nobody is signed in: {}", nobody.body);
    assert!(japanese.body.contains(&ja) && !japanese.body.contains(AS_CHOSEN), "{}", japanese.body);
    assert!(english.body.contains(&en), "{}", english.body);
    assert!(japanese.body.contains("選んだもの") && !japanese.body.contains("書いた文"), "nobody wrote anything here");
    let sent = agent.send_form(&japanese.form(&at("triage"))).await.leads();
    assert!(sent.ends_with("done=triaged"), "the words change nothing of what is sent: {sent}");

    let seat = agent.seat.expect("seat").to_string();
    let form = agent.get(&at("assign")).await.expect(200).form(&at("assign")).with("seat", &seat);
    let (_, [nobody, japanese, english]) = given_back(&agent, &stage, &form).await;
    assert!(!nobody.body.contains(&agent_name));
    for page in [japanese, english] {
        let kept = page.body.split("id=\"kept\"").nth(1).expect("what was kept");
        assert!(kept.contains(&agent_name), "{kept}");
    }

    let named = colleague.person.expect("person").to_string();
    let form = clinic.get(&at("privacy")).await.expect(200).form(&at("privacy")).with("privacy", "named").with("named", &named);
    let (clinic, [_, japanese, english]) = given_back(&clinic, &stage, &form).await;
    assert!(japanese.body.contains(&colleague_name) && english.body.contains(&colleague_name), "{}", japanese.body);

    let form = clinic.get(&at("consent")).await.expect(200).form(&at("consent")).with("consent", "police");
    let (_, [nobody, japanese, english]) = given_back(&clinic, &stage, &form).await;
    assert!(nobody.body.contains("警察") && japanese.body.contains("警察") && english.body.contains("olice"), "a closed list needs nobody");
}

#[tokio::test]
async fn a_step_of_asking_names_what_was_chosen() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let step = clinic.post("/ask/new", &[]).await.leads();
    let page = clinic.get(&step).await.expect(200);
    // The symptom stands in the page's own words: read them there.
    let radio = page.body.split("value=\"INC-MAL\"").nth(1).expect("the choice");
    let words = radio
        .split("</label>")
        .next()
        .and_then(|label| label.split('>').filter_map(|part| part.split('<').next()).map(str::trim).find(|text| !text.is_empty()));
    let words = words.expect("its words").to_owned();
    let (clinic, [nobody, japanese, _]) = given_back(&clinic, &stage, &page.form(&step).with("category", "INC-MAL")).await;
    assert!(nobody.body.contains(AS_CHOSEN));
    assert!(japanese.body.contains(&words), "{words}: {}", japanese.body);
    clinic.send_form(&japanese.form(&step)).await.leads();
}

/// A form can be sent to any address, and the names of those who answer are not for those who ask.
#[tokio::test]
async fn a_form_sent_elsewhere_finds_no_names_out() {
    let stage = Stage::new().await;
    let (clinic, neighbour) = (stage.sign_in("aizawa").await, stage.sign_in("hanai").await);
    let case = ask(&clinic, "名前を聞き出す", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let (name, seat) = (name_of(&stage, &agent).await, agent.seat.expect("seat").to_string());
    let version = agent.get(&case).await.input("version").expect("version");
    for asks in [clinic, neighbour] {
        let form = Form {
            action: format!("{case}/assign"),
            fields: vec![
                ("_csrf".into(), asks.csrf().await),
                ("_seat".into(), asks.seat.expect("seat").to_string()),
                ("version".into(), version.clone()),
                ("seat".into(), seat.clone()),
            ],
        };
        let (_, [_, japanese, _]) = given_back(&asks, &stage, &form).await;
        assert!(japanese.body.contains(AS_CHOSEN) && !japanese.body.contains(&name), "{}", japanese.body);
    }
    // Somebody who may choose, and an id that is on no list of theirs.
    let form = agent.get(&format!("{case}/assign")).await.expect(200).form(&format!("{case}/assign"));
    let foreign = stage.sign_in("saeki").await;
    let (_, [_, japanese, _]) = given_back(&agent, &stage, &form.with("seat", &foreign.seat.expect("seat").to_string())).await;
    assert!(japanese.body.contains(GONE) && !japanese.body.contains(&name_of(&stage, &foreign).await));
}

//! Pages that answer a form (422, 409) are as open as the page they stand for: whoever puts something right there hears what moves.

use super::{heard, listening, reply, said};
use crate::desk::{agent_of, ask};
use std::time::Duration;
use tests::{Page, Person, Stage};
use web::app::all_routes;

const NEWS: &str = "この相談に、新しい動きがあります";
/// Forms of a case whose own page has no stream, each with its reason.
const STILL: &[(&str, &str)] = &[
    ("consent", "whatever is ticked is an answer: nothing comes back"),
    ("announce", "a file is announced in a moment, and hangs on whatever the case is then"),
    ("witness", "an auditor sees the case once for the reason given, and nothing of what follows"),
];

/// Who sends which form with what in it, and the page that it stands on.
type Wrong<'a> = (&'a Person, &'a str, Vec<(&'a str, &'a str)>, &'a str);

async fn send(who: &Person, case: &str, act: &str, version: &str, fields: &[(&str, &str)]) -> Page {
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version)]).collect();
    who.post(&format!("{case}/{act}"), &fields).await
}

/// Where the page's line leads, and whether beside the page.
fn latest(page: &Page) -> (String, bool) {
    let link = page.body.split("data-live-text").nth(1).and_then(|rest| rest.split("<a ").nth(1)).and_then(|rest| rest.split('>').next());
    let link = link.unwrap_or_else(|| panic!("no way to the latest: {}", page.body));
    let href = link.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    (href.to_owned(), link.contains("target=\"_blank\""))
}

#[tokio::test]
async fn every_form_that_comes_back_hears_what_moves_and_keeps_what_was_typed() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "戻ってきた書きかけ", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let version = agent.get(&case).await.input("version").expect("version");
    let long = "あ".repeat(8_001);
    let wrong: Vec<Wrong> = vec![
        (&agent, "reply", vec![("body", &long), ("then", "desk")], ""),
        (&agent, "note", vec![("body", &long)], "/note"),
        (&agent, "triage", vec![("category", "INC-MAL"), ("line", "2")], "/triage"),
        (&agent, "assign", vec![], "/assign"),
        (&agent, "offer", vec![], "/offer"),
        (&agent, "resolve", vec![("body", "こうして解決しました")], "/resolve"),
        (&clinic, "answer", vec![("body", &long)], ""),
        (&clinic, "privacy", vec![], "/privacy"),
    ];
    let mut streams = Vec::new();
    for (who, act, fields, page) in &wrong {
        let back = send(who, &case, act, &version, fields).await.expect(422);
        assert_eq!(latest(&back), (format!("{case}{page}"), true), "{act}");
        assert!(fields.iter().filter(|(name, _)| *name == "body").all(|(_, text)| back.body.contains(text)), "{act} keeps the text");
        streams.push((act, who.stream(&back.stream()).await));
    }
    for (act, stream) in &mut streams {
        assert!(stream.within(Duration::from_millis(20)).await.is_none_or(|heard| heard.event == "here"), "{act}: nothing has moved yet");
    }
    // Nobody is told of what they do themselves.
    let other = stage.sign_in("otsuki").await;
    reply(&other, &case, "ほかの担当からの返事").await;
    for (act, stream) in &mut streams {
        assert_eq!(said(&stream.hear("moved").await).0, NEWS, "{act}");
    }
    let version = agent.get(&case).await.input("version").expect("version");
    send(&agent, &case, "resolve", &version, &[("outcome", "advice"), ("body", "こうして解決しました")]).await.leads();
    let version = clinic.get(&format!("{case}/reopen")).await.input("version").expect("version");
    let back = send(&clinic, &case, "reopen", &version, &[("body", &long)]).await.expect(422);
    assert_eq!(latest(&back), (format!("{case}/reopen"), true));
    heard().await;
    let mut stream = clinic.stream(&back.stream()).await;
    send(&agent, &case, "reopen", &version, &[("body", "こちらから開きます")]).await.leads();
    assert_eq!(said(&stream.hear("moved").await).0, NEWS);
}

#[tokio::test]
async fn who_had_an_old_page_hears_of_what_came_before_it_was_given_back() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "古い画面から", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let version = agent.get(&format!("{case}/triage")).await.input("version").expect("version");
    send(&clinic, &case, "answer", &version, &[("body", "追って書きます")]).await.leads();
    heard().await;
    let back = send(&agent, &case, "triage", &version, &[("category", "INC-MAL")]).await.expect(422);
    agent.stream(&back.stream()).await.hear("gap").await;
}

#[tokio::test]
async fn an_overtaken_page_hears_that_it_is_overtaken_again() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "追い越された画面", "everyone").await;
    let (agent, other) = (agent_of(&stage, &case).await, stage.sign_in("otsuki").await);
    let version = agent.get(&case).await.input("version").expect("version");
    reply(&other, &case, "先の返事").await;
    heard().await;
    let late = send(&agent, &case, "reply", &version, &[("body", "遅れた返事"), ("then", "desk")]).await.expect(409);
    assert!(late.body.contains("遅れた返事") && latest(&late) == (case.clone(), true));
    let mut stream = agent.stream(&late.stream()).await;
    assert!(stream.within(Duration::from_millis(300)).await.is_none_or(|heard| heard.event == "here"), "what it shows has been said");
    reply(&other, &case, "もう一度").await;
    assert_eq!(said(&stream.hear("moved").await).0, NEWS);
}

/// The law: a form of a case has been sent wrongly above, or its page has no stream for a reason that stands here.
#[test]
fn no_form_of_a_case_is_forgotten() {
    let tried = ["reply", "note", "triage", "assign", "offer", "resolve", "answer", "privacy", "reopen"];
    let fields =
        |name: &str| web::registry::all_forms().into_iter().find(|form| form.name == name).is_some_and(|form| !form.fields.is_empty());
    let forms = all_routes().into_iter().filter(|route| route.form.is_some_and(fields));
    let acts: Vec<&str> = forms.filter_map(|route| route.path.strip_prefix("/c/{case}/")).filter(|act| !act.ends_with("/draft")).collect();
    for act in acts {
        assert!(tried.contains(&act) || STILL.iter().any(|(still, _)| *still == act), "{act}: send it wrongly above");
    }
}

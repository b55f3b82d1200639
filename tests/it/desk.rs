//! The desk's main line, as people do it: a clinic asks, the desk answers, a neighbour sees nothing.

use sqlx::Row;
use tests::{Person, Stage};

/// Asks as a clinic would, page by page, and returns the case's address.
pub async fn ask(person: &Person, title: &str, privacy: &str) -> String {
    let draft = person.post("/ask/new", &[]).await.leads();
    let draft = draft.trim_end_matches("/symptom").to_owned();
    let step = |name: &str| format!("{draft}/{name}");
    let next = person.post(&step("symptom"), &[("category", "INC-RAN")]).await.leads();
    assert_eq!(next, step("noticed"));
    person.post(&step("noticed"), &[("noticed", "2026-11-16T06:40")]).await.leads();
    person.post(&step("care"), &[("care", "partly")]).await.leads();
    person
        .post(&step("words"), &[("title", title), ("body", "受付のパソコンに英語の赤い画面が出て、電子カルテが開きません。")])
        .await
        .leads();
    person.post(&step("done"), &[("done", "LANケーブルを抜いた")]).await.leads();
    person.post(&step("files"), &[]).await.leads();
    person.post(&step("contact"), &[("phone", "090-0000-0123"), ("contact", "相沢")]).await.leads();
    let check = person.post(&step("privacy"), &[("privacy", privacy)]).await.leads();
    assert_eq!(check, step("check"));
    let case = person.post(&check, &[]).await.leads();
    case.split('?').next().expect("address").to_owned()
}

#[tokio::test]
async fn a_clinic_asks_the_desk_answers_and_the_neighbour_sees_nothing() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "電子カルテが開かない", "everyone").await;
    let page = clinic.get(&case).await.expect(200);
    assert!(page.body.contains("電子カルテが開かない") && page.body.contains("T-2026-"), "{}", page.body);

    let agent = agent_of(&stage, &case).await;
    let seen = agent.get(&case).await.expect(200);
    let version = seen.input("version").expect("a form with a version");
    let answered = agent
        .post(&format!("{case}/reply"), &[("body", "台数を教えてください。"), ("then", "requester"), ("version", &version)])
        .await
        .leads();
    assert!(answered.starts_with(&case));
    assert!(agent.get(&answered).await.expect(200).body.contains("次は医療機関の番です"), "whose turn it is now");
    stage.work().await;
    let letters = stage.letters.sent();
    assert!(
        letters.iter().all(|l| !l.body_text().contains("台数") && !l.subject().contains("台数") && !l.body_text().contains("電子カルテ")),
        "content left by mail"
    );
    assert_eq!(letters.iter().filter(|l| l.event().contains("desk_replied") || l.subject().contains("返事")).count(), 1, "once per event");

    let home = clinic.get("/").await.expect(200);
    assert!(home.body.contains("turnbox"), "the clinic's turn is shown at home");
    let page = clinic.get(&case).await.expect(200);
    assert!(page.body.contains("台数を教えてください。"));

    let neighbour = stage.sign_in("hanai").await;
    let hidden = neighbour.get(&case).await.expect(404);
    let absent = neighbour.get("/c/0198a7c2-0000-7000-8000-00000000ffff").await.expect(404);
    assert_eq!(hidden.body, absent.body, "hidden and absent are byte-identical");
}

/// An agent whose queue holds the case.
pub async fn agent_of(stage: &Stage, case: &str) -> Person {
    let id: uuid::Uuid = case.rsplit('/').next().expect("id").parse().expect("id");
    let mut god = stage.god().await;
    let row = sqlx::query("SELECT pc.email FROM consultations c JOIN seats s ON s.id = c.responsible_seat_id JOIN people_contacts pc ON pc.person_id = s.person_id WHERE c.id = $1")
        .bind(id)
        .fetch_one(&mut god)
        .await
        .expect("responsible");
    let email: String = row.get("email");
    let key = portal::story::demo_people().expect("people").into_iter().find(|p| p.email == email).expect("a person of the story").key;
    stage.sign_in(&key).await
}

#[tokio::test]
async fn pressing_send_twice_makes_one_consultation() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "一度だけ", "everyone").await;
    let mut god = stage.god().await;
    let draft: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM ask_drafts WHERE consultation_id IS NOT NULL").fetch_one(&mut god).await.expect("draft");
    let path = format!("/ask/{draft}/check");
    let (first, second) = tokio::join!(clinic.post(&path, &[]), clinic.post(&path, &[]));
    assert!(first.leads().starts_with(&case) && second.leads().starts_with(&case));
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM consultations").fetch_one(&mut god).await.expect("count");
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_stale_submit_overwrites_nothing_and_keeps_the_text() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "二人が同時に", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let version = agent.get(&case).await.input("version").expect("version");
    agent.post(&format!("{case}/reply"), &[("body", "先の返事"), ("then", "desk"), ("version", &version)]).await.leads();
    let late =
        agent.post(&format!("{case}/reply"), &[("body", "遅れた返事の本文"), ("then", "desk"), ("version", &version)]).await.expect(409);
    assert!(late.body.contains("遅れた返事の本文"), "the typed text is kept");
    let page = clinic.get(&case).await;
    assert!(page.body.contains("先の返事") && !page.body.contains("遅れた返事の本文"));
}

/// Both queues are a lead's: they offer and accept alone, with every step on record; an agent of one queue cannot (F20).
#[tokio::test]
async fn a_lead_who_holds_both_queues_moves_a_case_on_alone() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("ooki").await;
    let (lead, first, second) = (stage.sign_in("otsuki").await, stage.sign_in("kashiwagi").await, stage.sign_in("fujishiro").await);
    let mut god = stage.god().await;
    let press = async |who: &Person, case: &str, act: &str, fields: &[(&str, &str)]| {
        let version = lead.get(case).await.input("version").expect("version");
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
        who.post(&format!("{case}/{act}"), &fields).await
    };
    let case = ask(&clinic, "二つの窓口にまたがる", "everyone").await;
    press(&lead, &case, "accept", &[]).await.expect(403);
    press(&lead, &case, "withdraw", &[]).await.expect(409);
    press(&lead, &case, "offer", &[("line", "1")]).await.leads();
    let page = lead.get(&case).await.expect(200);
    for act in ["accept", "decline", "withdraw", "reply"] {
        assert!(page.body.contains(&format!("action=\"{case}/{act}\"")), "the lead's page has a button to {act}");
    }
    press(&second, &case, "accept", &[]).await.expect(403);
    assert_eq!(press(&lead, &case, "decline", &[]).await.leads(), format!("{case}?done=declined"), "the case is still the lead's to see");
    press(&lead, &case, "offer", &[("line", "1")]).await.leads();
    assert_eq!(press(&lead, &case, "accept", &[]).await.leads(), format!("{case}?done=accepted"));
    let (line, answers): (String, uuid::Uuid) = sqlx::query_as(
        "SELECT q.line, c.responsible_seat_id FROM consultations c JOIN queues q ON q.id = c.queue_id WHERE c.line = q.line",
    )
    .fetch_one(&mut god)
    .await
    .expect("moved");
    assert_eq!((line.as_str(), Some(answers)), ("1", lead.seat));
    second.get(&case).await.expect(404);
    first.get(&case).await.expect(200);
    let told: Vec<String> = sqlx::query_scalar("SELECT verb FROM audit_entries WHERE verb LIKE 'desk.%offer%' ORDER BY verb")
        .fetch_all(&mut god)
        .await
        .expect("record");
    assert_eq!(told, ["desk.consultation_offered", "desk.consultation_offered", "desk.offer_accepted", "desk.offer_declined"]);
}

/// Another line chosen at triage: offered by whoever holds one queue, moved at once by whoever holds both; the thread says which,
/// in both languages, and who is in charge then.
#[tokio::test]
async fn the_thread_says_whether_another_line_was_offered_or_taken() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let clinic = stage.sign_in("ooki").await;
    let words: [(&str, [&str; 3]); 2] = [
        (
            "ja",
            [
                "引き継ぎを申し出：2次窓口 → 1次窓口（藤代 岳）",
                "窓口を変更：2次窓口 → 1次窓口（大槻 健一）",
                "担当を変更：柏木 遥 → 大槻 健一（大槻 健一）",
            ],
        ),
        (
            "en",
            [
                "Hand-over offered: Second line → First line (藤代 岳)",
                "Desk changed: Second line → First line (大槻 健一)",
                "Person in charge changed: 柏木 遥 → 大槻 健一 (大槻 健一)",
            ],
        ),
    ];
    for (locale, [offered, moved, taken]) in words {
        sqlx::query("UPDATE people_contacts SET locale = $1").bind(locale).execute(&mut god).await.expect("language");
        for (key, says, says_not) in [("fujishiro", offered, moved), ("otsuki", moved, offered)] {
            let case = ask(&clinic, "ほかの窓口へ", "everyone").await;
            let who = stage.sign_in(key).await;
            let press = async |act: &str, fields: &[(&str, &str)]| {
                let version = who.get(&case).await.input("version").expect("version");
                let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
                who.post(&format!("{case}/{act}"), &fields).await.leads()
            };
            press("triage", &[("category", "INC-RAN"), ("class", "S2"), ("line", "1")]).await;
            let text = plain(&who.get(&case).await.expect(200).body);
            assert!(text.contains(says) && !text.contains(says_not), "{locale} {key}: {text}");
            if key == "otsuki" {
                press("take", &[]).await;
                let text = plain(&who.get(&case).await.expect(200).body);
                assert!(text.contains(taken), "{text}");
            }
        }
    }
}

/// Whoever answers reads at home what waits for them and nothing else: an offer, then their own cases while it is the desk's turn.
#[tokio::test]
async fn home_shows_an_agent_what_waits_for_them() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("ooki").await;
    let calm = stage.sign_in("eguchi").await;
    let case = ask(&clinic, "待っている相談", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let home = agent.get("/").await.expect(200);
    assert!(home.body.contains("turnbox") && home.body.contains("待っている相談") && home.body.contains("千葉"), "{}", home.body);
    let home = calm.get("/").await.expect(200);
    assert!(!home.body.contains("turnbox") && home.body.contains("あなたを待っている相談はありません"), "{}", home.body);
    assert!(home.body.contains("href=\"/queue\""), "and home leads to the queue");

    let press = async |person: &Person, act: &str, fields: &[(&str, &str)]| {
        let version = person.get(&case).await.input("version").expect("version");
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
        person.post(&format!("{case}/{act}"), &fields).await.leads()
    };
    press(&agent, "offer", &[("line", "1")]).await;
    let other = stage.sign_in("kashiwagi").await.get("/").await.expect(200);
    assert!(other.body.contains("turnbox") && other.body.contains("引き継ぎの返事"), "an offer waits: {}", other.body);
    let kept = press(&agent, "reply", &[("body", "調べています。"), ("then", "desk")]).await;
    assert!(agent.get(&kept).await.expect(200).body.contains("ひきつづき窓口の番です"));
    press(&agent, "reply", &[("body", "台数を教えてください。"), ("then", "requester")]).await;
    let home = agent.get("/").await.expect(200);
    assert!(!home.body.contains("turnbox"), "it is the clinic's turn now: {}", home.body);
}

/// A page's words without its markup.
fn plain(html: &str) -> String {
    html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

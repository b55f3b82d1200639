//! Pages that are open: what moves is said, to whoever may see it and to nobody else, and not a moment after they may not.

mod ends;
mod forms;
mod lists;

use crate::desk::{agent_of, ask};
use access::Role;
use desk::queries::{StaffFilter, View, area_below, area_list, glimpses, own_list, shared_list, shared_of, staff_list, staff_turn};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tests::{Heard, Person, Stage, Stream};
use tokio::sync::watch;
use uuid::Uuid;

/// Long enough for anything that is going to be said.
const QUIET: Duration = Duration::from_millis(1_200);

/// The process listens; until the sender is dropped.
async fn listening(stage: &Stage) -> watch::Sender<bool> {
    let (stop, stopped) = watch::channel(false);
    let url = stage.config.database.listen_url.clone().expect("url");
    let before = stage.portal.live.mark();
    tokio::spawn(portal::serve::news(url, stage.portal.clone(), stopped));
    while stage.portal.live.mark() == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop
}

fn said(heard: &Heard) -> (String, Vec<String>) {
    let data: Value = serde_json::from_str(&heard.data).expect("JSON");
    let rows = data["rows"].as_array().into_iter().flatten().map(|row| row.as_str().expect("address").to_owned()).collect();
    (data["text"].as_str().expect("words").to_owned(), rows)
}

async fn reply(agent: &Person, case: &str, body: &str) {
    let version = agent.get(case).await.input("version").expect("version");
    agent.post(&format!("{case}/reply"), &[("body", body), ("then", "requester"), ("version", &version)]).await.leads();
}

/// News are on their way for a moment; what a page is read after is not said to it.
async fn heard() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Presses a button of a case, or sends its form.
async fn press(who: &Person, case: &str, act: &str, fields: &[(&str, &str)]) {
    let version = who.get(case).await.input("version").expect("version");
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
    who.post(&format!("{case}/{act}"), &fields).await.leads();
}

async fn note(agent: &Person, case: &str) {
    let version = agent.get(&format!("{case}/note")).await.input("version").expect("version");
    agent.post(&format!("{case}/note"), &[("body", "覚え書き"), ("version", &version)]).await.leads();
}

#[tokio::test]
async fn a_list_says_what_moved_to_those_who_see_it_and_to_nobody_else() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, neighbour, other) = (stage.sign_in("aizawa").await, stage.sign_in("hanai").await, stage.sign_in("saeki").await);
    let first = ask(&clinic, "最初の相談", "everyone").await;
    let agent = agent_of(&stage, &first).await;
    let (mut queue, mut mine) = (agent.follow("/queue").await, agent.follow("/queue?view=waiting").await);
    let (mut own, mut next_door, mut abroad) =
        (clinic.follow("/consultations").await, neighbour.follow("/consultations").await, other.follow("/consultations").await);
    let mut area = stage.sign_in("miyasaka").await.follow("/area").await;

    let second = ask(&clinic, "次の相談", "everyone").await;
    let heard = queue.hear("moved").await;
    assert_eq!(said(&heard), ("1件の相談に、新しい動きがあります".to_owned(), vec![second.clone()]));
    assert!(!heard.data.contains("次の相談"), "no words travel");
    assert_eq!(said(&area.hear("moved").await).1, std::slice::from_ref(&second), "its area sees the header");
    let again = ask(&clinic, "その次の相談", "everyone").await;
    assert_eq!(said(&queue.hear("moved").await).0, "2件の相談に、新しい動きがあります");
    assert_eq!(own.within(QUIET).await, None, "nobody is told of what they do themselves");

    reply(&agent, &again, "ご返事です").await;
    assert_eq!(said(&own.hear("moved").await).1, std::slice::from_ref(&again));
    assert_eq!(queue.within(QUIET).await, None, "nor the agent of theirs");
    for stream in [&mut next_door, &mut abroad, &mut mine] {
        assert_eq!(stream.within(Duration::from_millis(50)).await, None);
    }
}

/// A confidential topic moves: colleagues who may not see it hear nothing.
#[tokio::test]
async fn what_a_colleague_may_not_see_is_not_said_to_them() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (opener, colleague) = (stage.sign_in("aizawa").await, stage.sign_in("tabata").await);
    let mut list = colleague.follow("/consultations").await;
    let case = ask(&opener, "わたしだけの相談", "own").await;
    colleague.get(&case).await.expect(404);
    colleague.get(&format!("/live{case}")).await.expect(404);
    let agent = agent_of(&stage, &case).await;
    reply(&agent, &case, "ご返事です").await;
    assert_eq!(list.within(QUIET).await, None);
    let mut own = opener.follow(&case).await;
    note(&agent, &case).await;
    assert_eq!(own.within(QUIET).await, None, "an internal note is not even noticed");
    reply(&agent, &case, "もう一つ").await;
    assert_eq!(said(&own.hear("moved").await).0, "この相談に、新しい動きがあります");
}

/// A stream that begins after its page was read has missed nothing; one that comes back goes on where it was.
#[tokio::test]
async fn what_moves_between_the_page_and_its_stream_is_said() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let first = ask(&clinic, "最初の相談", "everyone").await;
    let agent = agent_of(&stage, &first).await;
    let address = agent.get("/queue").await.expect(200).stream();
    let second = ask(&clinic, "次の相談", "everyone").await;
    // The news are on their way for a moment.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let heard = agent.stream(&address).await.hear("moved").await;
    assert_eq!(said(&heard).1, std::slice::from_ref(&second));
    assert_eq!(heard.id, None, "a list says what is different from its page: there is no place in between");
    let third = ask(&clinic, "その次の相談", "everyone").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut back = agent.stream_after(&address, Some(&stage.portal.live.mark())).await;
    let (words, rows) = said(&back.hear("moved").await);
    assert_eq!(words, "2件の相談に、新しい動きがあります", "what comes back counts on");
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([second, third]));
    assert_eq!(agent.stream("/live/queue?since=elsewhere-7").await.within(QUIET).await.map(|h| h.event), Some("gap".into()));
    let mut case = clinic.follow(&first).await;
    reply(&agent, &first, "ご返事です").await;
    let since = case.hear("moved").await.id.expect("a place");
    let address = clinic.get(&first).await.stream();
    assert_eq!(clinic.stream_after(&address, Some(&since)).await.within(QUIET).await, None, "nothing is said twice");
}

#[tokio::test]
async fn a_lost_seat_ends_the_stream_within_five_seconds() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "席を失う前に", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let mut streams: Vec<Stream> = Vec::new();
    for path in ["/queue", case.as_str()] {
        streams.push(agent.follow(path).await);
    }
    let began = Instant::now();
    let token = agent.token.clone().expect("token");
    sqlx::query("UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1")
        .bind(kernel::secret::hash(&token).to_vec())
        .bind(stage.clock.now())
        .execute(&mut stage.god().await)
        .await
        .expect("revoked");
    for stream in &mut streams {
        stream.hear("gone").await;
        assert!(stream.ends(Duration::from_secs(1)).await);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn whoever_works_on_a_case_sees_who_else_does_and_the_clinic_does_not() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "二人で見る", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let lead = stage.sign_in("otsuki").await;
    let (mut asking, mut first) = (clinic.follow(&case).await, agent.follow(&case).await);
    let mut second = lead.follow(&case).await;
    assert!(said(&first.hear("here").await).0.contains("大槻 健一さんが開いています"));
    assert!(said(&second.hear("here").await).0.ends_with("さんが開いています"));
    lead.post(&format!("{case}/writing"), &[]).await.expect(204);
    assert_eq!(said(&first.hear("here").await).0, "大槻 健一さんが書いています");
    clinic.post(&format!("{case}/writing"), &[]).await.expect(403);
    stage.sign_in("hanai").await.post(&format!("{case}/writing"), &[]).await.expect(404);
    drop(second);
    assert_eq!(said(&first.hear("here").await).0, "", "whoever has left is not there");
    assert_eq!(asking.within(QUIET).await, None, "the clinic does not see who sits at the desk");
}

#[tokio::test]
async fn a_lost_connection_is_said_and_the_news_come_again() {
    let stage = Stage::new().await;
    let stop = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "最初の相談", "everyone").await;
    let agent = agent_of(&stage, &case).await;
    let mut queue = agent.follow("/queue").await;
    let mut god = stage.god().await;
    let ended: i64 = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    .fetch_one(&mut god)
    .await
    .expect("ended");
    assert_eq!(ended, 1);
    queue.hear("gap").await;
    let second = ask(&clinic, "次の相談", "everyone").await;
    assert!(said(&queue.hear("moved").await).1.contains(&second));
    stop.send(true).expect("listening");
    assert!(queue.ends(Duration::from_secs(2)).await, "a process that ends lets its streams go");
}

/// What a stream says of a case is what the list of the same address holds.
#[tokio::test]
async fn a_glimpse_knows_the_same_lists_as_the_lists() {
    let stage = Stage::new().await;
    crate::world::World::build(&stage).await;
    glimpses_of_those_who_answer(&stage).await;
    glimpses_of_the_others(&stage).await;
}

async fn glimpses_of_those_who_answer(stage: &Stage) {
    let mut god = stage.god().await;
    let all: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM consultations").fetch_all(&mut god).await.expect("cases");
    let mut compared = 0;
    for key in ["kashiwagi", "fujishiro", "otsuki", "miyasaka"] {
        let person = stage.sign_in(key).await;
        let actor = person.actor(stage).await;
        let tx = stage.db().read(&actor, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
        let seen = glimpses(&tx, &all).await.expect("glimpses");
        let first = seen.first();
        let filters = [
            StaffFilter::default(),
            StaffFilter { category: first.map(|g| g.category.clone()), ..StaffFilter::default() },
            StaffFilter { queue: actor.queues.first().copied(), ..StaffFilter::default() },
            StaffFilter { prefecture: first.and_then(|g| g.prefecture_id), ..StaffFilter::default() },
            StaffFilter { class: first.and_then(|g| g.class.parse().ok()), ..StaffFilter::default() },
        ];
        for view in View::ALL {
            for filter in &filters {
                let (slice, _) = staff_list(&tx, *view, filter, None).await.expect("list");
                assert!(slice.next.is_none(), "all on one page");
                let listed: BTreeSet<Uuid> = slice.rows.iter().map(|row| row.id).collect();
                let glimpsed: BTreeSet<Uuid> = seen.iter().filter(|g| g.is_on_staff_list(&actor, *view, filter)).map(|g| g.id).collect();
                assert_eq!(listed, glimpsed, "{key} {view} {filter:?}");
                compared += listed.len();
            }
        }
        let waits: BTreeSet<Uuid> = staff_turn(&tx, 100).await.expect("list").0.into_iter().map(|row| row.id).collect();
        assert_eq!(waits, seen.iter().filter(|g| g.waits_for(&actor)).map(|g| g.id).collect(), "{key} is waited for");
        compared += waits.len();
    }
    assert!(compared > 20, "{compared} rows compared");
}

/// The lists of those who ask, of areas and of consents.
async fn glimpses_of_the_others(stage: &Stage) {
    let mut god = stage.god().await;
    let all: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM consultations").fetch_all(&mut god).await.expect("cases");
    let units: Vec<i32> = sqlx::query_scalar("SELECT id FROM units").fetch_all(&mut god).await.expect("units");
    let mut compared = [0; 4];
    for key in ["aizawa", "tabata", "ooki", "morinaga", "hanai", "miyasaka", "nemoto", "takeuchi", "iwase", "hayami"] {
        let person = stage.sign_in(key).await;
        let actor = person.actor(stage).await;
        let read = async || stage.db().read(&actor, kernel::RequestId::new(&stage.clock)).await.expect("transaction");
        let tx = read().await;
        let seen = glimpses(&tx, &all).await.expect("glimpses");
        let listed = |slice: kernel::Slice<desk::queries::ListRow>| -> BTreeSet<Uuid> {
            assert!(slice.next.is_none(), "all on one page");
            slice.rows.into_iter().map(|row| row.id).collect()
        };
        if matches!(actor.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer) {
            for closed in [false, true] {
                let list = listed(own_list(&tx, closed, None).await.expect("list"));
                assert_eq!(list, seen.iter().filter(|g| g.is_on_own_list(&actor, closed)).map(|g| g.id).collect(), "{key} {closed}");
                compared[0] += list.len();
            }
        }
        if matches!(actor.role, Role::Officer | Role::ProgrammeOwner | Role::Auditor) {
            let list = listed(area_list(read().await, &actor, None, None).await.expect("list").0);
            assert_eq!(list, seen.iter().filter(|g| g.is_on_area_list(&actor, None)).map(|g| g.id).collect(), "{key}");
            compared[1] += list.len();
            for unit in &units {
                let Some(within) = area_below(&tx, &actor, *unit).await.expect("area") else { continue };
                let list = listed(area_list(read().await, &actor, Some(&within), None).await.expect("list").0);
                assert_eq!(list, seen.iter().filter(|g| g.is_on_area_list(&actor, Some(*unit))).map(|g| g.id).collect(), "{key} {unit}");
                compared[2] += list.len();
            }
        }
        if !matches!(actor.role, Role::Officer | Role::ProgrammeOwner) {
            continue;
        }
        let list = listed(shared_list(&tx, &actor, None).await.expect("list"));
        assert_eq!(list, shared_of(&tx, &actor, &all).await.expect("shared").into_iter().collect(), "{key}");
        compared[3] += list.len();
    }
    assert!(compared.iter().all(|rows| *rows > 0), "{compared:?} rows compared");
}

/// Whoever writes a note or a resolution is there as well, and hears what moves.
#[tokio::test]
async fn the_page_of_an_act_is_open_like_the_case() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "覚え書きを書いている間に", "everyone").await;
    let (agent, lead) = (agent_of(&stage, &case).await, stage.sign_in("otsuki").await);
    let mut first = agent.follow(&case).await;
    for act in ["note", "resolve", "triage", "assign", "offer"] {
        let mut second = lead.follow(&format!("{case}/{act}")).await;
        assert_eq!(said(&first.hear("here").await).0, "大槻 健一さんが開いています", "{act}");
        assert!(said(&second.hear("here").await).0.ends_with("さんが開いています"), "{act}");
        let page = lead.get(&format!("{case}/{act}")).await.expect(200);
        assert_eq!(page.body.contains(&format!("data-writing=\"{case}/writing\"")), ["note", "resolve"].contains(&act), "{act}");
        drop(second);
        assert_eq!(said(&first.hear("here").await).0, "", "{act}");
    }
    let mut noting = lead.follow(&format!("{case}/note")).await;
    reply(&agent, &case, "ご返事です").await;
    assert_eq!(said(&noting.hear("moved").await).0, "この相談に、新しい動きがあります");
    let mut private = clinic.follow(&format!("{case}/privacy")).await;
    reply(&agent, &case, "もう一つ").await;
    private.hear("moved").await;
    assert!(!clinic.get(&format!("{case}/privacy")).await.body.contains("data-writing"));
}

//! From pressing "send" until the consultation is stored, and until other people's open pages say so.

use crate::report::{Bound, Report};
use crate::site::{Reader, Site};
use desk::{Answers, Care, Privacy};
use futures::StreamExt;
use kernel::RequestId;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Consultations that are asked while nobody listens, and while many do.
const ASKS: usize = 200;
const NEWS: usize = 30;
/// Pages that are open meanwhile.
const STREAMS: usize = 300;
/// Between two pieces of news: more than an open page gathers.
const PAUSE: Duration = Duration::from_millis(1_000);

/// A draft that only wants to be sent.
struct Ready {
    address: String,
    cookie: String,
    form: String,
}

pub async fn measure(report: &mut Report, site: &Site) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("client");
    let mut ready = drafts(site, &client, ASKS + NEWS).await;
    let mut times = Vec::new();
    for draft in ready.drain(..ASKS) {
        times.push(send(&client, draft).await.1);
    }
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    report.add("ask: POST to stored, p50", ms(times[ASKS / 2]), "ms", Some((Bound::AtMost, 8.0)), format!("{ASKS} asks"));
    report.add("ask: POST to stored, p99", ms(times[ASKS * 99 / 100]), "ms", Some((Bound::AtMost, 40.0)), "");
    news(report, site, &client, ready).await;
}

/// Sends a draft: when its answer was there, and how long that took.
async fn send(client: &reqwest::Client, draft: Ready) -> (Instant, Duration) {
    let began = Instant::now();
    let request = client.post(draft.address).header("cookie", draft.cookie).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body(draft.form).send().await.expect("an answer");
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
    assert!(answer.status() == 303 && place.contains("done=asked"), "{} {place}", answer.status());
    (Instant::now(), began.elapsed())
}

/// Drafts of a clinic's owner, written through the desk's own commands.
async fn drafts(site: &Site, client: &reqwest::Client, many: usize) -> Vec<Ready> {
    let mut god = site.stage.god().await;
    let seat: Uuid = sqlx::query_scalar("SELECT s.id FROM seats s JOIN units u ON u.id = s.unit_id WHERE s.role = 'owner' AND u.level = 'institution' AND s.ended_at IS NULL ORDER BY md5(s.id::text) LIMIT 1")
        .fetch_one(&mut god)
        .await
        .expect("an owner");
    let cookie = site.sign_in(&mut god, seat).await;
    let token = cookie.split_once('=').map(|(_, token)| token).unwrap_or_default();
    let actor = identity::read_session(site.stage.db(), token).await.expect("database").expect("a live session");
    let mut ready = Vec::new();
    for n in 0..many {
        let tx = site.stage.db().begin(&actor, RequestId::new(&site.stage.clock)).await.expect("transaction");
        let draft = desk::commands::start_draft(&tx, &actor, &answers(n)).await.expect("draft");
        tx.commit().await.expect("commit");
        let address = format!("http://{}/ask/{}/check", site.address, draft.id);
        let page = client.get(&address).header("cookie", &cookie).send().await.expect("page").text().await.expect("text");
        let input = |name: &str| {
            let tag =
                page.split("<input").find(|tag| tag.contains(&format!("name=\"{name}\""))).unwrap_or_else(|| panic!("no {name}: {page}"));
            tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
        };
        let pairs = [("_csrf", input("_csrf")), ("_seat", input("_seat"))];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        ready.push(Ready { address, cookie: cookie.clone(), form });
    }
    ready
}

fn answers(n: usize) -> Answers {
    let mut answers = Answers {
        category: Some("INC-MAL".into()),
        trouble: true,
        noticed: "けさ6時40分ごろ".into(),
        care: Some(Care::Partly),
        title: format!("電子カルテが開かない（{n}）"),
        body: "英語の赤い画面が出ています。ファイル名の終わりが変わっています。".into(),
        done: "LANケーブルを抜いた。電源は切っていない。".into(),
        phone: "090-0000-0123".into(),
        contact: "受付".into(),
        member: None,
        privacy: Some(Privacy::Everyone),
        named: vec![],
        visited: vec![],
        traces: vec![],
    };
    answers.visited = answers.steps();
    answers
}

/// How long until every open page of the queue has heard of an ask.
async fn news(report: &mut Report, site: &Site, client: &reqwest::Client, ready: Vec<Ready>) {
    let readers = site
        .readers(site.candidates("SELECT s.id AS seat, '/queue' AS path, 1::bigint AS rows FROM seats s WHERE s.role = 'lead' AND s.ended_at IS NULL AND s.federation_id = (SELECT min(federation_id) FROM consultations)").await, "<h1")
        .await;
    let heard: Arc<Mutex<Vec<Instant>>> = Arc::default();
    // Ends with this function: no part after it has these pages open.
    let mut open = tokio::task::JoinSet::new();
    for n in 0..STREAMS {
        follow(&mut open, site, client, &readers[n % readers.len()], heard.clone()).await;
    }
    tokio::time::sleep(PAUSE).await;
    let mut delays = Vec::new();
    let asked = ready.len();
    for draft in ready {
        let take = || std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
        take();
        let (stored, _) = send(client, draft).await;
        tokio::time::sleep(PAUSE).await;
        let mut arrived: Vec<Duration> = take().into_iter().map(|at| at.saturating_duration_since(stored)).collect();
        // Who has not heard within the pause counts as having waited for all of it.
        arrived.resize(arrived.len().max(STREAMS), PAUSE * 2);
        delays.extend(arrived);
    }
    delays.sort();
    let p = |percent: usize| delays[(delays.len() - 1) * percent / 100].as_secs_f64();
    report.add(
        "live event to another agent's screen, p99",
        p(99),
        "s",
        Some((Bound::AtMost, 1.0)),
        format!("{STREAMS} open streams, {asked} asks; p50 {:.3} s", p(50)),
    );
}

/// Opens a page and follows its stream, noting when it says that something has moved.
async fn follow(
    open: &mut tokio::task::JoinSet<()>,
    site: &Site,
    client: &reqwest::Client,
    reader: &Reader,
    heard: Arc<Mutex<Vec<Instant>>>,
) {
    let page = client.get(format!("http://{}{}", site.address, reader.path)).header("cookie", &reader.cookie).send().await.expect("page");
    let page = page.text().await.expect("text");
    let stream =
        page.split("data-live=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the page names a stream").replace("&amp;", "&");
    let answer = client.get(format!("http://{}{stream}", site.address)).header("cookie", &reader.cookie).send().await.expect("stream");
    assert_eq!(answer.status(), 200, "{stream}");
    let mut bytes = answer.bytes_stream();
    open.spawn(async move {
        while let Some(Ok(part)) = bytes.next().await {
            let news = String::from_utf8_lossy(&part).matches("event: moved").count();
            heard.lock().unwrap_or_else(PoisonError::into_inner).extend(std::iter::repeat_n(Instant::now(), news));
        }
    });
}

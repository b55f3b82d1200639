//! Lists that stay open: what leaves them is said as well, and each hears of what it shows.

use super::{QUIET, heard, listening, press, said};
use crate::desk::{agent_of, ask};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;
use store::News;
use tests::{Heard, Stage, Stream};
use uuid::Uuid;
use web::live::What;

fn left(heard: &Heard) -> Vec<String> {
    let data: Value = serde_json::from_str(&heard.data).expect("JSON");
    data["left"].as_array().into_iter().flatten().map(|row| row.as_str().expect("address").to_owned()).collect()
}

/// What was told first of a case since a mark.
fn news_of(stage: &Stage, mark: &str, case: &str) -> News {
    let told = stage.portal.live.join(mark).missed.expect("kept");
    let news = told.iter().find_map(|told| match &told.what {
        What::News(news) if case.ends_with(&news.case.to_string()) => Some(news.clone()),
        _ => None,
    });
    news.expect("news of the case")
}

async fn leaves(list: &mut Stream, case: &str, why: &str) {
    let heard = list.hear("moved").await;
    assert_eq!((said(&heard).0.as_str(), left(&heard)), ("1件の相談が、この一覧から外れました", vec![case.to_owned()]), "{why}");
    assert!(said(&heard).1.is_empty(), "{why}");
}

#[tokio::test]
async fn a_case_that_leaves_a_list_is_said() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, lead) = (stage.sign_in("ooki").await, stage.sign_in("otsuki").await);
    let (first, second) = (stage.sign_in("kashiwagi").await, stage.sign_in("fujishiro").await);

    let case = ask(&clinic, "解決する相談", "everyone").await;
    heard().await;
    let (mut list, mut own) = (second.follow("/queue").await, clinic.follow("/consultations").await);
    press(&lead, &case, "resolve", &[("outcome", "advice"), ("body", "以上です。")]).await;
    leaves(&mut list, &case, "resolved").await;
    leaves(&mut own, &case, "resolved").await;

    let case = ask(&clinic, "差し戻される相談", "everyone").await;
    press(&lead, &case, "offer", &[("line", "1")]).await;
    heard().await;
    let (mut offers, mut home) = (first.follow("/queue?view=offered").await, first.follow("/").await);
    press(&lead, &case, "withdraw", &[]).await;
    leaves(&mut offers, &case, "offer withdrawn").await;
    leaves(&mut home, &case, "offer withdrawn").await;

    press(&lead, &case, "offer", &[("line", "1")]).await;
    heard().await;
    let page = second.get("/queue").await.expect(200).stream();
    let mut list = second.stream(&page).await;
    let mark = stage.portal.live.mark();
    press(&first, &case, "accept", &[]).await;
    leaves(&mut list, &case, "taken by another queue").await;
    let both: BTreeSet<i32> = news_of(&stage, &mark, &case).queues.into_iter().collect();
    assert_eq!(both.len(), 2, "where it was is told with where it is");
    assert!(second.get(&case).await.status == 404, "and is not theirs to see any more");
    leaves(&mut second.stream(&page).await, &case, "between the page and its stream").await;
    // What is nobody's row is not told apart from what was.
    let unknown = format!("{page},{}", Uuid::from_u128(7));
    assert_eq!(left(&second.stream(&unknown).await.hear("moved").await).len(), 2);
    second.get("/live/queue?rows=7").await.expect(400);
    // A case that was never on the page does not leave it.
    assert_eq!(second.stream("/live/queue").await.within(QUIET).await.map(|heard| heard.event), Some("gap".into()));
}

#[tokio::test]
async fn what_was_shared_says_when_consents_come_and_go() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, office, elsewhere) = (stage.sign_in("ooki").await, stage.sign_in("nemoto").await, stage.sign_in("miyasaka").await);
    let case = ask(&clinic, "医師会にも見せる", "everyone").await;
    let (mut list, mut other) = (office.follow("/shared").await, elsewhere.follow("/shared").await);
    let mut page = agent_of(&stage, &case).await.follow(&case).await;
    press(&clinic, &case, "consent", &[("consent", "prefecture")]).await;
    assert_eq!(said(&list.hear("moved").await), ("1件の相談に、新しい動きがあります".into(), vec![case.clone()]));
    page.hear("moved").await;
    heard().await;
    let mut list = office.follow("/shared").await;
    press(&agent_of(&stage, &case).await, &case, "reply", &[("body", "ご返事です"), ("then", "requester")]).await;
    assert_eq!(said(&list.hear("moved").await).1, std::slice::from_ref(&case), "a shared case moves");
    press(&clinic, &case, "consent", &[]).await;
    leaves(&mut list, &case, "consent taken back").await;
    assert_eq!(other.within(Duration::from_millis(50)).await, None);
    stage.sign_in("aizawa").await.get("/live/shared").await.expect(403);
}

/// Home shows what waits for its reader, and says no more than that.
#[tokio::test]
async fn home_hears_of_what_waits_for_its_reader() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, calm) = (stage.sign_in("ooki").await, stage.sign_in("nonomura").await);
    let (mut home, mut queue) = (calm.follow("/").await, calm.follow("/queue").await);
    let case = ask(&clinic, "だれかの番", "everyone").await;
    assert_eq!(said(&queue.hear("moved").await).1, std::slice::from_ref(&case));
    assert_eq!(home.within(QUIET).await, None, "a colleague answers for it");
    let agent = agent_of(&stage, &case).await;
    assert_ne!(agent.seat, calm.seat);
    press(&agent, &case, "assign", &[("seat", &calm.seat.expect("seat").to_string())]).await;
    assert_eq!(said(&home.hear("moved").await).1, std::slice::from_ref(&case));
}

/// An area's page reads nothing for what moves elsewhere.
#[tokio::test]
async fn an_area_is_told_of_what_moves_in_it() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let mark = stage.portal.live.mark();
    let case = ask(&clinic, "長野の相談", "everyone").await;
    heard().await;
    let news = news_of(&stage, &mark, &case);
    let areas: Vec<i32> = sqlx::query_scalar("SELECT unnest(ARRAY[municipal_id, prefecture_id]) FROM consultations WHERE id = $1")
        .bind(news.case)
        .fetch_all(&mut stage.god().await)
        .await
        .expect("areas");
    assert_eq!(news.areas, areas);

    let (here, elsewhere) = (stage.sign_in("miyasaka").await, stage.sign_in("nemoto").await);
    for (person, most) in [(&elsewhere, 6), (&here, u64::MAX)] {
        let stream = person.follow("/area").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = stage.db().statements();
        for _ in 0..8 {
            stage.portal.live.tell(What::News(news.clone()), stage.clock.now());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let asked = stage.db().statements() - before;
        assert!(asked <= most, "{asked} statements for what moves elsewhere");
        assert!(most < u64::MAX || asked > 20, "{asked} statements for what moves here");
        drop(stream);
        heard().await;
    }
}

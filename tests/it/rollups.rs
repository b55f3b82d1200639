//! The view from above: the rollup is what the consultations say, whatever happens to those who fold it; an area's officer sees the
//! area and nobody's small numbers.

use crate::world::{Seated, ask, at, begin};
use desk::Privacy;
use kernel::FiscalYear;
use sqlx::{PgConnection, Row};
use std::sync::Arc;
use store::SystemReason;
use tests::{Page, Stage};

/// Counts that are not what the consultations say: counted here once more, one margin at a time.
async fn wrong(god: &mut PgConnection) -> Vec<String> {
    let mut wrong = Vec::new();
    for (prefecture, municipal) in [("NULL", "NULL"), ("origin_prefecture_id", "NULL"), ("origin_prefecture_id", "origin_municipal_id")] {
        for (category, state) in [("NULL", "NULL"), ("category", "NULL"), ("NULL", "state")] {
            let place = |column: &str| if column == "NULL" { "true".to_owned() } else { format!("{column} IS NOT NULL") };
            let kept = |column: &str, on: bool| format!("{column} IS {} NULL", if on { "NOT" } else { "" });
            let sql = format!(
                "WITH said AS (SELECT federation_id, {prefecture}::int p, {municipal}::int m, date_trunc('month', created_at + interval '9 hours')::date mo, {category}::text c, {state}::text s, count(*) n
                   FROM (SELECT federation_id, origin_prefecture_id, origin_municipal_id, category, state, created_at AT TIME ZONE 'UTC' AS created_at FROM consultations WHERE privacy <> 'confidential') x
                   WHERE {} AND {} GROUP BY 1, 2, 3, 4, 5, 6),
                 kept AS (SELECT federation_id, prefecture_id p, municipal_id m, month mo, category c, state s, count::bigint n FROM desk_counts
                   WHERE {} AND {} AND {} AND {} AND count <> 0)
                 SELECT ((SELECT jsonb_agg(x) FROM (TABLE said EXCEPT TABLE kept) x), (SELECT jsonb_agg(x) FROM (TABLE kept EXCEPT TABLE said) x))::text",
                place(prefecture), place(municipal),
                kept("prefecture_id", prefecture != "NULL"), kept("municipal_id", municipal != "NULL"), kept("category", category != "NULL"), kept("state", state != "NULL"),
            );
            let off: String = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *god).await.expect("counts");
            if off != "(,)" {
                wrong.push(format!("{prefecture} {municipal} {category} {state}: {off}"));
            }
        }
    }
    wrong
}

async fn number(god: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(god).await.expect(sql)
}

async fn fold(stage: &Stage) -> (store::Tx, i32) {
    let tx = stage.bench.db.begin_system(SystemReason::FoldCounts).await.expect("tx");
    let folded = desk::commands::fold_counts(&tx, 1_000).await.expect("fold");
    (tx, folded)
}

async fn clerk(stage: &Stage) -> Seated {
    at(stage, "ooki", "みどりの森").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_what_the_consultations_say_after_the_story_and_after_changes_at_random() {
    let stage = Stage::new().await;
    let ctx = portal::demo::story_of(&stage.config, &stage.clock).expect("settings");
    portal::story::tell(&ctx).await.expect("the story");
    let mut god = stage.god().await;
    assert!(stage.bench.count().await.expect("count") > 25, "the story leaves deltas");
    assert_eq!(wrong(&mut god).await, [""; 0]);
    for seed in [7, 1_977] {
        crate::listed::shake(&stage, seed).await;
        sqlx::query("UPDATE consultations SET privacy = CASE privacy WHEN 'confidential' THEN 'everyone' ELSE 'confidential' END, version = version + 1 WHERE id IN (SELECT id FROM consultations ORDER BY id LIMIT 5)")
            .execute(&mut god)
            .await
            .expect("privacy");
        stage.bench.count().await.expect("count");
        assert_eq!(wrong(&mut god).await, [""; 0], "seed {seed}");
    }
    assert_eq!(number(&mut god, "SELECT count(*) FROM desk_count_deltas").await, 0);
}

#[tokio::test]
async fn a_move_and_a_merger_change_no_number_of_the_past() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let who = async |key: &'static str, name: &'static str| at(&stage, key, name).await;
    let (ooki, aizawa, administrator) = (clerk(&stage).await, who("aizawa", "ひだまり").await, who("wakabayashi", "全国").await);
    let (maruyama, takeuchi, miyasaka) = (who("maruyama", "北嶺").await, who("takeuchi", "千曲").await, who("miyasaka", "長野県").await);
    for (n, asker) in [&ooki, &ooki, &aizawa].into_iter().enumerate() {
        ask(&stage, asker, n, "INC-MAL", Privacy::Everyone, &[], false).await;
    }
    stage.bench.count().await.expect("count");
    let all = "SELECT jsonb_agg(c ORDER BY c::text)::text FROM desk_counts c WHERE count <> 0";
    let before: String = sqlx::query_scalar(all).fetch_one(&mut god).await.expect("counts");
    let (old, new) = (maruyama.actor.unit, takeuchi.actor.unit);
    crate::hard_cases::move_clinic(&stage, &administrator, ooki.actor.unit, miyasaka.actor.unit, old).await;
    let tx = begin(&stage, &administrator).await;
    let (found, permit) = tenancy::find_municipal(&tx, &administrator.actor, old).await.expect("found");
    tenancy::merge_municipal(&tx, permit, &found, new, tx.clock().today()).await.expect("merged");
    tx.commit().await.expect("commit");
    stage.bench.count().await.expect("count");
    let after: String = sqlx::query_scalar(all).fetch_one(&mut god).await.expect("counts");
    assert_eq!(before, after);
    ask(&stage, &aizawa, 3, "INC-MAL", Privacy::Everyone, &[], false).await;
    stage.bench.count().await.expect("count");
    assert_eq!(wrong(&mut god).await, [""; 0]);
    let merged: i64 = sqlx::query_scalar("SELECT count FROM desk_counts WHERE municipal_id = $1 AND category IS NULL AND state IS NULL")
        .bind(new.0)
        .fetch_one(&mut god)
        .await
        .map(|n: i32| n.into())
        .expect("count");
    assert_eq!(merged, 1, "from now on it counts where it has gone");
}

#[tokio::test]
async fn of_two_folds_at_once_one_works_and_nothing_is_counted_twice() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let ooki = clerk(&stage).await;
    for n in 0..3 {
        ask(&stage, &ooki, n, "INC-MAL", Privacy::Everyone, &[], false).await;
    }
    let (first, folded) = fold(&stage).await;
    assert_eq!(folded, 3);
    ask(&stage, &ooki, 3, "INC-MAL", Privacy::Everyone, &[], false).await;
    let (second, none) = fold(&stage).await;
    assert_eq!(none, 0, "the first has not ended");
    second.commit().await.expect("commit");
    first.commit().await.expect("commit");
    let stage = Arc::new(stage);
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let stage = stage.clone();
        running.spawn(async move { stage.bench.count().await.expect("count") });
    }
    for n in 4..8 {
        ask(&stage, &ooki, n, "CHK", Privacy::Everyone, &[], false).await;
    }
    let folded: i32 = running.join_all().await.into_iter().sum::<i32>() + stage.bench.count().await.expect("count");
    assert_eq!(folded, 5);
    assert_eq!(wrong(&mut god).await, [""; 0]);
}

#[tokio::test]
async fn a_fold_that_is_killed_loses_nothing_and_doubles_nothing() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let ooki = clerk(&stage).await;
    for n in 0..3 {
        ask(&stage, &ooki, n, "INC-MAL", Privacy::Everyone, &[], false).await;
    }
    for _ in 0..2 {
        let (killed, folded) = fold(&stage).await;
        assert_eq!(folded, 3);
        let backend: i32 = sqlx::query_scalar("SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()")
            .fetch_one(&mut god)
            .await
            .expect("the fold holds its lock");
        sqlx::query("SELECT pg_terminate_backend($1)").bind(backend).execute(&mut god).await.expect("killed");
        killed.commit().await.expect_err("its connection is gone");
    }
    assert_eq!(number(&mut god, "SELECT count(*) FROM desk_count_deltas").await, 3);
    assert_eq!(number(&mut god, "SELECT count(*) FROM desk_counts").await, 0);
    assert_eq!(stage.bench.count().await.expect("count"), 3);
    assert_eq!(wrong(&mut god).await, [""; 0]);
}

#[tokio::test]
async fn a_falsified_count_is_mended_at_night() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let ooki = clerk(&stage).await;
    ask(&stage, &ooki, 0, "INC-MAL", Privacy::Everyone, &[], false).await;
    stage.bench.count().await.expect("count");
    // One row too high, one gone, one of a month without consultations; and what is not folded yet is no fault.
    for sql in [
        "UPDATE desk_counts SET count = 40 WHERE prefecture_id IS NULL AND category IS NULL AND state IS NULL",
        "DELETE FROM desk_counts WHERE prefecture_id IS NOT NULL AND state IS NOT NULL",
        "INSERT INTO desk_counts (federation_id, month, category, count) VALUES (1, '2024-04-01', 'CHK', 3)",
    ] {
        sqlx::query(sql).execute(&mut god).await.expect(sql);
    }
    stage.bench.count().await.expect("count");
    assert!(!wrong(&mut god).await.is_empty(), "compared once a night, not at every fold");
    let unheard = "SELECT count(*) FROM desk_counts WHERE month = '2024-04-01' AND count <> 0";
    assert_eq!(number(&mut god, unheard).await, 0, "a month that was never compared does not wait for the night");
    ask(&stage, &ooki, 1, "INC-MAL", Privacy::Everyone, &[], false).await;
    let off = a_night(&stage).await;
    assert_eq!(off.len(), 3, "{off:?}");
    assert!(off.contains(&(40, 1)), "{off:?}");
    stage.bench.count().await.expect("count");
    assert_eq!(wrong(&mut god).await, [""; 0]);
}

#[tokio::test]
async fn a_comparing_that_is_stopped_goes_on_where_it_stopped() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    for n in 0..3 {
        ask(&stage, &clerk(&stage).await, n, "INC-MAL", Privacy::Everyone, &[], false).await;
        stage.clock.advance(time::Duration::days(40));
    }
    stage.bench.count().await.expect("count");
    stage.clock.advance(time::Duration::days(1));
    let due = stage.clock.now();
    let next = async || {
        let tx = stage.bench.db.begin_system(SystemReason::FoldCounts).await.expect("tx");
        let month = desk::commands::month_to_reconcile(&tx, due).await.expect("month");
        if let Some(month) = &month {
            desk::commands::reconcile_counts(&tx, month).await.expect("reconcile");
        }
        (tx, month)
    };
    let mut seen = Vec::new();
    for step in 0..5 {
        // Each month is begun twice; the first time its worker is stopped before it is done.
        let (stopped, month) = next().await;
        drop(stopped);
        let (tx, again) = next().await;
        tx.commit().await.expect("commit");
        assert_eq!(month, again, "step {step}");
        seen.extend(month);
    }
    assert!(seen.windows(2).all(|two| two[0].month < two[1].month), "{seen:?}");
    assert!(next().await.1.is_none() && seen.len() == 4, "from November to February: {seen:?}");
    let (_, again) = (stage.bench.count().await.expect("count"), next().await.1);
    assert!(again.is_none(), "a worker that starts by day finds done what was done");
    assert_eq!(wrong(&mut god).await, [""; 0]);
}

#[tokio::test]
async fn a_falsified_copy_is_published_anew_and_what_did_not_change_is_left_alone() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    two_seven_and_nine(&stage, &clerk(&stage).await).await;
    stage.bench.count().await.expect("count");
    let off = "SELECT count(*) FROM (TABLE desk_counts EXCEPT TABLE desk_counts_published) x";
    let marked = "SELECT count(*) FROM desk_count_marks WHERE unpublished";
    assert_eq!((number(&mut god, off).await, number(&mut god, marked).await), (0, 0));
    let falsified =
        sqlx::query("UPDATE desk_counts_published SET count = 4 WHERE category = 'CHK' AND prefecture_id IS NULL").execute(&mut god).await;
    assert_eq!(falsified.expect("falsified").rows_affected(), 1);
    assert_eq!(a_night(&stage).await, [], "the rollup itself is right");
    assert_eq!((number(&mut god, off).await, number(&mut god, marked).await), (1, 1));
    stage.bench.count().await.expect("count");
    assert_eq!((number(&mut god, off).await, number(&mut god, marked).await), (0, 0));
}

/// Compares every month as the worker does a day later: what was kept and put right, and what it is now.
async fn a_night(stage: &Stage) -> Vec<(i32, i32)> {
    stage.clock.advance(time::Duration::hours(24));
    let begin = async || stage.bench.db.begin_system(SystemReason::FoldCounts).await.expect("tx");
    let (due, mut off) = (stage.clock.now(), Vec::new());
    loop {
        let tx = begin().await;
        let Some(month) = desk::commands::month_to_reconcile(&tx, due).await.expect("month") else { break };
        off.extend(desk::commands::reconcile_counts(&tx, &month).await.expect("reconcile"));
        tx.commit().await.expect("commit");
    }
    off.iter().map(|off| (off.was, off.is_now)).collect()
}

/// At size: a night finds nothing off, the counts are what the consultations say, and of what is falsified nothing is missed.
pub async fn agree_at_size(stage: &Stage) {
    let mut god = stage.god().await;
    assert_eq!(a_night(stage).await, []);
    assert_eq!(wrong(&mut god).await, [""; 0]);
    // A nation's, a prefecture's and a municipality's.
    let falsify = "UPDATE desk_counts SET count = count + 7 WHERE ctid = ANY (ARRAY[
        (SELECT ctid FROM desk_counts WHERE prefecture_id IS NULL AND category IS NOT NULL ORDER BY month, category LIMIT 1),
        (SELECT ctid FROM desk_counts WHERE prefecture_id IS NOT NULL AND municipal_id IS NULL AND state IS NOT NULL ORDER BY month DESC, prefecture_id, state LIMIT 1),
        (SELECT ctid FROM desk_counts WHERE municipal_id IS NOT NULL AND category IS NULL AND state IS NULL ORDER BY month DESC, municipal_id LIMIT 1)])";
    assert_eq!(sqlx::query(falsify).execute(&mut god).await.expect("falsified").rows_affected(), 3);
    let off = a_night(stage).await;
    assert!(off.len() == 3 && off.iter().all(|(was, is_now)| was - is_now == 7), "{off:?}");
    assert_eq!(wrong(&mut god).await, [""; 0]);
}

/// What somebody's scope finds in the rollup: prefectures and municipalities.
async fn found(stage: &Stage, who: &Seated) -> Vec<(Option<i32>, Option<i32>)> {
    let tx = begin(stage, who).await;
    let sql = sea_orm::Statement::from_string(
        sea_orm::DbBackend::Postgres,
        "SELECT DISTINCT prefecture_id, municipal_id FROM desk_counts_published",
    );
    let rows = sea_orm::ConnectionTrait::query_all_raw(&tx, sql).await.expect("rows");
    rows.iter().map(|row| (row.try_get("", "prefecture_id").expect("id"), row.try_get("", "municipal_id").expect("id"))).collect()
}

#[tokio::test]
async fn an_officer_counts_the_own_area_and_nobody_else_counts() {
    let stage = Stage::new().await;
    let ooki = clerk(&stage).await;
    for n in 0..6 {
        ask(&stage, &ooki, n, "INC-MAL", Privacy::Everyone, &[], false).await;
    }
    stage.bench.count().await.expect("count");
    let who = async |key: &'static str, name: &'static str| at(&stage, key, name).await;
    let (nemoto, ishige) = (who("nemoto", "千葉県").await, who("ishige", "汐見").await);
    let (chiba, shiomi) = (nemoto.actor.unit.0, ishige.actor.unit.0);
    let mut seen = found(&stage, &nemoto).await;
    seen.sort_unstable();
    assert_eq!(seen, [(Some(chiba), None), (Some(chiba), Some(shiomi))]);
    assert_eq!(found(&stage, &ishige).await, [(Some(chiba), Some(shiomi))]);
    assert!(nemoto.browser.get("/area/figures").await.expect(200).body.contains(">6</span>"));
    for (key, name) in [("miyasaka", "長野県"), ("maruyama", "北嶺")] {
        let neighbour = who(key, name).await;
        assert_eq!(found(&stage, &neighbour).await, []);
        let page = neighbour.browser.get("/area/figures").await.expect(200);
        assert!(!page.body.contains(">6<"), "{key}");
    }
    for (key, name) in [("ooki", "みどりの森"), ("kashiwagi", "北斗"), ("otsuki", "北斗"), ("wakabayashi", "全国")] {
        let nobody = who(key, name).await;
        assert_eq!(found(&stage, &nobody).await, [], "{key}");
        nobody.browser.get("/area/figures").await.expect(403);
    }
    // An area that is not below one's own is not there, nor one that is nowhere.
    nemoto.browser.get(&format!("/area?municipal={shiomi}")).await.expect(200);
    for absent in [format!("/area?municipal={}", chiba), "/area?municipal=999999".into(), format!("/area?prefecture={chiba}")] {
        nemoto.browser.get(&absent).await.expect(404);
    }
    let miyasaka = who("miyasaka", "長野県").await;
    miyasaka.browser.get(&format!("/area?municipal={shiomi}")).await.expect(404);
    nemoto.browser.get("/area/figures?year=x").await.expect(400);
    nemoto.browser.get("/area/figures?year=2199").await.expect(404);
}

/// The numbers in a table of the page, without zeros.
fn cells(page: &Page, id: &str) -> Vec<String> {
    let table = page.body.split(&format!("id=\"{id}\"")).nth(1).expect("table").split("</table>").next().expect("end");
    let number = |row: &str| {
        row.rsplit("<td class=\"num").next().and_then(|c| c.split('>').nth(1)).map(|c| c.split('<').next().unwrap_or("").to_owned())
    };
    table.split("<tr>").skip(2).filter_map(number).filter(|c| c != "0").collect()
}

/// Asks so often in three categories.
async fn two_seven_and_nine(stage: &Stage, asker: &Seated) {
    for (n, category) in [("INC-MAL", 2), ("CHK", 7), ("BCP", 9)].iter().flat_map(|(code, many)| [*code].repeat(*many)).enumerate() {
        ask(stage, asker, n, category, Privacy::Everyone, &[], false).await;
    }
}

#[tokio::test]
async fn the_page_says_no_number_from_one_to_four_nor_what_would_tell_of_it() {
    let stage = Stage::new().await;
    let ooki = clerk(&stage).await;
    two_seven_and_nine(&stage, &ooki).await;
    // A confidential case is in no number.
    ask(&stage, &ooki, 18, "BCP", Privacy::Confidential, &[], false).await;
    stage.bench.count().await.expect("count");
    let officer = at(&stage, "nemoto", "千葉県").await;
    let page = officer.browser.get("/area/figures").await.expect(200);
    assert!(page.body.contains(">18</span>"), "the total is shown");
    assert_eq!(cells(&page, "categories-table"), ["5件未満", "秘匿", "9"]);
    assert_eq!(cells(&page, "months-table"), ["18"]);
    // Home leads to the figures, and they lead to what is behind a line.
    assert!(officer.browser.get("/").await.expect(200).body.contains("href=\"/area/figures\""));
    let shiomi = at(&stage, "ishige", "汐見").await.actor.unit.0;
    assert!(page.body.contains(&format!("href=\"/area?municipal={shiomi}\"")));
    let list = officer.browser.get(&format!("/area?municipal={shiomi}")).await.expect(200);
    assert_eq!(list.body.matches("href=\"/c/").count(), 18);
    let mio = at(&stage, "aizawa", "ひだまり").await;
    for k in 0..3 {
        ask(&stage, &mio, 100 + k, "INC-MAL", Privacy::Everyone, &[], false).await;
    }
    stage.clock.advance(time::Duration::hours(24));
    stage.bench.count().await.expect("count");
    let scanty = at(&stage, "miyasaka", "長野県").await;
    let page = scanty.browser.get("/area/figures").await.expect(200);
    assert!(page.body.contains("5件未満") && !page.body.contains("<table"), "a small total is not broken down");
}

/// What the page of Chiba's officer says, as somebody sees it who looks just now.
async fn categories_now(stage: &Stage) -> Vec<String> {
    let officer = at(stage, "nemoto", "千葉県").await;
    cells(&officer.browser.get("/area/figures").await.expect(200), "categories-table")
}

/// To one minute before the figures change.
fn to_before_six(stage: &Stage) {
    let now = stage.clock.now().to_offset(time::macros::offset!(+9));
    stage.clock.advance(now.replace_time(time::macros::time!(5:59)) + time::Duration::days(1) - now);
}

#[tokio::test]
async fn figures_change_once_a_day_so_one_case_does_not_show_between_two_looks() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let ooki = clerk(&stage).await;
    let officer = at(&stage, "nemoto", "千葉県").await;
    let page = officer.browser.get("/area/figures").await.expect(200);
    assert!(
        page.body.contains("まだ公表した数がありません") && !page.body.contains("<table"),
        "nothing is published yet, and the page says so"
    );
    for (n, category) in [("INC-MAL", 5), ("CHK", 7), ("BCP", 9)].iter().flat_map(|(code, many)| [*code].repeat(*many)).enumerate() {
        ask(&stage, &ooki, n, category, Privacy::Everyone, &[], false).await;
    }
    stage.bench.count().await.expect("count");
    assert_eq!(categories_now(&stage).await, ["5", "7", "9"], "the first ones come at once");
    // The 5 becomes 4: whoever sees both knows it.
    sqlx::query("UPDATE consultations SET category = 'BCP', version = version + 1 WHERE id = (SELECT id FROM consultations WHERE category = 'INC-MAL' LIMIT 1)")
        .execute(&mut god)
        .await
        .expect("another category");
    assert_eq!(stage.bench.count().await.expect("count"), 2);
    assert_eq!(wrong(&mut god).await, [""; 0], "the rollup follows at once");
    assert_eq!(categories_now(&stage).await, ["5", "7", "9"]);
    to_before_six(&stage);
    ask(&stage, &clerk(&stage).await, 50, "BCP", Privacy::Everyone, &[], false).await;
    stage.bench.count().await.expect("count");
    assert_eq!(categories_now(&stage).await, ["5", "7", "9"], "5:59");
    stage.clock.advance(time::Duration::minutes(1));
    assert_eq!(categories_now(&stage).await, ["5", "7", "9"], "6:00, and the worker is late");
    stage.clock.advance(time::Duration::minutes(3));
    stage.bench.count().await.expect("count");
    assert_eq!(categories_now(&stage).await, ["5件未満", "秘匿", "11"], "a day's changes at once");
    let officer = at(&stage, "nemoto", "千葉県").await;
    assert!(officer.browser.get("/area/figures").await.expect(200).body.contains("6:03"), "the page says as of when");
}

/// Publishes as the worker does, in a transaction that the caller ends; of how many federations.
async fn publish(stage: &Stage) -> (store::Tx, i32) {
    let tx = stage.bench.db.begin_system(SystemReason::FoldCounts).await.expect("tx");
    let published = desk::commands::publish_counts(&tx, stage.clock.now()).await.expect("publish");
    (tx, published)
}

#[tokio::test]
async fn publishing_that_is_killed_has_done_nothing_and_told_again_does_it_once() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    two_seven_and_nine(&stage, &clerk(&stage).await).await;
    let (tx, folded) = fold(&stage).await;
    assert_eq!(folded, 18);
    tx.commit().await.expect("commit");
    let state = "SELECT (SELECT count(*) FROM desk_counts_published) + 1000 * (SELECT count(published_at) FROM desk_count_rounds)";
    let (killed, published) = publish(&stage).await;
    assert_eq!(published, 2, "both federations");
    let (second, none) = publish(&stage).await;
    assert_eq!(none, 0, "the first has not ended");
    second.commit().await.expect("commit");
    let backend: i32 = sqlx::query_scalar("SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()")
        .fetch_one(&mut god)
        .await
        .expect("it holds its lock");
    sqlx::query("SELECT pg_terminate_backend($1)").bind(backend).execute(&mut god).await.expect("killed");
    killed.commit().await.expect_err("its connection is gone");
    assert_eq!(number(&mut god, state).await, 0);
    for again in [2, 0] {
        let (tx, published) = publish(&stage).await;
        tx.commit().await.expect("commit");
        assert_eq!(published, again);
        assert_eq!(number(&mut god, state).await, number(&mut god, "SELECT 2000 + count(*) FROM desk_counts").await);
    }
    let off = "SELECT count(*) FROM (TABLE desk_counts EXCEPT TABLE desk_counts_published) x";
    assert_eq!(number(&mut god, off).await, 0);
}

/// The threshold that somebody's figures are shown by.
async fn least(stage: &Stage, who: &Seated) -> u32 {
    let tx = begin(stage, who).await;
    desk::queries::figures(&tx, &who.actor, FiscalYear(2026), &[]).await.expect("figures").threshold.least()
}

#[tokio::test]
async fn a_threshold_is_a_dated_row_and_the_day_of_the_view_decides() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    two_seven_and_nine(&stage, &clerk(&stage).await).await;
    stage.bench.count().await.expect("count");
    let officer = at(&stage, "nemoto", "千葉県").await;
    let by_category = async |path| cells(&officer.browser.get(path).await.expect(200), "categories-table");
    sqlx::raw_sql(
        "INSERT INTO figure_thresholds VALUES (NULL, '2026-11-18', 3, 'decision of 2026-11-10');
         INSERT INTO figure_thresholds SELECT u.id, '2026-11-19', 8, 'decision of its board' FROM units u WHERE u.level = 'federation' AND u.number_prefix = 'T'",
    )
    .execute(&mut god)
    .await
    .expect("announced");
    assert_eq!(by_category("/area/figures").await, ["5件未満", "秘匿", "9"], "announced is not in force");
    stage.clock.advance(time::Duration::hours(15));
    let officer = at(&stage, "nemoto", "千葉県").await;
    let by_category = async |path| cells(&officer.browser.get(path).await.expect(200), "categories-table");
    assert_eq!(by_category("/area/figures").await, ["3件未満", "秘匿", "秘匿"], "2026-11-18 in Tokyo");
    // A federation's own comes first, and what began before it is shown by it too.
    stage.clock.advance(time::Duration::days(150));
    let (officer, other) = (at(&stage, "nemoto", "千葉県").await, at(&stage, "saeki", "").await);
    let page = officer.browser.get("/area/figures?year=2026").await.expect(200);
    assert!(page.body.contains("8件未満") && !page.body.contains("categories-table"), "18 are too few to break down by 8");
    assert_eq!(cells(&page, "months-table"), ["18"]);
    assert_eq!((least(&stage, &officer).await, least(&stage, &other).await), (8, 3));
}

#[tokio::test]
async fn no_threshold_is_below_its_floor_unnamed_or_missing() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    for (sql, code) in [
        ("INSERT INTO figure_thresholds VALUES (NULL, '2026-12-01', 2, 'somebody')", "23514"),
        ("INSERT INTO figure_thresholds VALUES (NULL, '2026-12-01', 101, 'somebody')", "23514"),
        ("INSERT INTO figure_thresholds VALUES (NULL, '2026-12-01', 5, ' ')", "23514"),
        ("INSERT INTO figure_thresholds VALUES (NULL, '2026-12-01', 5, 'one'), (NULL, '2026-12-01', 6, 'two')", "23505"),
        ("DELETE FROM figure_thresholds", "42501"),
        ("UPDATE figure_thresholds SET from_on = '2027-01-01'", "42501"),
    ] {
        let error = sqlx::query(sql).execute(&mut god).await.expect_err(sql);
        assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some(code), "{sql}");
    }
}

#[tokio::test]
async fn a_bulk_load_brings_its_counts_along() {
    let stage = Stage::new().await;
    let url = |url: &Option<String>| url.clone().expect("url");
    let (loader, migrator) = (url(&stage.config.database.loader_url), url(&stage.config.database.migrator_url));
    portal::scale::load(&loader, &migrator, &stage.clock, portal::scale::Size::of(2_000), Arc::new(|_| {})).await.expect("scale");
    let mut god = stage.god().await;
    assert_eq!(number(&mut god, "SELECT count(*) FROM desk_count_deltas").await, 0);
    assert!(number(&mut god, "SELECT count(*) FROM desk_counts").await > 1_000);
    assert_eq!(wrong(&mut god).await, [""; 0]);
    let row = sqlx::query("SELECT max(count) FROM desk_counts").fetch_one(&mut god).await.expect("row");
    assert!(row.get::<i32, _>(0) > 30);
}

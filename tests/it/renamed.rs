//! A new name reaches every list and page: names stand as copies where lists read them.

use sqlx::{Executor, PgConnection};
use tests::Stage;

#[tokio::test]
async fn a_new_name_is_read_everywhere_at_once() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = crate::desk::ask(&clinic, "画面が赤い", "everyone").await;
    let agent = crate::desk::agent_of(&stage, &case).await;
    let officer = stage.sign_in("miyasaka").await;
    let id = case.trim_start_matches("/c/").to_owned();
    let old: (String, String, String, String, String) = sqlx::query_as(
        "SELECT u.name, p.name, k.name, q.name, coalesce(a.short_name, a.name) FROM consultations c JOIN units u ON u.id = c.requester_unit_id
           JOIN seats s ON s.id = c.responsible_seat_id JOIN people p ON p.id = s.person_id
           JOIN desk_categories k ON k.federation_id = c.federation_id AND k.code = c.category JOIN queues q ON q.id = c.queue_id JOIN units a ON a.id = c.prefecture_id
           WHERE c.id = $1::uuid",
    )
    .bind(&id)
    .fetch_one(&mut stage.god().await)
    .await
    .expect("names");
    let (unit, person, category, queue, prefecture) = ("改名した医院", "改名した担当者", "改名した分類", "改名した窓口", "改名した県");
    let sql = format!(
        "UPDATE people p SET name = '{person}' FROM consultations c, seats s WHERE c.id = '{id}' AND s.id = c.responsible_seat_id AND p.id = s.person_id;
         UPDATE units u SET name = '{unit}' FROM consultations c WHERE c.id = '{id}' AND u.id = c.requester_unit_id;
         UPDATE units u SET short_name = '{prefecture}' FROM consultations c WHERE c.id = '{id}' AND u.id = c.prefecture_id;
         UPDATE queues q SET name = '{queue}' FROM consultations c WHERE c.id = '{id}' AND q.id = c.queue_id;
         UPDATE desk_categories k SET name = '{category}' FROM consultations c WHERE c.id = '{id}' AND k.federation_id = c.federation_id AND k.code = c.category"
    );
    stage.god().await.execute(sqlx::AssertSqlSafe(sql)).await.expect("renamed");

    let row = |page: &tests::Page| page.body.split("<main").nth(1).unwrap_or_default().to_owned();
    let queue_page = row(&agent.get("/queue").await.expect(200));
    for (new, old) in [(unit, &old.0), (person, &old.1), (category, &old.2), (queue, &old.3), (prefecture, &old.4)] {
        assert!(queue_page.contains(new), "the queue has {new}");
        assert!(!queue_page.contains(&format!(">{old}<")), "the queue has {old} no longer");
    }
    let area = row(&officer.get("/area").await.expect(200));
    assert!(area.contains(unit) && area.contains(category), "the area");
    let page = row(&agent.get(&case).await.expect(200));
    assert!([unit, person, category, queue].iter().all(|new| page.contains(new)), "the case");
}

/// The columns that a text and its header share, and how many texts differ from their header in one of them.
async fn copies(god: &mut PgConnection) -> (Vec<String>, i64) {
    let shared: Vec<String> = sqlx::query_scalar(
        "SELECT t.column_name::text FROM information_schema.columns t JOIN information_schema.columns c USING (column_name)
           WHERE t.table_name = 'consultation_texts' AND c.table_name = 'consultations' ORDER BY 1",
    )
    .fetch_all(&mut *god)
    .await
    .expect("columns");
    let row = |table: &str| shared.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT count(*) FROM consultation_texts t JOIN consultations c ON c.id = t.consultation_id WHERE ({}) IS DISTINCT FROM ({})",
        row("t"),
        row("c")
    );
    let differ = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(god).await.expect("counted");
    (shared, differ)
}

/// A list with titles reads what a text carries of its header.
#[tokio::test]
async fn a_text_carries_what_its_header_says_whatever_changes_there() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let id = crate::desk::ask(&clinic, "画面が赤い", "everyone").await.trim_start_matches("/c/").to_owned();
    let mut god = stage.god().await;
    let (shared, differ) = copies(&mut god).await;
    assert_eq!(shared.len(), 19, "{shared:?}");
    assert_eq!(differ, 0, "as it was asked");
    // Everything that may change at once, and each differs from before.
    let sql = format!(
        "UPDATE consultations c SET version = version + 1, updated_at = updated_at + interval '1 hour', turn_since = turn_since + interval '1 hour', state = 'closed',
           outcome = 'advice', resolved_at = created_at, closed_at = created_at, class = 'S4', category = (SELECT min(k.code) FROM desk_categories k WHERE k.federation_id = c.federation_id AND k.code <> c.category),
           privacy = 'confidential', prefecture_id = NULL, requester_name = 'x', requester_name_en = 'y',
           responsible_seat_id = (SELECT min(d.duty_seat_id::text)::uuid FROM queues d WHERE d.federation_id = c.federation_id AND d.duty_seat_id <> c.responsible_seat_id),
           offered_queue_id = c.queue_id, offered_by = c.opened_from, offered_at = c.created_at,
           queue_id = (SELECT min(q.id) FROM queues q WHERE q.federation_id = c.federation_id AND q.id <> c.queue_id) WHERE c.id = '{id}'"
    );
    let before: Vec<Option<String>> = line(&mut god, &id, &shared).await;
    god.execute(sqlx::AssertSqlSafe(sql)).await.expect("changed");
    assert_eq!(copies(&mut god).await.1, 0, "after everything changed");
    let after = line(&mut god, &id, &shared).await;
    let kept: Vec<_> =
        shared.iter().zip(before.iter().zip(&after)).filter(|(_, (b, a))| b == a).map(|(column, _)| column.as_str()).collect();
    assert_eq!(kept, ["created_at", "federation_id", "institution_id", "number", "opened_by", "requester_unit_id"], "what is frozen");
}

async fn line(god: &mut PgConnection, id: &str, columns: &[String]) -> Vec<Option<String>> {
    let all = columns.iter().map(|column| format!("{column}::text")).collect::<Vec<_>>().join(", ");
    let sql = format!("SELECT ARRAY[{all}] FROM consultation_texts WHERE consultation_id = '{id}'");
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(god).await.expect("a text")
}

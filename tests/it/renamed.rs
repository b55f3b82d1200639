//! A new name reaches every list and page: names stand as copies where lists read them.

use sqlx::Executor;
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

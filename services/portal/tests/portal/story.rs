//! The demo story on a real database.

use crate::support::{Scratch, scratch};
use portal::story::{Ctx, DemoPerson, Told, demo_people, tell};

fn ctx<'a>(s: &'a Scratch, app_url: &'a str) -> Ctx<'a> {
    Ctx {
        loader_url: &s.loader_url,
        app_url,
        issuer_url: "http://127.0.0.1:8783",
        clock: &s.clock,
        links: identity::InvitationLinks::new(b"of this test"),
    }
}

/// The number of rows in every table that the story could touch.
async fn counts(s: &Scratch) -> Vec<(String, i64)> {
    let names: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        .fetch_all(&s.admin)
        .await
        .expect("tables");
    let mut found = Vec::new();
    for name in names {
        let rows = s.count(format!("SELECT count(*) FROM {name}")).await;
        found.push((name, rows));
    }
    found
}

#[tokio::test]
async fn the_story_is_told_once_and_has_everything() {
    let s = scratch().await;
    let url = s.loader_url.replace("portal_loader", "portal_app");
    let told = tell(&ctx(&s, &url)).await.expect("told");
    assert!(told.consultations >= 30 && told.rows > 500, "{told:?}");
    let before = counts(&s).await;
    assert_eq!(tell(&ctx(&s, &url)).await.expect("told again"), Told::default());
    assert_eq!(counts(&s).await, before, "telling twice changes nothing");

    for (what, at_least, sql) in [
        ("federations", 2, "SELECT count(*) FROM units WHERE level = 'federation'"),
        (
            "prefectures",
            47,
            "SELECT count(*) FROM units WHERE level = 'prefectural' AND federation_id = (SELECT id FROM units WHERE code = 'T' AND level = 'federation')",
        ),
        ("institutions", 40, "SELECT count(*) FROM units WHERE level = 'institution'"),
        ("straight under a prefecture", 1, "SELECT count(*) FROM units WHERE level = 'institution' AND municipal_id IS NULL"),
        (
            "detailed prefectures",
            3,
            "SELECT count(*) FROM (SELECT prefecture_id FROM units WHERE level = 'municipal' AND federation_id <> 0 GROUP BY 1 HAVING count(*) >= 4) p",
        ),
        ("a university association", 1, "SELECT count(*) FROM units WHERE kind = 'university_association'"),
        ("a provider under contract", 2, "SELECT count(*) FROM contract_queues"),
        ("a prefectural route", 1, "SELECT count(*) FROM queue_routes WHERE prefecture_id IS NOT NULL"),
        ("roles", 14, "SELECT count(DISTINCT role) FROM seats"),
        (
            "officers at both levels",
            2,
            "SELECT count(DISTINCT u.level) FROM seats s JOIN units u ON u.id = s.unit_id WHERE s.role = 'officer'",
        ),
        (
            "a member of several institutions",
            1,
            "SELECT count(*) FROM (SELECT member_id FROM member_institutions GROUP BY 1 HAVING count(*) > 2) m",
        ),
        (
            "a lapsed member",
            1,
            "SELECT count(*) FROM (SELECT member_id FROM member_periods GROUP BY 1 HAVING max(until_on) <= '2026-11-17' AND bool_and(until_on IS NOT NULL)) m",
        ),
        ("member categories", 5, "SELECT count(DISTINCT category) FROM member_periods"),
        (
            "somebody in both federations",
            1,
            "SELECT count(*) FROM (SELECT person_id FROM seats GROUP BY 1 HAVING count(DISTINCT federation_id) = 2) p",
        ),
        ("states", 7, "SELECT count(DISTINCT state) FROM consultations"),
        ("privacies", 4, "SELECT count(DISTINCT privacy) FROM consultations"),
        ("classes", 4, "SELECT count(DISTINCT class) FROM consultations"),
        ("an open offer", 1, "SELECT count(*) FROM consultations WHERE offered_queue_id IS NOT NULL"),
        ("receivers", 4, "SELECT count(DISTINCT receiver) FROM case_access"),
        ("a withdrawn consent", 1, "SELECT count(*) FROM case_access WHERE revoked_at IS NOT NULL"),
        ("a reopened one", 1, "SELECT count(*) FROM consultation_events WHERE verb = 'reopened'"),
        (
            "a case in the prefecture's own queue",
            5,
            "SELECT count(*) FROM consultations c JOIN queues q ON q.id = c.queue_id WHERE q.code = 'nagano'",
        ),
        (
            "every queue of T at work",
            5,
            "SELECT count(DISTINCT q.id) FROM consultations c JOIN queues q ON q.id = c.queue_id JOIN units f ON f.id = q.federation_id WHERE f.code = 'T'",
        ),
        (
            "asked by offices",
            3,
            "SELECT count(*) FROM consultations c JOIN units u ON u.id = c.requester_unit_id WHERE u.level IN ('municipal', 'prefectural')",
        ),
        (
            "asked by care facilities",
            2,
            "SELECT count(*) FROM consultations c JOIN units u ON u.id = c.requester_unit_id WHERE u.kind = 'care_facility'",
        ),
        (
            "for a lapsed member",
            1,
            "SELECT count(*) FROM consultations c JOIN members m ON m.id = c.member_id WHERE NOT EXISTS (SELECT 1 FROM member_periods p WHERE p.member_id = m.id AND p.until_on IS NULL)",
        ),
        ("cases of the other federation", 3, "SELECT count(*) FROM consultations WHERE number LIKE 'H-%'"),
        ("notes", 5, "SELECT count(*) FROM consultation_notes"),
    ] {
        let found = s.count(sql).await;
        assert!(found >= at_least, "{what}: {found}");
    }
    // Written by the people: every change has its audit entry and nothing lies in the future; the story's sessions are gone.
    assert_eq!(s.count("SELECT count(*) FROM consultations c WHERE NOT EXISTS (SELECT 1 FROM audit_entries a WHERE a.subject = c.id AND a.verb = 'desk.consultation_opened')").await, 0);
    assert_eq!(s.count(format!("SELECT count(*) FROM consultations WHERE updated_at > '{}'", s.clock.now())).await, 0);
    assert_eq!(s.count("SELECT count(*) FROM sessions").await, 0);
    assert_eq!(s.count("SELECT count(*) FROM consultations WHERE created_at < (SELECT max(from_on) FROM content_texts)").await, 0);
    // Numbers follow time.
    assert_eq!(s.count("SELECT count(*) FROM (SELECT number, lag(number) OVER (PARTITION BY federation_id ORDER BY created_at) AS before FROM consultations) n WHERE before > number").await, 0);
}

#[tokio::test]
async fn every_demo_person_has_an_open_invitation_that_their_first_sign_in_binds() {
    let s = scratch().await;
    let url = s.loader_url.replace("portal_loader", "portal_app");
    tell(&ctx(&s, &url)).await.expect("told");
    let people = demo_people().expect("people");
    assert!(people.len() >= 50);
    for unique in [|p: &DemoPerson| p.key.clone(), |p: &DemoPerson| p.subject.clone(), |p: &DemoPerson| p.email.clone()] {
        assert_eq!(people.iter().map(unique).collect::<std::collections::BTreeSet<_>>().len(), people.len());
    }
    for person in &people {
        assert!(!person.line_ja.is_empty() && !person.line_en.is_empty() && !person.name_en.is_empty() && !person.group.is_empty());
        let sql = format!(
            "SELECT count(*) FROM invitations i JOIN people_contacts c ON c.person_id = i.person_id AND c.email = i.email JOIN seats s ON s.person_id = i.person_id WHERE i.email = '{}' AND i.used_at IS NULL",
            person.email
        );
        assert!(s.count(sql).await >= 1, "{}", person.key);
    }
    let one = people.iter().find(|p| p.key == "aizawa").expect("aizawa");
    assert_eq!(one.line_ja, "ひだまり内科クリニック 職員");
    let bound: Option<uuid::Uuid> =
        sqlx::query_scalar("SELECT sign_in_person((SELECT id FROM issuers WHERE client_id = 'tomoshibi-1'), $1, $2, NULL, $3)")
            .bind(&one.subject)
            .bind(&one.email)
            .bind(s.clock.now())
            .fetch_one(&s.admin)
            .await
            .expect("sign in");
    assert!(bound.is_some());
    // A used invitation stays used at the next telling; another address of the issuer is followed.
    let elsewhere = Ctx { issuer_url: "http://127.0.0.1:9999", ..ctx(&s, &url) };
    assert_eq!(tell(&elsewhere).await.expect("told again").rows, 2);
    assert_eq!(s.count("SELECT count(*) FROM issuers WHERE issuer_url = 'http://127.0.0.1:9999'").await, 2);
    assert_eq!(s.count(format!("SELECT count(*) FROM invitations WHERE email = '{}' AND used_at IS NULL", one.email)).await, 0);
}

#[tokio::test]
async fn what_people_changed_is_left_alone() {
    let s = scratch().await;
    let url = s.loader_url.replace("portal_loader", "portal_app");
    tell(&ctx(&s, &url)).await.expect("told");
    s.sql("UPDATE units SET name = 'あたらしい名前' WHERE name = 'みどりの森医院'; UPDATE seats SET ended_at = now() WHERE role = 'librarian'").await;
    assert_eq!(tell(&ctx(&s, &url)).await.expect("told again"), Told::default());
    assert_eq!(s.count("SELECT count(*) FROM units WHERE name = 'みどりの森医院'").await, 0);
    assert_eq!(s.count("SELECT count(*) FROM seats WHERE role = 'librarian' AND ended_at IS NULL").await, 0);
}

//! Listed ⇔ openable (F2): a property of every list and every page, for everybody of the story.

use crate::world::{Case, Seated, Sees, everybody};
use desk::Privacy;
use kernel::ConsultationId;
use std::collections::BTreeSet;
use std::sync::Arc;
use tests::Stage;
use uuid::Uuid;

/// Every case a person's lists lead to.
async fn listed(who: &Seated) -> BTreeSet<Uuid> {
    let mut found = BTreeSet::new();
    let mut next: Vec<String> = ["/", "/consultations", "/consultations?closed=1", "/area", "/shared"].map(str::to_owned).to_vec();
    next.extend(desk::queries::View::ALL.iter().map(|view| format!("/queue?view={view}")));
    let mut seen = BTreeSet::new();
    while let Some(path) = next.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = who.browser.get(&path).await;
        assert!(page.status == 200 || page.status == 403, "{} {path}: {}", who.name(), page.status);
        for href in page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if let Some(id) = href.strip_prefix("/c/").and_then(|rest| rest.split(['/', '#', '?']).next()?.parse().ok()) {
                found.insert(id);
            }
            if href.contains("after=") {
                next.push(href.replace("&amp;", "&"));
            }
        }
    }
    found
}

/// Listed ⇔ openable, for everybody of the story in every seat, before and after the world is shaken by changes at random:
/// other privacies, consents, offers, queues and homes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listed_means_openable_and_openable_means_listed() {
    let stage = Arc::new(Stage::new().await);
    let ctx = portal::demo::story_of(&stage.config, &stage.clock).expect("settings");
    portal::story::tell(&ctx).await.expect("the story");
    let people: Vec<Arc<Seated>> = everybody(&stage).await.into_iter().map(Arc::new).collect();
    for seed in [None, Some(7_u64), Some(1_977)] {
        if let Some(seed) = seed {
            shake(&stage, seed).await;
        }
        let cases = Arc::new(crate::world::cases(&mut stage.god().await).await);
        assert!(cases.len() > 25, "the story has consultations");
        let mut running = tokio::task::JoinSet::new();
        let mut faults: Vec<String> = Vec::new();
        for who in &people {
            let who = Arc::clone(who);
            if running.len() >= 4 {
                faults.extend(running.join_next().await.expect("running").expect("no panic"));
            }
            let (stage, cases) = (stage.clone(), cases.clone());
            running.spawn(async move { agreement(&stage, &who, &cases, seed).await });
        }
        while let Some(more) = running.join_next().await {
            faults.extend(more.expect("no panic"));
        }
        assert!(faults.is_empty(), "seed {seed:?}: {} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

async fn agreement(stage: &Stage, who: &Seated, cases: &[Case], seed: Option<u64>) -> Vec<String> {
    let (mut faults, listed) = (Vec::new(), listed(who).await);
    let tx = stage.db().read(&who.actor, kernel::RequestId::new(&stage.clock)).await.expect("scope");
    let mut visible = BTreeSet::new();
    for row in sea_orm::ConnectionTrait::query_all_raw(
        &tx,
        sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT id FROM consultations"),
    )
    .await
    .expect("rows")
    {
        visible.insert(row.try_get::<Uuid>("", "id").expect("id"));
    }
    for case in cases {
        let found = desk::find::<desk::ReadHeader>(&tx, &who.actor, ConsultationId(case.id)).await.is_ok();
        let text = found && desk::find::<desk::ReadText>(&tx, &who.actor, ConsultationId(case.id)).await.is_ok();
        let sees = case.seen_by(&who.actor);
        let (listed, visible) = (listed.contains(&case.id), visible.contains(&case.id));
        if found != visible || found != (sees != Sees::Nothing) || text != (sees >= Sees::Text) || listed != found {
            faults.push(format!(
                "{} {:?} {}: must see {sees:?}; row {visible}, header {found}, text {text}, listed {listed}",
                who.name(),
                case.name,
                case.privacy
            ));
        }
    }
    drop(tx);
    // Opening every page of everybody once is enough; a shaken world is opened in samples that differ by person.
    let sample = |n: usize| {
        seed.is_none_or(|seed| n.wrapping_add(who.actor.seat.0.as_u128() as usize).wrapping_add(seed as usize).is_multiple_of(6))
    };
    for (_, case) in cases.iter().enumerate().filter(|(n, _)| sample(*n)) {
        let page = who.browser.get(&case.path()).await;
        let text = page.status == 200 && page.body.contains(&escaped(&case.name));
        let fits = match case.seen_by(&who.actor) {
            Sees::Nothing => page.status == 404,
            Sees::Header => page.status == 200 && !text,
            Sees::Text | Sees::Notes => text,
        };
        if !fits {
            faults.push(format!("{} opens {:?}: {} text {text}", who.name(), case.name, page.status));
        }
    }
    faults
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Changes at random, within what the tables allow; the same seed makes the same world.
pub(crate) async fn shake(stage: &Stage, seed: u64) {
    let mut god = stage.god().await;
    let mut state = seed;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or_default() % below.max(1)
    };
    let cases = crate::world::cases(&mut god).await;
    let text: Uuid =
        sqlx::query_scalar("SELECT id FROM content_texts WHERE key LIKE 'consent%' LIMIT 1").fetch_one(&mut god).await.expect("text");
    for case in &cases {
        let queues: Vec<i32> = sqlx::query_scalar("SELECT id FROM queues WHERE federation_id = $1 ORDER BY id")
            .bind(case.federation)
            .fetch_all(&mut god)
            .await
            .expect("queues");
        let privacy = Privacy::ALL[next(Privacy::ALL.len())];
        let queue = queues[next(queues.len())];
        let offered = Some(queues[next(queues.len())]).filter(|q| *q != queue && next(3) == 0);
        sqlx::query("UPDATE consultations SET privacy = $2, queue_id = $3, offered_queue_id = CASE WHEN state IN ('resolved', 'closed') THEN NULL ELSE $4 END, offered_by = CASE WHEN state IN ('resolved', 'closed') OR $4 IS NULL THEN NULL ELSE responsible_seat_id END, offered_at = CASE WHEN state IN ('resolved', 'closed') OR $4 IS NULL THEN NULL ELSE updated_at END, version = version + 1 WHERE id = $1")
            .bind(case.id)
            .bind(privacy.word())
            .bind(queue)
            .bind(offered)
            .execute(&mut god)
            .await
            .expect("shaken");
        sqlx::query("DELETE FROM consultation_people WHERE consultation_id = $1")
            .bind(case.id)
            .execute(&mut god)
            .await
            .expect("nobody named");
        if matches!(privacy, Privacy::Named | Privacy::Confidential) {
            sqlx::query("INSERT INTO consultation_people SELECT DISTINCT $2::int, $1::uuid, person_id FROM seats WHERE unit_id = $3 AND ended_at IS NULL LIMIT 1")
                .bind(case.id)
                .bind(case.federation)
                .bind(case.requester)
                .execute(&mut god)
                .await
                .expect("named");
        }
        sqlx::query("UPDATE case_access SET revoked_at = granted_at WHERE consultation_id = $1 AND revoked_at IS NULL")
            .bind(case.id)
            .execute(&mut god)
            .await
            .expect("ended");
        for (receiver, unit) in
            [("programme_office", Some(case.federation)), ("prefecture", case.prefecture), ("municipality", case.municipal)]
        {
            let Some(unit) = unit.filter(|_| next(3) == 0) else { continue };
            sqlx::query("INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at) SELECT gen_random_uuid(), federation_id, id, $2, $3, $4, opened_by, requester_unit_id, updated_at FROM consultations WHERE id = $1")
                .bind(case.id)
                .bind(receiver)
                .bind(unit)
                .bind(text)
                .execute(&mut god)
                .await
                .expect("consent");
        }
    }
}

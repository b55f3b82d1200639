//! What Rust and the database both say must be the same: closed lists, levels of roles.

use access::Role;
use kernel::Level;
use store::SystemReason;
use tests::Stage;

#[tokio::test]
async fn a_role_exists_at_the_same_levels_in_rust_and_in_the_database() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let person: uuid::Uuid = sqlx::query_scalar("SELECT id FROM people LIMIT 1").fetch_one(&mut god).await.expect("somebody");
    let mut differ = Vec::new();
    for level in Level::ALL {
        let unit: (i32, Option<i32>) = sqlx::query_as("SELECT id, federation_id FROM units WHERE level = $1 ORDER BY id LIMIT 1")
            .bind(level.word())
            .fetch_one(&mut god)
            .await
            .expect("a unit of each level");
        let federation: i32 = match unit.1 {
            Some(federation) => federation,
            None => {
                sqlx::query_scalar("SELECT min(id) FROM units WHERE level = 'federation'").fetch_one(&mut god).await.expect("federation")
            }
        };
        for role in Role::ALL {
            let mut tx = sqlx::Connection::begin(&mut god).await.expect("transaction");
            let taken = sqlx::query("INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) VALUES ($1, $2, $3, $4, $5, '2020-01-01', '2020-01-01') ON CONFLICT DO NOTHING")
                .bind(kernel::ids::new_uuid(&stage.clock))
                .bind(federation)
                .bind(person)
                .bind(unit.0)
                .bind(role.word())
                .execute(&mut *tx)
                .await
                .is_ok();
            tx.rollback().await.expect("rollback");
            if taken != role.levels().contains(level) {
                differ.push(format!("{role} at {level}: the database says {taken}"));
            }
        }
    }
    assert!(differ.is_empty(), "{differ:?}");
}

#[tokio::test]
async fn every_reason_for_system_work_is_known_to_the_database_and_no_other() {
    let stage = Stage::new().await;
    for reason in SystemReason::ALL {
        stage.bench.db.begin_system(*reason).await.unwrap_or_else(|error| panic!("{reason}: {error}"));
    }
    let mut god = stage.god().await;
    let body: String =
        sqlx::query_scalar("SELECT prosrc FROM pg_proc WHERE proname = 'enter_system'").fetch_one(&mut god).await.expect("function");
    let list = body.split("NOT IN (").nth(1).and_then(|rest| rest.split(')').next()).expect("the list");
    let known: Vec<&str> = list.split('\'').skip(1).step_by(2).collect();
    let ours: Vec<&str> = SystemReason::ALL.iter().map(|r| r.word()).collect();
    assert_eq!(known.len(), ours.len(), "{known:?} {ours:?}");
    assert!(stage.db().begin_system(SystemReason::SealAudit).await.is_err(), "the web process may not act as the system");
}

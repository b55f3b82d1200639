//! What is hidden and what is absent are answered at the same moment after they were asked for, whatever finding out took (F3).

use sqlx::Connection;
use std::time::Duration;
use tests::{Page, Person, Stage};
use tokio::time::Instant;

/// Long beside what a page takes here, so that a busy machine is told from a wrong moment.
const STEP: u64 = 400;

/// Somebody at a portal that answers so at so many milliseconds, over so many connections.
async fn at_step(stage: &Stage, key: &str, step: u64, connections: u32) -> Person {
    let mut config = stage.config.clone();
    config.portal.not_found_ms = step.try_into().expect("milliseconds");
    config.database.max_connections = connections;
    stage.sign_in(key).await.at(stage, &config).await
}

/// What took how many milliseconds.
async fn timed(asking: impl Future<Output = Page>) -> (u16, u64) {
    let began = Instant::now();
    let page = asking.await;
    (page.status.as_u16(), began.elapsed().as_millis().try_into().expect("milliseconds"))
}

/// A case that the clinic next door cannot see, and one that nobody has.
async fn hidden_and_absent(stage: &Stage) -> [String; 2] {
    let clinic = stage.sign_in("aizawa").await;
    [crate::desk::ask(&clinic, "隣の相談", "everyone").await, format!("/c/{}", kernel::ids::new_uuid(&stage.clock))]
}

#[tokio::test]
async fn hidden_and_absent_are_answered_at_the_same_step() {
    let stage = Stage::new().await;
    let cases = hidden_and_absent(&stage).await;
    let next_door = at_step(&stage, "hanai", STEP, 4).await;
    let form = [("_csrf", next_door.csrf().await), ("_seat", next_door.seat.expect("seat").to_string()), ("version", "1".into())];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for case in &cases {
        let stream = format!("/live{case}");
        for answer in [
            timed(next_door.get(case)).await,
            timed(next_door.get(&stream)).await,
            timed(next_door.post_raw(&format!("{case}/take"), &form)).await,
        ] {
            assert!(answer.0 == 404 && (STEP..2 * STEP).contains(&answer.1), "{case}: {answer:?}");
        }
    }
}

/// A form of an earlier session comes back with the names of what was chosen, which are looked up: no 404, and no other time either.
#[tokio::test]
async fn a_form_that_comes_back_tells_neither() {
    let stage = Stage::new().await;
    let cases = hidden_and_absent(&stage).await;
    let before = stage.sign_in("hanai").await;
    let (csrf, seat) = (before.csrf().await, before.seat.expect("seat").to_string());
    let next_door = at_step(&stage, "hanai", STEP, 4).await;
    for case in &cases {
        let form = [("_csrf", csrf.as_str()), ("_seat", &seat), ("version", "1"), ("category", "INC-MAL"), ("class", "S1"), ("line", "2")];
        let answer = timed(next_door.post_raw(&format!("{case}/triage"), &form)).await;
        assert!(answer.0 == 409 && (STEP..2 * STEP).contains(&answer.1), "{case}: {answer:?}");
    }
}

#[tokio::test]
async fn what_took_longer_waits_for_the_next_step_of_both() {
    let stage = Stage::new().await;
    let next_door = at_step(&stage, "hanai", STEP, 4).await;
    for case in hidden_and_absent(&stage).await {
        let mut god = stage.god().await;
        let mut held = god.begin().await.expect("transaction");
        sqlx::query("LOCK TABLE consultations IN ACCESS EXCLUSIVE MODE").execute(&mut *held).await.expect("lock");
        let freed = async {
            tokio::time::sleep(Duration::from_millis(STEP + 50)).await;
            held.rollback().await.expect("freed");
        };
        let (answer, ()) = tokio::join!(timed(next_door.get(&case)), freed);
        assert!(answer.0 == 404 && (2 * STEP..4 * STEP).contains(&answer.1), "{case}: {answer:?}");
    }
}

#[tokio::test]
async fn nothing_is_held_until_then_and_what_is_there_does_not_wait() {
    let stage = Stage::new().await;
    let [hidden, absent] = hidden_and_absent(&stage).await;
    let next_door = at_step(&stage, "hanai", 1_000, 2).await;
    let many = futures::future::join_all((0..20).map(|n| timed(next_door.get(if n % 2 == 0 { &hidden } else { &absent }))));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        timed(next_door.get("/sessions")).await
    };
    let (answers, page) = tokio::join!(many, meanwhile);
    // Two connections, each for a second, would be ten seconds for twenty.
    assert!(answers.iter().all(|answer| answer.0 == 404 && (1_000..2_000).contains(&answer.1)), "{answers:?}");
    assert!(page.0 == 200 && page.1 < 600, "{page:?}");
}

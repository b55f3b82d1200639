//! Letters of the whole house: to whom, and not to whom.

use sqlx::Row;
use store::Door;
use tests::{Person, Stage};
use uuid::Uuid;

/// Replies as the desk and runs the jobs; returns the addresses that were written to.
async fn replied(stage: &Stage, case: &str) -> Vec<String> {
    let agent = crate::desk::agent_of(stage, case).await;
    let version = agent.get(case).await.input("version").expect("version");
    agent.post(&format!("{case}/reply"), &[("body", "確かめました。"), ("then", "desk"), ("version", &version)]).await.leads();
    stage.work().await;
    stage.letters.take().iter().map(|letter| letter.to().as_str().to_owned()).collect()
}

/// What the issuer says when somebody signs in again: the subject bound to them, and an address it has verified, or none.
async fn signs_in(stage: &Stage, person: &Person, issuer: Uuid, subject: &str, verified: Option<&str>) {
    let values = [issuer.into(), subject.into(), verified.map(str::to_owned).into(), None::<Vec<u8>>.into(), stage.clock.now().into()];
    let rows = stage.db().door(Door::SignInPerson, values).await.expect("door");
    assert_eq!(rows[0].try_get::<Option<Uuid>>("", "person").expect("person"), person.person);
}

/// F6: an address is written to when an issuer has said that its reader is this person, and not before.
#[tokio::test]
async fn an_address_is_written_to_when_its_reader_has_signed_in_with_it() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = crate::desk::ask(&clinic, "電子カルテが開かない", "everyone").await;
    stage.work().await;
    stage.letters.take();
    let mut god = stage.god().await;
    let row = sqlx::query(
        "WITH b AS (INSERT INTO identities (issuer_id, subject, person_id, bound_at) SELECT i.id, 'subject-of-aizawa', c.person_id, now() FROM issuers i, people_contacts c, seats s
           WHERE c.person_id = $1 AND s.person_id = c.person_id AND s.federation_id = i.federation_id RETURNING issuer_id)
         SELECT b.issuer_id, c.email FROM b, people_contacts c WHERE c.person_id = $1",
    )
    .bind(clinic.person)
    .fetch_one(&mut god)
    .await
    .expect("identity");
    let (issuer, email): (Uuid, String) = (row.get("issuer_id"), row.get("email"));
    sqlx::query("UPDATE people_contacts SET verified_at = NULL WHERE person_id = $1")
        .bind(clinic.person)
        .execute(&mut god)
        .await
        .expect("unverified");

    assert!(replied(&stage, &case).await.is_empty(), "an administrator has typed it, nothing more");
    signs_in(&stage, &clinic, issuer, "subject-of-aizawa", None).await;
    assert!(replied(&stage, &case).await.is_empty(), "the issuer says nothing of an address");
    signs_in(&stage, &clinic, issuer, "subject-of-aizawa", Some("somebody@example.jp")).await;
    assert!(replied(&stage, &case).await.is_empty(), "the issuer has verified another address");
    signs_in(&stage, &clinic, issuer, "subject-of-aizawa", Some(&email.to_uppercase())).await;
    assert_eq!(replied(&stage, &case).await, [email]);
}

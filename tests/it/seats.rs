//! One active seat: shown, switchable, and a form of another seat never lands in it.

use crate::desk::ask;
use tests::{Person, Stage};

/// Follows a change of seat: the new token from the cookie, the new seat from the page.
pub(crate) async fn switch(person: &mut Person, to: &str) {
    let answer = person.post(&format!("/seats/{to}"), &[]).await;
    let cookie = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .find(|v| v.starts_with(web::guard::SESSION))
        .expect("a new cookie")
        .to_owned();
    person.token = cookie.split(['=', ';']).nth(1).map(str::to_owned);
    person.seat = Some(to.parse().expect("seat"));
}

pub(crate) async fn other_seat(stage: &Stage, person: &Person) -> String {
    let mut god = stage.god().await;
    let seat: uuid::Uuid = sqlx::query_scalar("SELECT id FROM seats WHERE person_id = $1 AND id <> $2 LIMIT 1")
        .bind(person.person)
        .bind(person.seat)
        .fetch_one(&mut god)
        .await
        .expect("two seats");
    seat.to_string()
}

#[tokio::test]
async fn a_form_of_the_old_seat_does_not_land_in_the_new_one_and_its_text_is_kept() {
    let stage = Stage::new().await;
    let mut owner = stage.sign_in("morishita").await;
    let case = ask(&owner, "先の立場の相談", "everyone").await;
    let page = owner.get(&case).await.expect(200);
    let (csrf, seat, version) =
        (page.input("_csrf").expect("token"), page.input("_seat").expect("seat"), page.input("version").expect("version"));
    let old_token = owner.token.clone();
    let to = other_seat(&stage, &owner).await;
    switch(&mut owner, &to).await;
    let late = owner
        .post_raw(&format!("{case}/answer"), &[("_csrf", &csrf), ("_seat", &seat), ("version", &version), ("body", "前のタブで書いた本文")])
        .await
        .expect(409);
    assert!(late.body.contains("前のタブで書いた本文"), "the text is kept");
    let lead = "この画面は「ひだまり内科クリニック の管理者（院長・施設長）」として開きましたが、いまは「ケアホームこもれび の管理者（院長・施設長）」です。";
    assert!(late.body.contains(lead), "both seats are named: {}", late.body);
    let mut god = stage.god().await;
    sqlx::query("UPDATE people_contacts SET locale = 'en' WHERE person_id = $1")
        .bind(owner.person)
        .execute(&mut god)
        .await
        .expect("language");
    let answer = [("_csrf", csrf.as_str()), ("_seat", seat.as_str()), ("version", version.as_str()), ("body", "前のタブで書いた本文")];
    let late = owner.post_raw(&format!("{case}/answer"), &answer).await.expect(409);
    assert!(late.body.contains("opened as &quot;Hidamari Internal Medicine Clinic, owner (director)&quot;"), "{}", late.body);
    // A seat that is over is not named any more, and another person's never is.
    let stranger = stage.sign_in("hanai").await.seat.expect("seat").to_string();
    let forged = [("_csrf", csrf.as_str()), ("_seat", stranger.as_str()), ("version", version.as_str()), ("body", "よその立場の本文")];
    let page = owner.post_raw(&format!("{case}/answer"), &forged).await.expect(409);
    assert!(page.body.contains("opened in another role") && !page.body.contains("Hanazono"), "{}", page.body);
    sqlx::query("UPDATE seats SET ended_at = now() WHERE id::text = $1").bind(&seat).execute(&mut god).await.expect("ended");
    let late = owner.post_raw(&format!("{case}/answer"), &answer).await.expect(409);
    assert!(late.body.contains("opened in another role") && !late.body.contains("Hidamari"), "{}", late.body);
    let landed: i64 = sqlx::query_scalar("SELECT count(*) FROM consultation_messages WHERE body LIKE '%前のタブ%'")
        .fetch_one(&mut god)
        .await
        .expect("count");
    assert_eq!(landed, 0);
    owner.get(&case).await.expect(404);
    owner.token = old_token;
    assert_eq!(owner.get("/").await.leads().split('?').next(), Some("/sign-in"), "the old cookie died with the change of seat");
}

#[tokio::test]
async fn a_forged_form_is_refused() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let seat = clinic.seat.expect("seat").to_string();
    for fields in [vec![], vec![("_csrf", ""), ("_seat", seat.as_str())], vec![("_csrf", "0000"), ("_seat", seat.as_str())]] {
        clinic.post_raw("/ask/new", &fields).await.expect(403);
    }
    clinic.post("/ask/new", &[("extra", "1")]).await.expect(400);
    let mut god = stage.god().await;
    let drafts: i64 = sqlx::query_scalar("SELECT count(*) FROM ask_drafts").fetch_one(&mut god).await.expect("count");
    assert_eq!(drafts, 0);
}

#[tokio::test]
async fn an_ended_seat_ends_its_session_at_once() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    clinic.get("/").await.expect(200);
    let mut god = stage.god().await;
    sqlx::query("UPDATE seats SET ended_at = now() WHERE id = $1").bind(clinic.seat).execute(&mut god).await.expect("ended");
    assert!(clinic.get("/").await.leads().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_consultation_is_reopened_within_thirty_days_and_not_later() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "終わった相談", "everyone").await;
    let agent = crate::desk::agent_of(&stage, &case).await;
    let version = agent.get(&case).await.input("version").expect("version");
    agent.post(&format!("{case}/resolve"), &[("outcome", "advice"), ("body", "以上です。"), ("version", &version)]).await.leads();
    let page = clinic.get(&format!("{case}/reopen")).await.expect(200);
    let version = page.input("version").expect("version");
    clinic.post(&format!("{case}/reopen"), &[("body", "また同じ画面が出ました。"), ("version", &version)]).await.leads();
    let version = agent.get(&case).await.input("version").expect("version");
    agent.post(&format!("{case}/resolve"), &[("outcome", "advice"), ("body", "以上です。"), ("version", &version)]).await.leads();
    assert!(stage.clock.advance(time::Duration::days(30)));
    let clinic = stage.sign_in("aizawa").await;
    clinic.get(&format!("{case}/reopen")).await.expect(409);
    stage.bench.sweep().await.expect("housekeeping");
    let page = clinic.get(&case).await.expect(200);
    assert!(!page.body.contains("/reopen"), "no button for what is not possible");
    let mut god = stage.god().await;
    let state: String = sqlx::query_scalar("SELECT state FROM consultations").fetch_one(&mut god).await.expect("state");
    assert_eq!(state, "closed", "closed by the system after its time");
}

/// Each federation vouches for its own people: whoever runs one federation's sign-in service opens no seat of another one.
#[tokio::test]
async fn an_issuer_opens_the_seats_of_its_own_federation_and_no_others() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let person = stage.sign_in("hayami").await.person.expect("the auditor of two federations");
    let seats: Vec<(uuid::Uuid, i32)> =
        sqlx::query_as("SELECT id, federation_id FROM seats WHERE person_id = $1").bind(person).fetch_all(&mut god).await.expect("seats");
    let federations: std::collections::BTreeSet<i32> = seats.iter().map(|(_, federation)| *federation).collect();
    assert_eq!((seats.len(), federations.len()), (2, 2));
    for (_, own) in &seats {
        let issuer: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM issuers WHERE federation_id = $1").bind(own).fetch_one(&mut god).await.expect("issuer");
        let mut session = Person::sign_in_through(&stage, person, issuer).await;
        let actor = session.actor(&stage).await;
        assert_eq!((actor.federation.0, actor.seat_count), (*own, 1));
        let page = session.get("/seats").await.expect(200);
        for (seat, federation) in &seats {
            assert_eq!(page.body.contains(&seat.to_string()), federation == own, "{federation} through {own}");
        }
        let foreign = seats.iter().find(|(_, federation)| federation != own).expect("the other seat").0;
        let before = session.token.clone();
        let answer = session.post(&format!("/seats/{foreign}"), &[]).await;
        assert!(answer.headers.get("set-cookie").is_none(), "no new session: {}", answer.status);
        session.token = before;
        assert_eq!(session.actor(&stage).await.federation.0, *own);
    }
    // Whoever has no seat in the issuer's federation has no session at all.
    let elsewhere: uuid::Uuid =
        sqlx::query_scalar("SELECT i.id FROM issuers i WHERE i.federation_id <> 1 LIMIT 1").fetch_one(&mut god).await.expect("issuer");
    let aizawa = stage.sign_in("aizawa").await.person.expect("person");
    assert_eq!(Person::sign_in_through(&stage, aizawa, elsewhere).await.seat, None);
}

//! Who answers for a case: whoever can be chosen is exactly who may, and nobody leaves a case behind.

use crate::tenancy::{Break, Came};
use crate::world::{Seated, ask, at, begin, everybody, resolve};
use desk::{Privacy, queries};
use identity::SeatError;
use kernel::{ConsultationId, QueueId, SeatId};
use sqlx::PgConnection;
use tests::Stage;
use uuid::Uuid;

/// Makes a seat answer for a case, as somebody who may.
pub async fn assign(stage: &Stage, who: &Seated, case: ConsultationId, seat: SeatId) {
    crate::world::deed!(stage, who, case, desk::Assign, |tx, actor, facts, permit, seen| desk::commands::assign(
        &tx, actor, &facts, permit, seen, seat
    ));
}

/// An administrator ends a seat, or is told why not.
pub async fn end(stage: &Stage, administrator: &Seated, seat: SeatId) -> Result<usize, SeatError> {
    let tx = begin(stage, administrator).await;
    let (_, permit) = identity::find_seat_to_end(&tx, &administrator.actor, seat).await?;
    let handed = identity::end_seat(&tx, permit).await?;
    tx.commit().await.expect("commit");
    Ok(handed)
}

/// Who answers for a case now.
pub async fn answers_for(god: &mut PgConnection, case: ConsultationId) -> SeatId {
    SeatId(
        sqlx::query_scalar("SELECT responsible_seat_id FROM consultations WHERE id = $1").bind(case.0).fetch_one(god).await.expect("case"),
    )
}

async fn run(god: &mut PgConnection, sql: &str, seat: SeatId) -> Result<u64, String> {
    let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).bind(seat.0).execute(god).await;
    done.map(|done| done.rows_affected())
        .map_err(|error| error.as_database_error().and_then(|e| e.constraint()).unwrap_or_else(|| panic!("{sql}: {error}")).to_owned())
}

/// In every queue of the story: the seats on the page, the seats that hold the queue and the seats that the database accepts
/// as responsible are the same, also with dates and queues written beside a seat that give it nothing.
#[tokio::test]
async fn whoever_holds_the_queue_can_be_chosen_and_nobody_else() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, aizawa) = (at(&stage, "ooki", "みどりの森").await, at(&stage, "aizawa", "ひだまり").await);
    let people = everybody(&stage).await;
    // Not yet there; gone by today; a queue beside a seat that never answers; a queue that the contract does not name.
    let queue = |code: &str| {
        format!("SELECT federation_id, $1, id FROM queues WHERE code = '{code}' AND federation_id = {}", ooki.actor.federation)
    };
    for (key, sql) in [
        ("eguchi", "UPDATE seats SET from_on = '2026-11-18' WHERE id = $1".to_owned()),
        ("nonomura", "UPDATE seats SET until_on = '2026-11-17' WHERE id = $1".to_owned()),
        ("morinaga", format!("INSERT INTO seat_queues {}", queue("first"))),
        ("fujishiro", format!("INSERT INTO seat_queues {}", queue("guideline"))),
    ] {
        let seat = people.iter().find(|p| p.key == key).expect(key).actor.seat;
        run(&mut god, &sql, seat).await.expect("arranged");
    }
    let mut actors = Vec::new();
    for who in &people {
        actors.extend(identity::read_session(stage.db(), who.browser.token.as_deref().expect("token")).await.expect("database"));
    }
    let all: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM seats WHERE ended_at IS NULL").fetch_all(&mut god).await.expect("seats");
    for (asker, category, by) in [(&ooki, "INC-MAL", "kashiwagi"), (&aizawa, "INC-MAL", "momose"), (&ooki, "CHK", "saegusa")] {
        let case = ask(&stage, asker, 70, category, Privacy::Everyone, &[], false).await;
        let queue: i32 =
            sqlx::query_scalar("SELECT queue_id FROM consultations WHERE id = $1").bind(case.0).fetch_one(&mut god).await.expect("queue");
        let who = people.iter().find(|p| p.key == by).expect("agent");
        let mut holds: Vec<Uuid> = actors.iter().filter(|a| a.holds_queue(QueueId(queue))).map(|a| a.seat.0).collect();
        let tx = begin(&stage, who).await;
        assert!(holds.len() > 1, "{by}: more than one to choose from");
        let offered = queries::seats_of_queue(&tx, QueueId(queue)).await.expect("seats");
        assert!(queries::seats_of_queue(&tx, QueueId(queue + 1)).await.expect("seats").is_empty(), "of a queue that is not theirs");
        drop(tx);
        assert!(offered[0].on_duty && offered[1..].iter().all(|row| !row.on_duty), "{by}: whoever is on duty comes first");
        let mut listed: Vec<Uuid> = offered.iter().map(|row| row.seat_id).collect();
        let mut accepted = Vec::new();
        let mut attack = Break::into(&stage, who).await;
        for seat in &all {
            let sql = format!("UPDATE consultations SET responsible_seat_id = '{seat}', version = version + 1 WHERE id = '{case}'");
            match attack.attempt(&sql).await {
                Came::Rows(1) => accepted.push(*seat),
                came => assert_eq!(came, Came::Refused("23514".into()), "{seat}"),
            }
        }
        for seats in [&mut holds, &mut listed, &mut accepted] {
            seats.sort();
        }
        assert_eq!(listed, holds, "{by}: listed and holding");
        assert_eq!(accepted, holds, "{by}: accepted and holding");
    }
}

/// Officers of a prefecture that runs a queue, and leads: chosen by name, role and organisation, and named on the page then.
#[tokio::test]
async fn an_officer_of_the_prefecture_that_runs_the_queue_is_made_responsible_by_a_lead() {
    let stage = Stage::new().await;
    let clinic = stage.sign_in("aizawa").await;
    let asked = ask(&stage, &at(&stage, "aizawa", "ひだまり").await, 71, "INC-MAL", Privacy::Everyone, &[], false).await;
    let (lead, officer) = (at(&stage, "hayakawa", "全国").await, at(&stage, "miyasaka", "長野県").await);
    let (case, seat) = (format!("/c/{asked}"), officer.actor.seat.to_string());
    let page = lead.browser.get(&format!("{case}/assign")).await.expect(200);
    let order: Vec<usize> = ["百瀬 千夏（当番）", "宮坂 周一", "早川 玲"].iter().map(|name| page.body.rfind(name).expect(name)).collect();
    assert!(order[0] < order[1] && order[0] < order[2], "whoever is on duty comes first");
    for words in ["窓口の担当・長野県医師会（見本）", "医師会の担当・長野県医師会（見本）", "窓口の責任者・全国医師連合会（見本）"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    for stranger in ["大槻 健一", "藤代 岳", "根本 和彦", "小口 恵子"] {
        assert!(!page.body.contains(stranger), "{stranger} does not answer from this queue");
    }
    let version = page.input("version").expect("version").parse().ok();
    lead.post(&format!("{case}/assign"), version, &[("seat".into(), seat)]).await.leads();
    assert!(lead.browser.get(&case).await.expect(200).body.contains("担当：宮坂 周一"), "the lead reads the officer's name");
    stage.work().await;
    let told: Vec<String> = stage.letters.sent().iter().map(|l| l.to().as_str().to_owned()).collect();
    assert!(told.iter().any(|to| to.contains("miyasaka")), "the new person in charge is told: {told:?}");
    // The officer works it as any agent does, and a clinic's clerk is not among those to choose.
    let page = officer.browser.get(&case).await.expect(200);
    let version = page.input("version").expect("version").parse().ok();
    let reply = [("body".to_owned(), "お電話します。".to_owned()), ("then".to_owned(), "desk".to_owned())];
    officer.post(&format!("{case}/reply"), version, &reply).await.leads();
    let clerk = clinic.seat.expect("seat").to_string();
    officer.post(&format!("{case}/assign"), version.map(|v: i32| v + 1), &[("seat".into(), clerk)]).await.expect(422);
}

/// Whoever answers for a case already may begin the work on it: the thread tells of no change of person, and nobody is told by
/// letter. Once the work has begun, choosing the same person again is refused and nothing at all is written.
#[tokio::test]
async fn choosing_the_person_in_charge_again_changes_nothing() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let clinic = at(&stage, "ooki", "みどりの森").await;
    let (kashiwagi, otsuki) = (at(&stage, "kashiwagi", "北斗").await, at(&stage, "otsuki", "北斗").await);
    let case = ask(&stage, &clinic, 76, "INC-MAL", Privacy::Everyone, &[], false).await;
    let path = format!("/c/{case}");
    assert_eq!(answers_for(&mut god, case).await, kashiwagi.actor.seat, "on duty");
    stage.work().await;
    let letters = stage.letters.sent().len();
    let same = [("seat".to_owned(), kashiwagi.actor.seat.to_string())];
    let version = async |who: &Seated| who.browser.get(&path).await.expect(200).input("version").and_then(|v| v.parse::<i32>().ok());

    let begun = otsuki.post(&format!("{path}/assign"), version(&otsuki).await, &same).await.leads();
    assert_eq!(begun, format!("{path}?done=confirmed"));
    let page = otsuki.browser.get(&begun).await.expect(200);
    assert!(page.body.contains("対応を始めました") && !page.body.contains("担当を変更"), "{}", page.body);
    stage.work().await;
    assert_eq!(stage.letters.sent().len(), letters, "nobody is told of what did not change");

    let written = "SELECT (SELECT count(*) FROM audit_entries), (SELECT count(*) FROM outbox), (SELECT count(*) FROM consultation_events), version FROM consultations WHERE id = $1";
    let written = async |god: &mut PgConnection| -> (i64, i64, i64, i32) {
        sqlx::query_as(written).bind(case.0).fetch_one(god).await.expect("counts")
    };
    let before = written(&mut god).await;
    let refused = otsuki.post(&format!("{path}/assign"), version(&otsuki).await, &same).await.expect(422);
    assert!(refused.body.contains("いまの担当と同じ人です"), "{}", refused.body);
    let taken = kashiwagi.post(&format!("{path}/take"), version(&kashiwagi).await, &[]).await.leads();
    assert_eq!(taken, format!("{path}?done=taken"), "it is so already");
    assert_eq!(written(&mut god).await, before, "nothing was written");

    assign(&stage, &otsuki, case, otsuki.actor.seat).await;
    assert!(otsuki.browser.get(&path).await.expect(200).body.contains("担当を変更"), "a change is told");
}

/// A seat that ends leaves no case behind: its open ones go to whoever is on duty, on record, told, and named in the thread.
#[tokio::test]
async fn a_seat_that_ends_hands_its_open_cases_over() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, kashiwagi, eguchi) =
        (at(&stage, "ooki", "みどりの森").await, at(&stage, "kashiwagi", "北斗").await, at(&stage, "eguchi", "北斗").await);
    let administrator = at(&stage, "wakabayashi", "全国").await;
    let mut cases = Vec::new();
    for n in 72..75 {
        let case = ask(&stage, &ooki, n, "INC-MAL", Privacy::Confidential, &[], false).await;
        assign(&stage, &kashiwagi, case, eguchi.actor.seat).await;
        cases.push(case);
    }
    resolve(&stage, &eguchi, cases[2], 74).await;
    stage.work().await;
    let before = stage.letters.sent().len();
    let seen = eguchi.browser.get(&format!("/c/{}", cases[0])).await.expect(200).input("version").expect("version");
    // By hand it does not end at all.
    let by_hand = "UPDATE seats SET ended_at = granted_at, version = version + 1 WHERE id = $1";
    assert_eq!(run(&mut god, by_hand, eguchi.actor.seat).await, Err("seat_has_no_cases".into()));
    assert_eq!(end(&stage, &administrator, eguchi.actor.seat).await.expect("ended"), 2);
    assert_eq!(answers_for(&mut god, cases[0]).await, kashiwagi.actor.seat);
    assert_eq!(answers_for(&mut god, cases[1]).await, kashiwagi.actor.seat);
    assert_eq!(answers_for(&mut god, cases[2]).await, eguchi.actor.seat, "what is over stays as it was");
    let recorded: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_entries a JOIN outbox o ON o.subject = a.subject AND o.name = 'desk.consultation_assigned.v1' AND o.payload ->> 'by' = a.person_id::text
         WHERE a.verb = 'desk.consultation_handed_over' AND a.seat_id = $1 AND a.fields ->> 'to' = $2 AND a.fields ->> 'version' = (SELECT c.version::text FROM consultations c WHERE c.id = a.subject)",
    )
    .bind(administrator.actor.seat.0)
    .bind(kashiwagi.actor.seat.to_string())
    .fetch_one(&mut god)
    .await
    .expect("record");
    assert_eq!(recorded, 2, "each on record and told, with its version");
    stage.work().await;
    assert_eq!(stage.letters.sent().len(), before + 2, "and by letter");
    let page = kashiwagi.browser.get(&format!("/c/{}", cases[0])).await.expect(200);
    assert!(page.body.contains("前の担当が外れたため"), "the thread says why");
    let version = seen.parse().ok();
    kashiwagi.post(&format!("/c/{}/take", cases[0]), version, &[]).await.expect(409);
    // What was over comes back to somebody who is there.
    let page = ooki.browser.get(&format!("/c/{}/reopen", cases[2])).await.expect(200);
    let version = page.input("version").expect("version").parse().ok();
    ooki.post(&format!("/c/{}/reopen", cases[2]), version, &[("body".into(), "また出ました".into())]).await.leads();
    assert_eq!(answers_for(&mut god, cases[2]).await, kashiwagi.actor.seat);
}

/// The seat on duty does not end before another has the duty, whoever tries; then everything goes to that one.
#[tokio::test]
async fn a_seat_on_duty_does_not_end_before_another_has_the_duty() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, kashiwagi, eguchi) =
        (at(&stage, "ooki", "みどりの森").await, at(&stage, "kashiwagi", "北斗").await, at(&stage, "eguchi", "北斗").await);
    let administrator = at(&stage, "wakabayashi", "全国").await;
    let case = ask(&stage, &ooki, 75, "INC-MAL", Privacy::Everyone, &[], false).await;
    match end(&stage, &administrator, kashiwagi.actor.seat).await {
        Err(SeatError::OnDuty(duties)) => assert_eq!(duties.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["1次窓口"]),
        other => panic!("{other:?}"),
    }
    kashiwagi.browser.get("/queue").await.expect(200);
    let by_hand = "UPDATE seats SET ended_at = granted_at, version = version + 1 WHERE id = $1";
    assert_eq!(run(&mut god, by_hand, kashiwagi.actor.seat).await, Err("seat_has_no_duty".into()));
    let take =
        "UPDATE queues SET duty_seat_id = $1 WHERE code = 'first' AND federation_id = (SELECT federation_id FROM seats WHERE id = $1)";
    assert_eq!(run(&mut god, take, eguchi.actor.seat).await, Ok(1));
    assert_eq!(end(&stage, &administrator, kashiwagi.actor.seat).await.expect("ended"), 1);
    assert_eq!(answers_for(&mut god, case).await, eguchi.actor.seat);
    assert_eq!(run(&mut god, take, kashiwagi.actor.seat).await, Err("queue_duty_is_open".into()), "no duty for who has left");
    let next = ask(&stage, &ooki, 76, "INC-MAL", Privacy::Everyone, &[], false).await;
    assert_eq!(answers_for(&mut god, next).await, eguchi.actor.seat);
}

/// What runs out by a date runs out without anybody doing anything: a clinic is answered all the same, and within a minute the
/// open cases have somebody again.
#[tokio::test]
async fn what_runs_out_by_a_date_is_handed_over_by_the_system() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, kashiwagi, eguchi) =
        (at(&stage, "ooki", "みどりの森").await, at(&stage, "kashiwagi", "北斗").await, at(&stage, "eguchi", "北斗").await);
    let (otsuki, hayakawa) = (at(&stage, "otsuki", "北斗").await.actor.seat, at(&stage, "hayakawa", "全国").await.actor.seat);
    let case = ask(&stage, &ooki, 77, "INC-MAL", Privacy::Everyone, &[], false).await;
    assign(&stage, &kashiwagi, case, eguchi.actor.seat).await;
    let sweep = async || {
        stage.bench.sweep().await.expect("housekeeping");
        stage.work().await;
    };
    sweep().await;
    assert_eq!(answers_for(&mut god, case).await, eguchi.actor.seat, "nothing to hand over");
    let runs_out = "UPDATE seats SET until_on = '2026-11-17' WHERE id = $1";
    run(&mut god, runs_out, eguchi.actor.seat).await.expect("run out");
    let before = stage.letters.sent().len();
    sweep().await;
    assert_eq!(answers_for(&mut god, case).await, kashiwagi.actor.seat, "to the seat on duty");
    assert_eq!(stage.letters.sent().len(), before + 1, "who is told");
    let by: String = sqlx::query_scalar("SELECT system FROM audit_entries WHERE verb = 'desk.consultation_handed_over' AND subject = $1")
        .bind(case.0)
        .fetch_one(&mut god)
        .await
        .expect("record");
    assert_eq!(by, "hand_over");
    // The duty itself runs out: a new case and the old one go to a lead, and the desk is told that the duty is to be taken.
    run(&mut god, runs_out, kashiwagi.actor.seat).await.expect("run out");
    let next = ask(&stage, &ooki, 78, "INC-MAL", Privacy::Everyone, &[], false).await;
    let lead = answers_for(&mut god, next).await;
    assert!([otsuki, hayakawa].contains(&lead), "a lead takes what nobody on duty takes");
    sweep().await;
    let lapsed = async || {
        let tx = stage.bench.db.begin_system(store::SystemReason::HandOver).await.expect("system");
        desk::commands::duties_lapsed(&tx).await.expect("duties")
    };
    assert_eq!(lapsed().await, ["first"]);
    // The contract ends, and with it every seat of the provider: the federation's own lead is left.
    sqlx::query("UPDATE provider_contracts SET until_on = '2026-11-17'").execute(&mut god).await.expect("ended");
    sweep().await;
    for case in [case, next] {
        assert_eq!(answers_for(&mut god, case).await, hayakawa);
    }
    assert_eq!(lapsed().await, ["first", "second"]);
    // Nobody at all is left: the seat on duty stands there, and nothing is handed to and fro.
    run(&mut god, runs_out, hayakawa).await.expect("run out");
    let last = ask(&stage, &ooki, 79, "INC-MAL", Privacy::Everyone, &[], false).await;
    sweep().await;
    let version = async |god: &mut PgConnection| -> i32 {
        sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1").bind(case.0).fetch_one(god).await.expect("version")
    };
    let stays = version(&mut god).await;
    sweep().await;
    assert_eq!((answers_for(&mut god, last).await, version(&mut god).await), (kashiwagi.actor.seat, stays));
}

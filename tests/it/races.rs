//! Real parallel connections at the same instant.

use crate::answerers::{answers_for, assign, end};
use crate::world::{Seated, ask, at, begin, offer, resolve};
use desk::{Line, Privacy, VerbError};
use identity::SeatError;
use kernel::{ConsultationId, SeatId};
use sqlx::PgConnection;
use std::sync::atomic::{AtomicBool, Ordering};
use tests::Stage;

/// Two at the same instant: exactly one wins, and the loser is told so with the typed text kept; who may no longer see the
/// case gets the answer for a case that is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_the_same_instant_exactly_one_wins() {
    let stage = Stage::new().await;
    let seat = async |key: &'static str, unit: &'static str| at(&stage, key, unit).await;
    let (ooki, morinaga) = (seat("ooki", "みどりの森").await, seat("morinaga", "みどりの森").await);
    let (kashiwagi, eguchi, nonomura, fujishiro) =
        (seat("kashiwagi", "北斗").await, seat("eguchi", "北斗").await, seat("nonomura", "北斗").await, seat("fujishiro", "北斗").await);
    // (first, act, second, act, how the loser may be answered, texts)
    type Race<'a> = (&'a Seated, &'a str, &'a Seated, &'a str, &'a [u16]);
    let races: Vec<Race> = vec![
        (&kashiwagi, "take", &eguchi, "take", &[409]),
        (&kashiwagi, "assign", &eguchi, "assign", &[409]),
        (&kashiwagi, "reply", &eguchi, "resolve", &[409]),
        (&kashiwagi, "reply", &eguchi, "reply", &[409]),
        (&ooki, "answer", &kashiwagi, "resolve", &[409]),
        (&ooki, "privacy", &ooki, "privacy", &[409]),
        // Whoever loses an offer no longer sees the case, unless both queues are theirs.
        (&fujishiro, "accept", &kashiwagi, "withdraw", &[404, 409]),
        (&fujishiro, "accept", &nonomura, "withdraw", &[404, 409]),
        // Taken over and then given back by the same hand: the offer is theirs no longer, the case is.
        (&fujishiro, "accept", &fujishiro, "decline", &[403, 404, 409]),
        (&fujishiro, "accept", &nonomura, "resolve", &[404, 409]),
        (&ooki, "close", &morinaga, "reopen", &[409]),
        (&morinaga, "reopen", &kashiwagi, "reopen", &[409]),
    ];
    let mut god = stage.god().await;
    for (first, act, second, other, losing) in races {
        for _ in 0..4 {
            let case = ask(&stage, &ooki, 60, "INC-MAL", Privacy::Everyone, &[], false).await;
            if ["accept", "withdraw", "decline"].contains(&act) {
                offer(&stage, &kashiwagi, case, Line::Second).await;
            }
            if ["close", "reopen"].contains(&act) {
                resolve(&stage, &kashiwagi, case, 60).await;
            }
            let version: i32 = sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1")
                .bind(case.0)
                .fetch_one(&mut god)
                .await
                .expect("version");
            let send = async |who: &Seated, act: &str, text: &str| {
                let pairs: Vec<(&str, String)> = match act {
                    "reply" => vec![("body", text.into()), ("then", "desk".into())],
                    "answer" | "reopen" => vec![("body", text.into())],
                    "resolve" => vec![("outcome", "advice".into()), ("body", text.into())],
                    "assign" => vec![("seat", who.actor.seat.to_string())],
                    "privacy" => vec![("privacy", "own".into())],
                    _ => vec![],
                };
                let fields: Vec<(String, String)> = pairs.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
                who.post(&format!("/c/{case}/{act}"), Some(version), &fields).await
            };
            let (a, b) = tokio::join!(send(first, act, "ひとりめの本文"), send(second, other, "ふたりめの本文"));
            let won = [&a, &b].map(|p| p.status == 303);
            let name = format!("{act} by {} and {other} by {}", first.key, second.key);
            assert!(won[0] != won[1], "{name}: {} and {}", a.status, b.status);
            let (loser, text, typed) = if won[0] { (&b, "ふたりめの本文", other) } else { (&a, "ひとりめの本文", act) };
            assert!(losing.contains(&loser.status.as_u16()), "{name}: the loser gets {}", loser.status);
            if loser.status == 409 && ["reply", "answer", "resolve", "reopen"].contains(&typed) {
                assert!(loser.body.contains(text), "{name}: the typed text is kept");
            }
            let now: i32 = sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1")
                .bind(case.0)
                .fetch_one(&mut god)
                .await
                .expect("version");
            assert_eq!(now, version + 1, "{name}: one change");
            let landed: i64 = sqlx::query_scalar("SELECT count(*) FROM consultation_messages WHERE consultation_id = $1 AND body = $2")
                .bind(case.0)
                .bind(text)
                .fetch_one(&mut god)
                .await
                .expect("count");
            assert_eq!(landed, 0, "{name}: the loser's words did not land");
        }
    }
    // Sent twice at once it is one consultation with one number.
    for _ in 0..4 {
        let tx = crate::world::begin(&stage, &ooki).await;
        let given = crate::world::answers(61, "INC-MAL", Privacy::Everyone, &[], "x");
        let draft = desk::commands::start_draft(&tx, &ooki.actor, &given).await.expect("draft").id;
        tx.commit().await.expect("commit");
        let path = format!("/ask/{draft}/check");
        let consents = [("consent".to_owned(), "prefecture".to_owned())];
        let (a, b) = tokio::join!(ooki.post(&path, None, &consents), ooki.post(&path, None, &consents));
        assert_eq!(a.leads(), b.leads());
        let (cases, consents): (i64, i64) = sqlx::query_as("SELECT (SELECT count(*) FROM ask_drafts d JOIN consultations c ON c.id = d.consultation_id WHERE d.id = $1), (SELECT count(*) FROM ask_drafts d JOIN case_access a ON a.consultation_id = d.consultation_id WHERE d.id = $1)")
            .bind(draft.0)
            .fetch_one(&mut god)
            .await
            .expect("counts");
        assert_eq!((cases, consents), (1, 1));
    }
}

/// Another agent of the provider's first line, who can be ended without harm to the story.
async fn agent(stage: &Stage, god: &mut PgConnection, like: &Seated) -> SeatId {
    let (person, seat) = (kernel::ids::new_uuid(&stage.clock), SeatId::new(&stage.clock));
    for sql in [
        "INSERT INTO people (id, name, created_at) SELECT $1, '応援 員', granted_at FROM seats WHERE id = $3 AND $2::uuid IS NOT NULL",
        "INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) SELECT $2, federation_id, $1, unit_id, role, from_on, granted_at FROM seats WHERE id = $3",
        "INSERT INTO seat_queues SELECT federation_id, $2, queue_id FROM seat_queues WHERE seat_id = $3 AND $1::uuid IS NOT NULL",
    ] {
        sqlx::query(sql).bind(person).bind(seat.0).bind(like.actor.seat.0).execute(&mut *god).await.expect("agent");
    }
    seat
}

/// Open cases whose responsible seat has ended: there must never be one.
async fn ownerless(god: &mut PgConnection) -> i64 {
    let sql = "SELECT count(*) FROM consultations c JOIN seats s ON s.id = c.responsible_seat_id WHERE s.ended_at IS NOT NULL AND c.state NOT IN ('resolved', 'closed')";
    sqlx::query_scalar(sql).fetch_one(god).await.expect("count")
}

/// Does `second` while `first` is not committed: it must wait for it. Gives what `second` came to.
async fn after<T>(first: impl AsyncFnOnce(), second: impl Future<Output = T>) -> T {
    let over = AtomicBool::new(false);
    let second = async {
        let came = second.await;
        over.store(true, Ordering::SeqCst);
        came
    };
    let commit = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(!over.load(Ordering::SeqCst), "the second did not wait for the first");
        first().await;
    };
    tokio::join!(second, commit).0
}

/// A case is assigned to a seat that is being ended, in both orders and many times at once: the seat is refused, or the case is
/// handed over. The same for a duty.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_that_is_being_ended_keeps_no_case_and_no_duty() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, kashiwagi, eguchi) =
        (at(&stage, "ooki", "みどりの森").await, at(&stage, "kashiwagi", "北斗").await, at(&stage, "eguchi", "北斗").await);
    let administrator = at(&stage, "wakabayashi", "全国").await;
    let case = ask(&stage, &ooki, 80, "INC-MAL", Privacy::Everyone, &[], false).await;
    let assigning = async |tx: &store::Tx, seat: SeatId| {
        let (facts, permit) = desk::find_for_update::<desk::Assign>(tx, &kashiwagi.actor, case).await.expect("found");
        let seen = facts.case.version;
        desk::commands::assign(tx, &kashiwagi.actor, &facts, permit, seen, seat).await
    };

    // Assigned first: ending waits, and finds the case.
    let gone = agent(&stage, &mut god, &eguchi).await;
    let tx = begin(&stage, &kashiwagi).await;
    assigning(&tx, gone).await.expect("assigned");
    let ended = after(async || tx.commit().await.expect("commit"), end(&stage, &administrator, gone)).await;
    assert_eq!(ended.expect("ended"), 1);
    assert_eq!(answers_for(&mut god, case).await, kashiwagi.actor.seat);

    // Ended first: assigning waits, and is refused as a choice to make again.
    let gone = agent(&stage, &mut god, &eguchi).await;
    let tx = begin(&stage, &administrator).await;
    let (_, permit) = identity::find_seat_to_end(&tx, &administrator.actor, gone).await.expect("found");
    assert_eq!(identity::end_seat(&tx, permit).await.expect("ended"), 0);
    let other = begin(&stage, &kashiwagi).await;
    let refused = after(async || tx.commit().await.expect("commit"), assigning(&other, gone)).await;
    assert!(matches!(refused, Err(VerbError::Invalid { field: "seat", .. })), "{refused:?}");
    drop(other);

    // The duty is given to a seat that is being ended, and the other way round.
    let take =
        "UPDATE queues SET duty_seat_id = $1 WHERE code = 'first' AND federation_id = (SELECT federation_id FROM seats WHERE id = $1)";
    let gone = agent(&stage, &mut god, &eguchi).await;
    let mut giving = sqlx::Connection::begin(&mut god).await.expect("begin");
    sqlx::query(take).bind(gone.0).execute(&mut *giving).await.expect("given");
    let refused = after(async || giving.commit().await.expect("commit"), end(&stage, &administrator, gone)).await;
    assert!(matches!(refused, Err(SeatError::OnDuty(_))), "{refused:?}");
    sqlx::query(take).bind(kashiwagi.actor.seat.0).execute(&mut god).await.expect("given back");
    let tx = begin(&stage, &administrator).await;
    let (_, permit) = identity::find_seat_to_end(&tx, &administrator.actor, gone).await.expect("found");
    identity::end_seat(&tx, permit).await.expect("ended");
    let late = after(async || tx.commit().await.expect("commit"), sqlx::query(take).bind(gone.0).execute(&mut god)).await;
    assert!(late.expect_err("refused").to_string().contains("has ended"));

    // Over HTTP, as fast as they come.
    for _ in 0..8 {
        let gone = agent(&stage, &mut god, &eguchi).await;
        let version: i32 = version_of(&mut god, case).await;
        let (path, fields) = (format!("/c/{case}/assign"), [("seat".to_owned(), gone.to_string())]);
        let (assigned, ended) = tokio::join!(kashiwagi.post(&path, Some(version), &fields), end(&stage, &administrator, gone));
        let handed = ended.expect("ended");
        assert_eq!(handed, usize::from(assigned.status == 303), "assigned: {}", assigned.status);
        assert!([303, 422].contains(&assigned.status.as_u16()), "{}", assigned.status);
        assert_eq!((answers_for(&mut god, case).await, ownerless(&mut god).await), (kashiwagi.actor.seat, 0));
    }
}

async fn version_of(god: &mut PgConnection, case: ConsultationId) -> i32 {
    sqlx::query_scalar("SELECT version FROM consultations WHERE id = $1").bind(case.0).fetch_one(god).await.expect("version")
}

/// Clinics ask while the duty changes hands and the one who had it leaves: everybody is answered by somebody who is there. The
/// system hands over what has run out while somebody takes it: one of the two.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_while_the_duty_changes_hands_reaches_somebody_who_is_there() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, kashiwagi, eguchi) =
        (at(&stage, "ooki", "みどりの森").await, at(&stage, "kashiwagi", "北斗").await, at(&stage, "eguchi", "北斗").await);
    let administrator = at(&stage, "wakabayashi", "全国").await;
    let take =
        "UPDATE queues SET duty_seat_id = $1 WHERE code = 'first' AND federation_id = (SELECT federation_id FROM seats WHERE id = $1)";
    let mut duty = agent(&stage, &mut god, &eguchi).await;
    sqlx::query(take).bind(duty.0).execute(&mut god).await.expect("given");
    for n in 0..6 {
        let next = agent(&stage, &mut god, &eguchi).await;
        let asked = async || ask(&stage, &ooki, 81 + n, "INC-MAL", Privacy::Everyone, &[], false).await;
        let change = async {
            sqlx::query(take).bind(next.0).execute(&mut god).await.expect("given");
            end(&stage, &administrator, duty).await.expect("ended")
        };
        tokio::join!(asked(), change, asked());
        assert_eq!(ownerless(&mut god).await, 0);
        duty = next;
    }
    let case = ask(&stage, &ooki, 90, "INC-MAL", Privacy::Everyone, &[], false).await;
    for _ in 0..4 {
        let gone = agent(&stage, &mut god, &eguchi).await;
        assign(&stage, &kashiwagi, case, gone).await;
        sqlx::query("UPDATE seats SET until_on = '2026-11-17' WHERE id = $1").bind(gone.0).execute(&mut god).await.expect("run out");
        let version = version_of(&mut god, case).await;
        let path = format!("/c/{case}/take");
        let (taken, swept) = tokio::join!(kashiwagi.post(&path, Some(version), &[]), stage.bench.sweep());
        swept.expect("housekeeping");
        let to = if taken.status == 303 { kashiwagi.actor.seat } else { duty };
        assert_eq!((answers_for(&mut god, case).await, version_of(&mut god, case).await), (to, version + 1), "{}", taken.status);
    }
}

/// Files announced at the same instant, on a draft and on a case, from two browsers of one person: never more than a message takes,
/// counting those whose bytes are still to come; what is taken off or given up makes room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcing_at_the_same_instant_does_not_pass_the_limit() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let (ooki, again) = (at(&stage, "ooki", "みどりの森").await, at(&stage, "ooki", "みどりの森").await);
    let case = ask(&stage, &ooki, 91, "INC-MAL", Privacy::Everyone, &[], false).await;
    let tx = begin(&stage, &ooki).await;
    let draft = desk::commands::start_draft(&tx, &ooki.actor, &desk::Answers::default()).await.expect("draft").id;
    tx.commit().await.expect("commit");
    for place in [format!("/ask/{draft}"), format!("/c/{case}")] {
        let announce = async |who: &Seated, n: usize| {
            let fields = [("name".to_owned(), format!("写真 {n}.jpg")), ("kind".to_owned(), "picture".to_owned())];
            who.post(&format!("{place}/announce"), None, &fields).await
        };
        for n in 0..files::MAX_FILES - 3 {
            announce(&ooki, n).await.leads();
        }
        // While one more is announced and not committed, the next waits for it.
        let target = if place.starts_with("/c/") { files::Target::Consultation(case) } else { files::Target::Draft(draft) };
        let tx = begin(&stage, &ooki).await;
        let permit = access::authorise::<files::Attach>(&ooki.actor, &target).expect("may attach");
        files::announce(&tx, permit, target, "10.jpg", files::Kind::Picture).await.expect("announced");
        let waited = after(async || drop(tx), announce(&again, 11)).await;
        assert_eq!(waited.status, 303, "it was taken back, so there is room");
        let (a, b, c, d) = tokio::join!(announce(&ooki, 20), announce(&again, 21), announce(&ooki, 22), announce(&again, 23));
        let all = [a, b, c, d];
        assert_eq!(all.iter().filter(|page| page.status == 303).count(), 2, "{:?}", all.each_ref().map(|page| page.status));
        let refused = all.iter().find(|page| page.status != 303).expect("one is refused");
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("10個まで") && refused.body.contains("value=\"写真 2"), "says why and keeps what was typed");
        let waiting =
            "SELECT count(*) FROM files WHERE coalesce(draft_id, consultation_id) = $1 AND message_id IS NULL AND removed_at IS NULL";
        let id: uuid::Uuid = place.rsplit('/').next().expect("id").parse().expect("id");
        let count: i64 = sqlx::query_scalar(waiting).bind(id).fetch_one(&mut god).await.expect("count");
        assert_eq!(count, files::MAX_FILES as i64);
        // The page shows those that have not arrived: they can be sent or taken off, and then there is room.
        let shown = if place.starts_with("/c/") { place.clone() } else { format!("{place}/files") };
        let page = ooki.browser.get(&shown).await.expect(200);
        assert_eq!(page.body.matches("まだ届いていません").count(), files::MAX_FILES);
        assert_eq!(page.body.matches("href=\"/uploads/").count(), files::MAX_FILES);
        let file =
            page.body.split("action=\"/files/").nth(1).and_then(|rest| rest.split('/').next()).expect("a file to take off").to_owned();
        ooki.post(&format!("/files/{file}/remove"), None, &[]).await.leads();
        announce(&again, 30).await.leads();
        announce(&again, 31).await.expect(422);
        sqlx::query("UPDATE file_versions SET state = 'abandoned' WHERE file_id = (SELECT id FROM files WHERE coalesce(draft_id, consultation_id) = $1 AND removed_at IS NULL LIMIT 1)")
            .bind(id)
            .execute(&mut god)
            .await
            .expect("given up");
        announce(&ooki, 32).await.leads();
        // A person of their own.
        if place.starts_with("/c/") {
            let agent = at(&stage, "kashiwagi", "北斗").await;
            announce(&agent, 33).await.leads();
        }
    }
    // What has not arrived hangs on no message, whoever asks for it.
    let file: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM files WHERE consultation_id = $1 AND removed_at IS NULL AND uploaded_by = $2 LIMIT 1")
            .bind(case.0)
            .bind(ooki.actor.person.0)
            .fetch_one(&mut god)
            .await
            .expect("file");
    let tx = begin(&stage, &ooki).await;
    let (facts, permit) = desk::find_for_update::<desk::RequesterReply>(&tx, &ooki.actor, case).await.expect("found");
    let seen = facts.case.version;
    let hung = desk::commands::requester_reply(&tx, &ooki.actor, &facts, permit, seen, "本文", &[kernel::FileId(file)]).await;
    assert!(matches!(hung, Err(VerbError::Invalid { field: "files", .. })), "{hung:?}");
}

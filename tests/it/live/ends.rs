//! A stream ends with the right to its page, in every way in which that is lost, and with whoever does not listen any more.

use super::{QUIET, heard, listening, press, reply, said};
use crate::desk::{agent_of, ask};
use std::time::{Duration, Instant};
use tests::{Person, Stage, Stream};

/// How long a stream may outlive its reader's right.
const SOON: Duration = Duration::from_secs(5);

async fn run(stage: &Stage, sql: &'static str, who: &Person) {
    let done =
        sqlx::query(sql).bind(who.seat.expect("seat")).execute(&mut stage.god().await).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    assert!(done.rows_affected() > 0, "{sql}");
}

/// The next event but what is said of colleagues, and the end.
async fn ends_with(stream: &mut Stream, event: &str, why: &str) {
    let began = Instant::now();
    loop {
        let heard = stream.within(SOON).await.unwrap_or_else(|| panic!("{why}: {event:?} is not said"));
        if heard.event != "here" {
            assert_eq!(heard.event, event, "{why}");
            break;
        }
    }
    assert!(stream.ends(Duration::from_secs(1)).await, "{why}: nothing follows");
    assert!(began.elapsed() < SOON, "{why}: {:?}", began.elapsed());
}

#[tokio::test]
async fn a_case_that_its_reader_does_not_see_any_more_is_over() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, second, lead) = (stage.sign_in("ooki").await, stage.sign_in("fujishiro").await, stage.sign_in("otsuki").await);
    let first = stage.sign_in("kashiwagi").await;

    // Taken by the other line.
    let case = ask(&clinic, "引き継がれる相談", "everyone").await;
    let (mut leaver, mut stays) = (second.follow(&case).await, lead.follow(&case).await);
    assert!(said(&stays.hear("here").await).0.contains("藤代"), "the leaver is seen while they are there");
    press(&lead, &case, "offer", &[("line", "1")]).await;
    leaver.hear("moved").await;
    press(&first, &case, "accept", &[]).await;
    ends_with(&mut leaver, "over", "accepted by another line").await;
    assert!(!said(&stays.hear("here").await).0.contains("藤代"), "whoever may not read it is not there");
    second.get(&format!("/live{case}")).await.expect(404);

    // Kept to its writer.
    let (opener, colleague) = (stage.sign_in("aizawa").await, stage.sign_in("tabata").await);
    let case = ask(&opener, "だれにも見せない相談", "everyone").await;
    heard().await;
    let mut reader = colleague.follow(&case).await;
    press(&opener, &case, "privacy", &[("privacy", "own")]).await;
    ends_with(&mut reader, "over", "kept to its writer").await;

    // No news come of a queue that is taken from somebody.
    heard().await;
    let mut reader = second.follow(&case).await;
    let mut stays = lead.follow(&case).await;
    assert!(said(&stays.hear("here").await).0.contains("藤代"));
    run(&stage, "DELETE FROM seat_queues WHERE seat_id = $1", &second).await;
    ends_with(&mut reader, "over", "queue taken away").await;
    assert!(!said(&stays.hear("here").await).0.contains("藤代"));
}

/// An association's officer still sees the header of a case that has left their queue; who sits at the desk is not theirs to see then.
#[tokio::test]
async fn whoever_keeps_the_header_alone_is_not_at_the_desk() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, lead) = (stage.sign_in("aizawa").await, stage.sign_in("otsuki").await);
    let (agent, officer) = (stage.sign_in("momose").await, stage.sign_in("miyasaka").await);
    let case = ask(&clinic, "県の窓口から戻る相談", "everyone").await;
    press(&lead, &case, "offer", &[("line", "1")]).await;
    press(&agent, &case, "accept", &[]).await;
    press(&agent, &case, "offer", &[("line", "2")]).await;
    let (mut header, _desk) = (officer.follow(&case).await, lead.follow(&case).await);
    assert!(said(&header.hear("here").await).0.contains("大槻"));
    press(&lead, &case, "accept", &[]).await;
    assert_eq!(said(&header.hear("here").await).0, "");
    officer.get(&case).await.expect(200);
    lead.post(&format!("{case}/writing"), &[]).await.expect(204);
    while let Some(heard) = header.within(QUIET).await {
        assert_ne!(heard.event, "here", "{heard:?}");
    }
}

#[tokio::test]
async fn a_list_follows_the_queues_that_its_reader_has_now() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let (clinic, both) = (stage.sign_in("ooki").await, stage.sign_in("nonomura").await);
    let (mut list, mut home) = (both.follow("/queue").await, both.follow("/").await);
    run(&stage, "DELETE FROM seat_queues WHERE seat_id = $1 AND queue_id IN (SELECT id FROM queues WHERE code = 'second')", &both).await;
    assert_eq!(list.within(SOON).await.map(|heard| heard.event).as_deref(), Some("gap"), "it is another list now");
    let case = ask(&clinic, "もう受け持たない窓口へ", "everyone").await;
    assert_eq!(list.within(QUIET).await, None);
    press(&agent_of(&stage, &case).await, &case, "offer", &[("line", "1")]).await;
    assert_eq!(said(&home.hear("moved").await).1, std::slice::from_ref(&case), "an offer to the queue that is left");
    run(&stage, "DELETE FROM seat_queues WHERE seat_id = $1", &both).await;
    ends_with(&mut list, "over", "the last queue").await;
    ends_with(&mut home, "over", "the last queue").await;
}

/// Every way in which somebody loses a seat by what another does.
#[tokio::test]
async fn a_seat_that_is_taken_ends_the_stream() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let ways: [(&str, &str, &str, Option<&'static str>); 8] = [
        ("session revoked", "aizawa", "/consultations", Some("UPDATE sessions SET revoked_at = '2026-11-17' WHERE seat_id = $1")),
        ("seat ended", "kitamura", "/", Some("UPDATE seats SET ended_at = '2026-11-17' WHERE id = $1")),
        ("seat ends today", "kobayakawa", "/", Some("UPDATE seats SET until_on = '2026-11-17' WHERE id = $1")),
        ("another role", "imamura", "/", Some("UPDATE seats SET role = 'staff' WHERE id = $1")),
        (
            "organisation closed",
            "nemoto",
            "/area",
            Some("UPDATE units SET closed_on = '2026-11-17' WHERE id = (SELECT unit_id FROM seats WHERE id = $1)"),
        ),
        (
            "contract ended",
            "fujishiro",
            "/queue",
            Some("UPDATE provider_contracts SET until_on = '2026-11-17' WHERE provider_id = (SELECT unit_id FROM seats WHERE id = $1)"),
        ),
        ("signed out", "saeki", "/consultations", None),
        ("another seat", "morishita", "/consultations", None),
    ];
    let mut open = Vec::new();
    for (why, key, path, sql) in ways {
        let person = stage.sign_in(key).await;
        let stream = person.follow(path).await;
        open.push((why, person, stream, sql));
    }
    let quiet = open.iter_mut().map(|(why, _, stream, _)| async move { (*why, stream.within(Duration::from_millis(200)).await) });
    for (why, heard) in futures::future::join_all(quiet).await {
        assert_eq!(heard, None, "{why}");
    }
    let mut ending = Vec::new();
    for n in 0..open.len() {
        let (why, person, _, sql) = &mut open[n];
        match (sql, *why) {
            (Some(sql), _) => run(&stage, sql, person).await,
            (None, "signed out") => drop(person.post("/sign-out", &[]).await),
            (None, _) => {
                let to = crate::seats::other_seat(&stage, person).await;
                crate::seats::switch(person, &to).await;
            }
        }
        // No way takes the seat of the others: each stream ends for its own reason.
        for (_, person, _, _) in &open[n + 1..] {
            person.actor(&stage).await;
        }
        ending.push(Instant::now());
    }
    // All wait together: each for the next time that it asks about its reader.
    let ended = open.iter_mut().zip(ending).map(|((why, _, stream, _), since)| async move {
        ends_with(stream, "gone", why).await;
        assert!(since.elapsed() < SOON, "{why}: {:?}", since.elapsed());
    });
    futures::future::join_all(ended).await;
}

/// Whoever has lost the seat cannot say so; colleagues see them leave all the same.
#[tokio::test]
async fn whoever_has_lost_the_seat_is_not_there_any_more() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "席を失った人", "everyone").await;
    let (agent, lead) = (agent_of(&stage, &case).await, stage.sign_in("otsuki").await);
    let mut first = agent.follow(&case).await;
    let mut second = lead.follow(&case).await;
    assert_eq!(said(&first.hear("here").await).0, "大槻 健一さんが開いています");
    run(&stage, "UPDATE sessions SET revoked_at = '2026-11-17' WHERE seat_id = $1", &lead).await;
    ends_with(&mut second, "gone", "session revoked").await;
    assert_eq!(said(&first.hear("here").await).0, "");
}

/// Every way in which a seat or a session runs out by itself.
#[tokio::test]
async fn a_seat_that_runs_out_ends_the_stream() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    assert!(stage.clock.set(time::macros::datetime!(2026-11-17 14:50 UTC)), "ten minutes to midnight in Tokyo");
    let (dated, idle, old) = (stage.sign_in("katagiri").await, stage.sign_in("aizawa").await, stage.sign_in("hanai").await);
    // A seat that changes ends its sessions: this one was always to end that day.
    run(&stage, "UPDATE seats SET until_on = '2026-11-18' WHERE id = $1", &dated).await;
    run(&stage, "UPDATE sessions SET revoked_at = NULL WHERE seat_id = $1", &dated).await;
    run(&stage, "UPDATE sessions SET idle_seconds = 100000 WHERE seat_id = $1", &old).await;
    let mut streams = Vec::new();
    for person in [&dated, &idle, &old] {
        streams.push(person.follow("/consultations").await);
        // Apart, so that each asks about its reader soon after the one before has ended.
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    let ways = [("until_on reached", 20), ("idle", 10 * 60), ("expired", 2 * 60)];
    for (n, (why, minutes)) in ways.into_iter().enumerate() {
        assert!(stage.clock.advance(time::Duration::minutes(minutes)));
        ends_with(&mut streams[n], "gone", why).await;
        for later in &mut streams[n + 1..] {
            assert_eq!(later.within(Duration::from_millis(50)).await, None, "{why} is not the others' end");
        }
    }
}

/// Whoever does not take what is said holds nothing up: they are let go, and colleagues do not see them there for ever.
#[tokio::test]
async fn whoever_does_not_listen_is_let_go() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "読まれない知らせ", "everyone").await;
    let (agent, lead) = (agent_of(&stage, &case).await, stage.sign_in("otsuki").await);
    let mut first = agent.follow(&case).await;
    let asleep = lead.follow(&case).await;
    assert!(said(&first.hear("here").await).0.contains("大槻"));
    for _ in 0..40 {
        stage.portal.live.tell(web::live::What::Gap, stage.clock.now());
        while first.within(Duration::from_millis(20)).await.is_some() {}
    }
    let mut there = true;
    let began = Instant::now();
    while there && began.elapsed() < Duration::from_secs(10) {
        let heard = first.within(Duration::from_millis(200)).await;
        there = heard.is_none_or(|heard| heard.event != "here" || said(&heard).0.contains("大槻"));
    }
    assert!(!there, "a reader who takes nothing is not there");
    drop(asleep);
    reply(&agent, &case, "ご返事です").await;
}

#[tokio::test]
async fn whoever_closes_one_of_two_pages_of_a_case_is_still_there() {
    let stage = Stage::new().await;
    let _listening = listening(&stage).await;
    let clinic = stage.sign_in("aizawa").await;
    let case = ask(&clinic, "二枚開いている", "everyone").await;
    let (agent, lead) = (agent_of(&stage, &case).await, stage.sign_in("otsuki").await);
    let mut first = agent.follow(&case).await;
    let (page, note) = (lead.follow(&case).await, lead.follow(&format!("{case}/note")).await);
    assert_eq!(said(&first.hear("here").await).0, "大槻 健一さんが開いています");
    // Until both have given a sign.
    tokio::time::sleep(QUIET).await;
    drop(page);
    assert_eq!(first.within(QUIET).await, None, "the other page is open");
    drop(note);
    assert_eq!(said(&first.hear("here").await).0, "");
}

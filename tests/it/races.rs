//! Real parallel connections at the same instant.

use crate::world::{Seated, ask, at, offer, resolve};
use desk::{Line, Privacy};
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

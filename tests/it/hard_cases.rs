//! The three cases the design must carry (`rls.md`), and the merger: a clinic that moves with an open case, an outside
//! provider under a contract, an officer with consent for one case.

use crate::world::{Seated, World, allow, ask, at, begin, close, mark, note, reply, resolve, revoke};
use desk::{Privacy, Receiver};
use kernel::{ConsultationId, UnitId};
use sqlx::{PgConnection, Row};
use tests::Stage;
use uuid::Uuid;

async fn unit(god: &mut PgConnection, name: &str) -> UnitId {
    UnitId(
        sqlx::query_scalar("SELECT id FROM units WHERE name LIKE $1 || '%' AND federation_id IS NOT NULL ORDER BY id LIMIT 1")
            .bind(name)
            .fetch_one(god)
            .await
            .expect(name),
    )
}

/// Home now, and where it was asked.
async fn homes(god: &mut PgConnection, case: ConsultationId) -> (Option<i32>, Option<i32>, Option<i32>, Option<i32>) {
    let row = sqlx::query("SELECT prefecture_id, municipal_id, origin_prefecture_id, origin_municipal_id FROM consultations WHERE id = $1")
        .bind(case.0)
        .fetch_one(god)
        .await
        .expect("case");
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

/// What somebody gets of a case: `-` nothing, `h` a header, `t` the text; and in which lists it stands.
async fn gets(who: &Seated, case: ConsultationId, n: usize) -> String {
    let page = who.browser.get(&format!("/c/{case}")).await;
    let seen = match page.status.as_u16() {
        404 => "-",
        200 if page.body.contains(&mark(n, "TITLE")) => "t",
        200 => "h",
        other => panic!("{}: {other}", who.name()),
    };
    let mut lists = String::new();
    for (path, word) in [("/area", "area"), ("/shared", "shared"), ("/queue", "queue"), ("/consultations", "own")] {
        if who.browser.get(path).await.body.contains(&format!("/c/{case}")) {
            lists.push(' ');
            lists.push_str(word);
        }
    }
    format!("{seen}{lists}")
}

pub(crate) async fn move_clinic(stage: &Stage, administrator: &Seated, clinic: UnitId, prefecture: UnitId, municipal: UnitId) {
    let tx = begin(stage, administrator).await;
    let (found, permit) = tenancy::find_institution(&tx, &administrator.actor, clinic).await.expect("found");
    let to = tenancy::Move { prefecture, municipal: Some(municipal), on: tx.clock().today() };
    tenancy::move_institution(&tx, permit, &found, to).await.expect("moved");
    tx.commit().await.expect("commit");
}

#[tokio::test]
async fn a_clinic_moves_with_an_open_case() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let who = async |key: &'static str, name: &'static str| at(&stage, key, name).await;
    let (ooki, kashiwagi, administrator) =
        (who("ooki", "みどりの森").await, who("kashiwagi", "北斗").await, who("wakabayashi", "全国").await);
    let (nemoto, ishige) = (who("nemoto", "千葉県").await, who("ishige", "汐見").await);
    let (miyasaka, maruyama) = (who("miyasaka", "長野県").await, who("maruyama", "北嶺").await);
    let plain = ask(&stage, &ooki, 1, "INC-MAL", Privacy::Everyone, &[], false).await;
    let shared = ask(&stage, &ooki, 2, "INC-MAL", Privacy::Everyone, &[], false).await;
    allow(&stage, &ooki, shared, Receiver::Prefecture).await;
    allow(&stage, &ooki, shared, Receiver::Municipality).await;
    let hidden = ask(&stage, &ooki, 3, "INC-MAL", Privacy::Confidential, &[], false).await;
    let ended = ask(&stage, &ooki, 4, "INC-MAL", Privacy::Everyone, &[], false).await;
    resolve(&stage, &kashiwagi, ended, 4).await;
    close(&stage, &ooki, ended).await;
    let (chiba, shiomi) = (nemoto.actor.unit.0, ishige.actor.unit.0);
    let (nagano, hokurei) = (miyasaka.actor.unit.0, maruyama.actor.unit.0);
    for (officer, case, n, before) in [
        (&nemoto, plain, 1, "h area"),
        (&nemoto, shared, 2, "t area shared"),
        (&nemoto, hidden, 3, "-"),
        (&ishige, plain, 1, "h area"),
        (&miyasaka, plain, 1, "-"),
    ] {
        assert_eq!(gets(officer, case, n).await, before, "{} and case {n} before the move", officer.name());
    }

    move_clinic(&stage, &administrator, ooki.actor.unit, UnitId(nagano), UnitId(hokurei)).await;

    for case in [plain, shared, hidden] {
        assert_eq!(homes(&mut god, case).await, (Some(nagano), Some(hokurei), Some(chiba), Some(shiomi)), "home moves, origin stays");
    }
    assert_eq!(homes(&mut god, ended).await, (Some(chiba), Some(shiomi), Some(chiba), Some(shiomi)), "what was over stays where it was");
    // The old offices lose the headers, keep what a consent gave to them and not to their successor; the new ones get
    // headers and no text. What had ended under the old office stays under it.
    let after = [
        (&nemoto, plain, 1, "-"),
        (&nemoto, shared, 2, "t shared"),
        (&nemoto, hidden, 3, "-"),
        (&nemoto, ended, 4, "h area"),
        (&ishige, plain, 1, "-"),
        (&ishige, shared, 2, "t shared"),
        (&miyasaka, plain, 1, "h area"),
        (&miyasaka, shared, 2, "h area"),
        (&miyasaka, hidden, 3, "-"),
        (&miyasaka, ended, 4, "-"),
        (&maruyama, plain, 1, "h area"),
        (&maruyama, shared, 2, "h area"),
        (&ooki, plain, 1, "t own"),
        (&ooki, hidden, 3, "t own"),
        (&kashiwagi, plain, 1, "t queue"),
        (&kashiwagi, hidden, 3, "t queue"),
    ];
    for (person, case, n, expected) in after {
        assert_eq!(gets(person, case, n).await, expected, "{} and case {n} after the move", person.name());
    }
    // Taken back it is gone for the old office, header and all; given again it goes to the new one.
    revoke(&stage, &ooki, shared, Receiver::Prefecture).await;
    assert_eq!(gets(&nemoto, shared, 2).await, "-");
    allow(&stage, &ooki, shared, Receiver::Prefecture).await;
    assert_eq!(gets(&nemoto, shared, 2).await, "-");
    assert_eq!(gets(&miyasaka, shared, 2).await, "t area shared");
}

#[tokio::test]
async fn after_a_move_the_old_office_keeps_what_a_duty_gives() {
    let stage = Stage::new().await;
    let who = async |key: &'static str, name: &'static str| at(&stage, key, name).await;
    let (aizawa, momose, miyasaka) = (who("aizawa", "ひだまり").await, who("momose", "長野県").await, who("miyasaka", "長野県").await);
    let (nemoto, ishige, administrator) = (who("nemoto", "千葉県").await, who("ishige", "汐見").await, who("wakabayashi", "全国").await);
    // Nagano's own desk holds it: by duty, not by area.
    let case = ask(&stage, &aizawa, 1, "INC-MAL", Privacy::Everyone, &[], false).await;
    move_clinic(&stage, &administrator, aizawa.actor.unit, nemoto.actor.unit, ishige.actor.unit).await;
    assert_eq!(gets(&momose, case, 1).await, "t queue");
    assert_eq!(gets(&miyasaka, case, 1).await, "t queue", "the officer of the prefecture that runs the queue, no longer by area");
    assert_eq!(gets(&nemoto, case, 1).await, "h area");
    // The duty ends with the hand-over, and with it everything.
    let fujishiro = who("fujishiro", "北斗").await;
    crate::world::offer(&stage, &momose, case, desk::Line::Second).await;
    crate::world::deed!(&stage, &fujishiro, case, desk::AcceptOffer, |tx, actor, facts, permit, seen| desk::commands::accept_offer(
        &tx, actor, &facts, permit, seen
    ));
    assert_eq!(gets(&momose, case, 1).await, "-");
    assert_eq!(gets(&miyasaka, case, 1).await, "-");
    assert_eq!(gets(&fujishiro, case, 1).await, "t queue");
}

#[tokio::test]
async fn a_merger_of_municipal_associations_moves_headers_and_no_consent() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    let who = async |key: &'static str, name: &'static str| at(&stage, key, name).await;
    let (aizawa, maruyama, takeuchi) = (who("aizawa", "ひだまり").await, who("maruyama", "北嶺").await, who("takeuchi", "千曲").await);
    // Takeuchi has two seats there; the one that officers.
    let administrator = who("wakabayashi", "全国").await;
    assert_eq!(takeuchi.actor.role, access::Role::Officer);
    let plain = ask(&stage, &aizawa, 1, "INC-MAL", Privacy::Everyone, &[], false).await;
    let shared = ask(&stage, &aizawa, 2, "INC-MAL", Privacy::Own, &[], false).await;
    allow(&stage, &aizawa, shared, Receiver::Municipality).await;
    let hidden = ask(&stage, &aizawa, 3, "INC-MAL", Privacy::Confidential, &[], false).await;
    let office = ask(&stage, &maruyama, 4, "CHK", Privacy::Everyone, &[], false).await;
    assert_eq!(gets(&maruyama, shared, 2).await, "t area shared");
    let (old, new) = (maruyama.actor.unit, takeuchi.actor.unit);

    let tx = begin(&stage, &administrator).await;
    let (found, permit) = tenancy::find_municipal(&tx, &administrator.actor, old).await.expect("found");
    let merged = tenancy::merge_municipal(&tx, permit, &found, new, tx.clock().today()).await.expect("merged");
    tx.commit().await.expect("commit");
    assert!(merged.institutions >= 4);

    let (prefecture, municipal, origin, origin_municipal) = homes(&mut god, plain).await;
    assert_eq!((municipal, origin_municipal), (Some(new.0), Some(old.0)));
    assert_eq!(prefecture, origin, "the same prefecture");
    for (case, n, expected) in [(plain, 1, "h area"), (shared, 2, "h area"), (hidden, 3, "-"), (office, 4, "h area")] {
        assert_eq!(gets(&takeuchi, case, n).await, expected, "case {n} at the successor");
    }
    // The closed office's seats are dead at once, open session and all; its consent lies unused and still names it.
    assert!(maruyama.browser.get("/").await.leads().starts_with("/sign-in"));
    assert!(stage.db().begin(&maruyama.actor, kernel::RequestId::new(&stage.clock)).await.is_err());
    let named: i32 = sqlx::query_scalar("SELECT unit_id FROM case_access WHERE consultation_id = $1 AND revoked_at IS NULL")
        .bind(shared.0)
        .fetch_one(&mut god)
        .await
        .expect("consent");
    assert_eq!(named, old.0, "a consent is per organisation and does not move");
    let name: String = sqlx::query_scalar("SELECT name FROM units WHERE id = $1 AND merged_into = $2 AND closed_on IS NOT NULL")
        .bind(old.0)
        .bind(new.0)
        .fetch_one(&mut god)
        .await
        .expect("history keeps its name");
    assert!(name.starts_with("北嶺"));
}

#[tokio::test]
async fn a_provider_has_queues_and_never_a_level() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    let mut god = stage.god().await;
    for key in ["kashiwagi", "fujishiro", "nonomura", "eguchi"] {
        let who = world.who(key);
        assert_eq!(who.actor.level, kernel::Level::Provider);
        for path in ["/area", "/shared", "/consultations", "/ask"] {
            who.browser.get(path).await.expect(403);
        }
        who.post("/ask/new", None, &[]).await.expect(403);
        let tx = begin(&stage, who).await;
        for setting in ["institutions", "municipals", "prefectures", "national", "asks_as", "receives_as", "office"] {
            let row = tx.one_raw("SELECT coalesce(scope_text($1), '') AS value", [setting.into()]).await.expect("scope").expect("row");
            let value: String = row.try_get("", "value").expect("text");
            assert!(value.is_empty() || value == "{}", "{key}: {setting} is {value}");
        }
        drop(tx);
        for case in &world.cases {
            let queues: Vec<i32> = who.actor.queues.iter().map(|q| q.0).collect();
            let duty = queues.contains(&case.queue) || case.offered.is_some_and(|q| queues.contains(&q));
            assert_eq!(who.browser.get(&case.path()).await.status.as_u16(), if duty { 200 } else { 404 }, "{key} and case {}", case.n);
        }
    }
    // A queue that the contract no longer names is gone at once, whatever the seat says.
    let seven = world.case(7);
    let (fujishiro, kashiwagi) = (world.who("fujishiro"), world.who("kashiwagi"));
    fujishiro.browser.get(&seven.path()).await.expect(200);
    sqlx::query("DELETE FROM contract_queues WHERE queue_id = $1")
        .bind(fujishiro.actor.queues[0].0)
        .execute(&mut god)
        .await
        .expect("narrowed");
    fujishiro.browser.get(&seven.path()).await.expect(404);
    fujishiro.browser.get("/queue").await.expect(403);
    kashiwagi.browser.get(&seven.path()).await.expect(200);
    // The contract ends: every seat of the provider is dead at once, in open sessions too.
    let today = stage.clock.today();
    sqlx::query("UPDATE provider_contracts SET until_on = $1").bind(today).execute(&mut god).await.expect("ended");
    for key in ["kashiwagi", "fujishiro", "nonomura", "eguchi"] {
        let who = world.who(key);
        assert!(who.browser.get(&seven.path()).await.leads().starts_with("/sign-in"), "{key} after the contract");
        assert!(
            stage.db().begin(&who.actor, kernel::RequestId::new(&stage.clock)).await.is_err(),
            "{key} opens a transaction after the contract"
        );
    }
}

#[tokio::test]
async fn a_contract_with_one_federation_gives_nothing_in_another() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    let mut god = stage.god().await;
    let kashiwagi = world.who("kashiwagi");
    let far = world.who("saeki").actor.federation.0;
    let queue = world.case(15).queue;
    let seat = kernel::ids::new_uuid(&stage.clock);
    sqlx::query("INSERT INTO seats (id, federation_id, person_id, unit_id, role, from_on, granted_at) VALUES ($1, $2, $3, $4, 'agent', '2026-01-01', $5)")
        .bind(seat)
        .bind(far)
        .bind(kashiwagi.actor.person.0)
        .bind(kashiwagi.actor.unit.0)
        .bind(stage.clock.now())
        .execute(&mut god)
        .await
        .expect("a seat without a contract");
    sqlx::query("INSERT INTO seat_queues VALUES ($1, $2, $3)")
        .bind(far)
        .bind(seat)
        .bind(queue)
        .execute(&mut god)
        .await
        .expect("with a queue");
    // Not among the seats to choose, and not to be taken.
    assert_eq!(kashiwagi.browser.get("/seats").await.expect(200).body.matches(&seat.to_string()).count(), 0);
    assert!(kashiwagi.post(&format!("/seats/{seat}"), None, &[]).await.leads().ends_with("gone"));
    kashiwagi.browser.get(&world.case(15).path()).await.expect(404);
    // With a contract that names no queue the seat lives and reads nothing there; the other seat reads no more than before.
    let contract = kernel::ids::new_uuid(&stage.clock);
    sqlx::query("INSERT INTO provider_contracts VALUES ($1, $2, $3, '2026-01-01', NULL)")
        .bind(contract)
        .bind(far)
        .bind(kashiwagi.actor.unit.0)
        .execute(&mut god)
        .await
        .expect("contract");
    let there = crate::world::sit(&stage, "kashiwagi", kashiwagi.actor.person.0, seat, far).await;
    assert!(there.actor.queues.is_empty());
    for case in &world.cases {
        there.browser.get(&case.path()).await.expect(404);
    }
    kashiwagi.browser.get(&world.case(15).path()).await.expect(404);
    // A queue of one federation cannot stand in a contract or at a seat of another.
    let own: i32 = world.case(5).queue;
    assert!(
        sqlx::query("INSERT INTO contract_queues VALUES ($1, $2, $3)").bind(far).bind(contract).bind(own).execute(&mut god).await.is_err()
    );
    assert!(sqlx::query("INSERT INTO seat_queues VALUES ($1, $2, $3)").bind(far).bind(seat).bind(own).execute(&mut god).await.is_err());
    // With the queue in the contract the seat works there, and only there.
    sqlx::query("INSERT INTO contract_queues VALUES ($1, $2, $3)")
        .bind(far)
        .bind(contract)
        .bind(queue)
        .execute(&mut god)
        .await
        .expect("named");
    there.browser.get(&world.case(15).path()).await.expect(200);
    there.browser.get(&world.case(5).path()).await.expect(404);
}

#[tokio::test]
async fn an_officer_with_consent_for_one_case_reads_that_text_and_no_more() {
    let stage = Stage::new().await;
    let world = World::build(&stage).await;
    let (ooki, kashiwagi) = (world.who("ooki"), world.who("kashiwagi"));
    let nanba = world.who("nanba");
    let nemoto = world.who("nemoto");
    let (case, other) = (world.case(8), world.case(5));
    let id = ConsultationId(case.id);
    reply(&stage, kashiwagi, id, 8, &[]).await;
    note(&stage, kashiwagi, id, 8).await;
    let file = world.files.iter().find(|f| f.sent && f.case == Some(case.id)).expect("a file").id;
    let foreign: Uuid = world.files.iter().find(|f| f.sent && f.case == Some(other.id)).expect("a file").id;
    let page = nemoto.browser.get(&case.path()).await.expect(200);
    for text in ["TITLE", "BODY", "REPLY", "FILE"] {
        assert!(page.body.contains(&mark(8, text)), "{text} is read by consent");
    }
    assert!(!page.body.contains(&mark(8, "NOTE")), "a note never");
    assert!(
        !page.body.contains(&format!("{}/answer", case.path())) && !page.body.contains(&format!("{}/reply", case.path())),
        "no form to write"
    );
    assert!(nemoto.post(&format!("/files/{file}/open"), None, &[]).await.leads().contains("X-Amz-Signature"), "the file opens");
    nemoto.post(&format!("/files/{foreign}/open"), None, &[]).await.expect(404);
    // Only this case: another one of the same clinic stays a header, another office reads nothing.
    assert!(!nemoto.browser.get(&other.path()).await.expect(200).body.contains(&mark(5, "TITLE")));
    nanba.browser.get(&case.path()).await.expect(404);
    let shared = nemoto.browser.get("/shared").await.expect(200).body;
    assert!(shared.contains(&case.path()) && !shared.contains(&other.path()));
    for act in [
        "answer", "reply", "note", "triage", "assign", "take", "wait", "resume", "offer", "withdraw", "accept", "decline", "resolve",
        "close", "reopen", "privacy", "consent", "announce",
    ] {
        let fields = [
            ("body", "x"),
            ("then", "desk"),
            ("category", "INC-MAL"),
            ("class", "S1"),
            ("line", "2"),
            ("outcome", "advice"),
            ("privacy", "own"),
            ("name", "x.txt"),
            ("kind", "document"),
        ];
        let form = web::app::all_routes()
            .into_iter()
            .find(|r| r.method == "POST" && r.path == format!("/c/{{case}}/{act}"))
            .and_then(|r| r.form)
            .expect(act);
        let wanted: Vec<&str> = web::registry::all_forms()
            .into_iter()
            .find(|f| f.name == form)
            .map(|f| f.fields.iter().map(|x| x.name).collect())
            .unwrap_or_default();
        let fields: Vec<(String, String)> =
            fields.iter().filter(|(n, _)| wanted.contains(n)).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let page = nemoto.post(&format!("{}/{act}", case.path()), Some(1), &fields).await;
        assert_eq!(page.status, 403, "{act}: {}", page.body);
    }
    // Taken back: a header again, the file gone, nothing shared; a page that was open reads nothing more.
    revoke(&stage, ooki, id, Receiver::Prefecture).await;
    let page = nemoto.browser.get(&case.path()).await.expect(200);
    assert!(!page.body.contains("QZ08"), "a header without words");
    nemoto.post(&format!("/files/{file}/open"), None, &[]).await.expect(404);
    assert!(!nemoto.browser.get("/shared").await.expect(200).body.contains(&case.path()));
}

/// Only roles that answer from queues are ever given one by the database, whatever is written beside their seat.
#[tokio::test]
async fn no_other_role_is_given_a_queue() {
    let stage = Stage::new().await;
    let mut god = stage.god().await;
    sqlx::query("INSERT INTO seat_queues SELECT s.federation_id, s.id, q.id FROM seats s JOIN queues q ON q.federation_id = s.federation_id ON CONFLICT DO NOTHING").execute(&mut god).await.expect("queues for everybody");
    let nagano = unit(&mut god, "長野県").await;
    for who in crate::world::everybody(&stage).await {
        use access::Role::{Agent, Lead, Officer};
        let may = matches!(who.actor.role, Agent | Lead) || (who.actor.role == Officer && who.actor.unit == nagano);
        assert_eq!(!who.actor.queues.is_empty(), may, "{} at {}", who.name(), who.actor.unit_name);
        if who.actor.level == kernel::Level::Prefectural && may {
            assert_eq!(who.actor.queues.len(), 1, "{}: a prefecture answers from its own queue alone", who.name());
        }
    }
}

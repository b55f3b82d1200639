//! The record on a real database: linking beside the writers, and naming what was tampered with.

#[path = "../../tenancy/tests/support/mod.rs"]
mod support;

use access::{Actor, Role};
use audit::{Broken, Fault, Filters, Head, Verdict};
use kernel::{AuditId, Cursor, FederationId, RequestId, UnitId, ids::new_uuid};
use store::{AuditEntry, StoreError, SystemReason};
use support::{Scratch, scratch};
use time::Duration;

struct World {
    scratch: Scratch,
    federation: FederationId,
    auditor: Actor,
}

async fn world() -> World {
    let scratch = scratch().await;
    let federation = scratch.federation("T").await;
    let auditor = scratch.actor(federation, UnitId(federation.0), Role::Auditor).await;
    World { scratch, federation, auditor }
}

impl World {
    async fn write(&self, count: usize) -> Vec<AuditId> {
        let mut ids = Vec::new();
        for n in 0..count {
            self.scratch.clock.advance(Duration::milliseconds(1));
            let tx = self.scratch.app.begin(&self.auditor, RequestId::new(&self.scratch.clock)).await.expect("tx");
            let entry = AuditEntry::new("desk.note_added", new_uuid(&self.scratch.clock))
                .word("state", "in_work")
                .word("count", n)
                .hashed("body", "書いた言葉");
            ids.push(tx.audit(entry).await.expect("entry"));
            tx.commit().await.expect("commit");
        }
        ids
    }

    async fn seal(&self, limit: u32) -> usize {
        let tx = self.scratch.worker.begin_system(SystemReason::SealAudit).await.expect("tx");
        let count = audit::seal(&tx, self.federation, limit).await.expect("seal").map_or(0, |sealed| sealed.linked);
        tx.commit().await.expect("commit");
        count
    }

    async fn verify(&self) -> Verdict {
        self.verify_against(None).await
    }

    async fn verify_against(&self, kept: Option<&Head>) -> Verdict {
        let tx = self.scratch.worker.begin_system(SystemReason::VerifyAudit).await.expect("tx");
        audit::verify_against(&tx, self.federation, kept).await.expect("verify")
    }

    /// As a superuser who also switched the append-only triggers off.
    async fn tamper(&self, sql: String) {
        self.scratch.sql(format!("BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT")).await;
    }
}

#[tokio::test]
async fn what_is_written_is_linked_once_and_proved() {
    let w = world().await;
    w.write(5).await;
    assert_eq!(w.verify().await.unsealed, 5);
    assert_eq!(w.seal(3).await, 3);
    assert_eq!(w.seal(3).await, 2);
    assert_eq!(w.seal(3).await, 0);
    let verdict = w.verify().await;
    assert!(verdict.is_sound(), "{verdict:?}");
    assert_eq!((verdict.sealed, verdict.unsealed, verdict.oldest_unsealed_age), (5, 0, None));
    assert_eq!(verdict.head.map(|h| h.seq), Some(5));
    let tx = w.scratch.worker.begin_system(SystemReason::SealAudit).await.expect("tx");
    assert_eq!(audit::federations(&tx).await.expect("federations"), [w.federation]);
    assert_eq!(audit::unsealed(&tx).await.expect("unsealed"), (0, None));
}

#[tokio::test]
async fn a_longer_chain_is_proved_in_pages() {
    let w = world().await;
    w.write(1).await;
    // 2,500 more, written as the store writes them but in one statement, so that two page ends are crossed.
    let tx = w.scratch.app.begin(&w.auditor, RequestId::new(&w.scratch.clock)).await.expect("tx");
    for _ in 0..2_500 {
        tx.audit(AuditEntry::new("desk.note_added", new_uuid(&w.scratch.clock))).await.expect("entry");
    }
    tx.commit().await.expect("commit");
    assert_eq!(w.seal(10_000).await, 2_501);
    let verdict = w.verify().await;
    assert!(verdict.is_sound(), "{verdict:?}");
    assert_eq!(verdict.sealed, 2_501);
}

#[tokio::test]
async fn an_entry_that_commits_late_is_linked_when_it_arrives() {
    let w = world().await;
    let late = w.scratch.app.begin(&w.auditor, RequestId::new(&w.scratch.clock)).await.expect("tx");
    let late_id = late.audit(AuditEntry::new("desk.note_added", new_uuid(&w.scratch.clock))).await.expect("entry");
    let others = w.write(3).await;
    assert!(others.iter().all(|id| id.0 > late_id.0));
    assert_eq!(w.seal(100).await, 3);
    late.commit().await.expect("commit");
    assert_eq!(w.seal(100).await, 1);
    assert_eq!(w.scratch.count(format!("SELECT seq FROM audit_seals WHERE entry_id = '{late_id}'")).await, 4);
    assert!(w.verify().await.is_sound());
}

#[tokio::test]
async fn the_sealer_and_the_writers_never_wait_for_each_other() {
    let w = world().await;
    w.write(2).await;
    let first = w.scratch.worker.begin_system(SystemReason::SealAudit).await.expect("tx");
    assert_eq!(audit::seal(&first, w.federation, 100).await.expect("seal").map(|sealed| sealed.linked), Some(2));
    // A second sealer goes home at once, a writer commits while the first sealer's transaction is still open.
    assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(2), w.seal(100)).await.expect("no waiting"), 0);
    tokio::time::timeout(std::time::Duration::from_secs(2), w.write(1)).await.expect("no waiting");
    first.commit().await.expect("commit");
    assert_eq!(w.seal(100).await, 1);
    assert!(w.verify().await.is_sound());
}

#[tokio::test]
async fn many_sealers_at_once_make_one_chain() {
    let w = world().await;
    w.write(40).await;
    let rounds = (0..4).map(|_| async {
        for _ in 0..12 {
            w.seal(3).await;
        }
    });
    let mut rounds = rounds.collect::<Vec<_>>().into_iter();
    tokio::join!(rounds.next().expect("one"), rounds.next().expect("two"), rounds.next().expect("three"), rounds.next().expect("four"));
    while w.seal(10).await > 0 {}
    let verdict = w.verify().await;
    assert!(verdict.is_sound(), "{verdict:?}");
    assert_eq!(verdict.sealed, 40);
}

#[tokio::test]
async fn a_changed_row_is_named() {
    let w = world().await;
    let ids = w.write(6).await;
    w.seal(100).await;
    let changes = [
        "verb = 'desk.reply_added'",
        "fields = jsonb_set(fields, '{state}', '\"closed\"')",
        "at = at + interval '1 microsecond'",
        "subject = gen_random_uuid()",
        "person_id = gen_random_uuid()",
        "seat_id = gen_random_uuid()",
        "request_id = NULL",
        "content_hash = sha256('x')",
    ];
    for change in changes {
        w.tamper(format!(
            "CREATE TABLE kept AS SELECT * FROM audit_entries WHERE id = '{}'; UPDATE audit_entries SET {change} WHERE id = '{}'",
            ids[3], ids[3]
        ))
        .await;
        let verdict = w.verify().await;
        assert_eq!(verdict.first_broken(), Some(&Broken { seq: 4, entry: Some(ids[3]), what: Fault::EntryChanged }), "{change}");
        assert_eq!(verdict.sealed, 3);
        w.tamper(format!(
            "DELETE FROM audit_entries WHERE id = '{}'; INSERT INTO audit_entries SELECT * FROM kept; DROP TABLE kept",
            ids[3]
        ))
        .await;
        assert!(w.verify().await.is_sound(), "{change} was put back");
    }
}

#[tokio::test]
async fn a_changed_row_with_a_new_hash_of_its_own_breaks_the_link() {
    let w = world().await;
    let ids = w.write(3).await;
    w.seal(100).await;
    // The tamperer knows the hash rule and makes the row agree with itself again.
    let row: (time::OffsetDateTime, uuid::Uuid, uuid::Uuid, uuid::Uuid, serde_json::Value, uuid::Uuid) =
        sqlx::query_as("SELECT at, person_id, seat_id, subject, fields, request_id FROM audit_entries WHERE id = $1")
            .bind(ids[1].0)
            .fetch_one(&w.scratch.admin)
            .await
            .expect("row");
    let hash = store::content_hash(
        ids[1].0,
        w.federation.0,
        row.0,
        Some(row.1),
        Some(row.2),
        None,
        "desk.reply_added",
        row.3,
        &row.4,
        Some(row.5),
    );
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    w.tamper(format!("UPDATE audit_entries SET verb = 'desk.reply_added', content_hash = '\\x{hex}' WHERE id = '{}'", ids[1])).await;
    assert_eq!(w.verify().await.first_broken(), Some(&Broken { seq: 2, entry: Some(ids[1]), what: Fault::LinkBroken }));
}

#[tokio::test]
async fn a_removed_row_is_named() {
    let w = world().await;
    let ids = w.write(5).await;
    w.seal(100).await;
    w.tamper(format!("DELETE FROM audit_entries WHERE id = '{}'", ids[2])).await;
    assert_eq!(w.verify().await.first_broken(), Some(&Broken { seq: 3, entry: Some(ids[2]), what: Fault::EntryMissing }));
    w.tamper("DELETE FROM audit_seals WHERE seq = 3".into()).await;
    assert_eq!(w.verify().await.first_broken(), Some(&Broken { seq: 3, entry: None, what: Fault::LinkMissing }));
}

/// One broken entry does not hide the next: all are named, the first as such, and what stands between them is sound.
#[tokio::test]
async fn every_broken_place_is_named() {
    let w = world().await;
    let ids = w.write(9).await;
    w.seal(100).await;
    w.tamper(format!(
        "UPDATE audit_entries SET verb = 'desk.reply_added' WHERE id IN ('{}', '{}');
         DELETE FROM audit_entries WHERE id = '{}'; DELETE FROM audit_seals WHERE seq IN (6, 7)",
        ids[1], ids[7], ids[3]
    ))
    .await;
    let verdict = w.verify().await;
    let changed = |n: usize| Broken { seq: n as i64 + 1, entry: Some(ids[n]), what: Fault::EntryChanged };
    let removed = Broken { seq: 4, entry: Some(ids[3]), what: Fault::EntryMissing };
    let missing = Broken { seq: 6, entry: None, what: Fault::LinkMissing };
    assert_eq!(verdict.broken, [changed(1), removed, missing, changed(7)]);
    assert_eq!((verdict.breaks, verdict.first_broken()), (4, Some(&changed(1))));
    assert_eq!((verdict.sealed, verdict.head.map(|head| head.seq)), (1, Some(1)), "the sound part ends before the first");
}

/// What whoever holds the application's connection could write of their own: another hash, another request, another time, fields that
/// are written out in another way here than there. None of it gets in, so none of it breaks the chain.
#[tokio::test]
async fn an_entry_carries_its_own_hash_request_and_time() {
    let w = world().await;
    w.write(1).await;
    let (actor, id) = (&w.auditor, new_uuid(&w.scratch.clock));
    let begin = async || w.scratch.app.begin(actor, RequestId::new(&w.scratch.clock)).await.expect("tx");
    let write = async |tx: &store::Tx, at: time::OffsetDateTime, fields: serde_json::Value, request: uuid::Uuid, hash: Option<[u8; 32]>| {
        let (person, seat, verb) = (actor.person.0, actor.seat.0, "desk.note_added");
        let own = store::content_hash(id, w.federation.0, at, Some(person), Some(seat), None, verb, id, &fields, Some(request));
        let sql = "INSERT INTO audit_entries (id, federation_id, at, person_id, seat_id, verb, subject, fields, request_id, content_hash) VALUES ($1, $2, $3, $4, $5, $6, $1, $7, $8, $9)";
        let values = [
            id.into(),
            w.federation.0.into(),
            at.into(),
            person.into(),
            seat.into(),
            verb.into(),
            fields.into(),
            request.into(),
            hash.unwrap_or(own).to_vec().into(),
        ];
        tx.run(sql, values).await
    };
    let now = w.scratch.clock.now();
    let plain = || serde_json::json!({ "b\u{1}\"\\/": "改行\n\t\u{7f}𠮷", "B": "", "aa": "x", "ab": "y", "b": "z" });
    let tx = begin().await;
    assert_eq!(write(&tx, now, plain(), tx.request().0, None).await.expect("as the store writes it"), 1);
    drop(tx);
    let tx = begin().await;
    let wrong = write(&tx, now, plain(), tx.request().0, Some([0; 32])).await;
    assert!(wrong.as_ref().is_err_and(|error| error.is_conflict("audit_entry_has_its_hash")), "{wrong:?}");
    for fields in [
        serde_json::json!({ "n": 1.0 }),
        serde_json::json!({ "n": null }),
        serde_json::json!({ "n": { "m": "x" } }),
        serde_json::json!(["x"]),
    ] {
        let tx = begin().await;
        let other = write(&tx, now, fields.clone(), tx.request().0, None).await;
        assert!(other.as_ref().is_err_and(|error| error.is_conflict("audit_entry_has_its_hash")), "{fields}: {other:?}");
    }
    let tx = begin().await;
    let other = write(&tx, now, plain(), new_uuid(&w.scratch.clock), None).await;
    assert!(matches!(other, Err(StoreError::Denied)), "another request: {other:?}");
    for at in [now - Duration::hours(1), now + Duration::days(8_000)] {
        let tx = begin().await;
        let other = write(&tx, at, plain(), tx.request().0, None).await;
        assert!(matches!(other, Err(StoreError::Denied)), "{at}: {other:?}");
    }
    w.seal(100).await;
    assert!(w.verify().await.is_sound());
}

#[tokio::test]
async fn a_swapped_pair_is_named() {
    let w = world().await;
    let ids = w.write(5).await;
    w.seal(100).await;
    w.tamper(format!(
        "ALTER TABLE audit_seals DROP CONSTRAINT audit_seals_entry_id_key;
         UPDATE audit_seals SET entry_id = CASE seq WHEN 2 THEN '{}'::uuid ELSE '{}'::uuid END WHERE seq IN (2, 4)",
        ids[3], ids[1]
    ))
    .await;
    assert_eq!(w.verify().await.first_broken(), Some(&Broken { seq: 2, entry: Some(ids[3]), what: Fault::LinkBroken }));
}

#[tokio::test]
async fn a_cut_tail_shows_against_a_kept_end() {
    let w = world().await;
    let ids = w.write(4).await;
    w.seal(100).await;
    let kept = w.verify().await.head.expect("head");
    w.tamper(format!("DELETE FROM audit_seals WHERE seq = 4; DELETE FROM audit_entries WHERE id = '{}'", ids[3])).await;
    assert!(w.verify().await.is_sound(), "inside the database nothing is left to see");
    assert_eq!(w.verify_against(Some(&kept)).await.first_broken(), Some(&Broken { seq: 4, entry: None, what: Fault::HeadDiffers }));
}

#[tokio::test]
async fn a_link_taken_off_alone_leaves_an_unsealed_entry() {
    let w = world().await;
    w.write(3).await;
    w.seal(100).await;
    w.tamper("DELETE FROM audit_seals WHERE seq = 3".into()).await;
    w.scratch.clock.advance(Duration::minutes(5));
    let verdict = w.verify().await;
    assert_eq!(verdict.unsealed, 1);
    assert_eq!(verdict.oldest_unsealed_age, Some(Duration::minutes(5)));
}

#[tokio::test]
async fn nobody_changes_the_record_through_the_roles() {
    let w = world().await;
    w.write(1).await;
    w.seal(10).await;
    for statement in
        ["UPDATE audit_entries SET verb = 'a.b'", "DELETE FROM audit_entries", "UPDATE audit_seals SET seq = 9", "DELETE FROM audit_seals"]
    {
        let app = w.scratch.app.begin(&w.auditor, RequestId::new(&w.scratch.clock)).await.expect("tx");
        assert!(matches!(app.run(statement, []).await, Err(StoreError::Denied)), "app: {statement}");
        let worker = w.scratch.worker.begin_system(SystemReason::SealAudit).await.expect("tx");
        assert!(matches!(worker.run(statement, []).await, Err(StoreError::Denied)), "worker: {statement}");
        let refused = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&w.scratch.admin).await;
        assert!(refused.is_err(), "even the superuser meets the trigger first: {statement}");
    }
    // Work for another reason neither seals nor proves.
    let tx = w.scratch.worker.begin_system(SystemReason::SendMail).await.expect("tx");
    assert!(matches!(audit::seal(&tx, w.federation, 1).await, Err(audit::AuditError::Scope(_))));
    assert!(matches!(audit::verify(&tx, w.federation).await, Err(audit::AuditError::Scope(_))));
    // Neither may the web process take an entry off the sealer's list.
    let app = w.scratch.app.begin(&w.auditor, RequestId::new(&w.scratch.clock)).await.expect("tx");
    assert!(matches!(app.run("DELETE FROM audit_unsealed", []).await, Err(StoreError::Denied)));
}

#[tokio::test]
async fn an_auditor_reads_in_pages_and_nobody_else_reads() {
    let w = world().await;
    let ids = w.write(5).await;
    w.seal(3).await;
    let other = w.scratch.federation("H").await;
    let stranger = w.scratch.actor(other, UnitId(other.0), Role::Auditor).await;
    let officer = w.scratch.actor(w.federation, UnitId(w.federation.0), Role::Administrator).await;
    for outsider in [&stranger, &officer] {
        let tx = w.scratch.app.read(outsider, RequestId::new(&w.scratch.clock)).await.expect("tx");
        assert!(audit::read(&tx, &Filters::default(), None, 10).await.expect("read").rows.is_empty());
    }
    let tx = w.scratch.app.read(&w.auditor, RequestId::new(&w.scratch.clock)).await.expect("tx");
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = audit::read(&tx, &Filters::default(), cursor, 2).await.expect("read");
        seen.extend(page.rows);
        let Some(next) = page.next else { break };
        cursor = Some(Cursor::decode(&next).expect("cursor"));
    }
    assert_eq!(seen.iter().map(|e| e.id).collect::<Vec<_>>(), ids.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(seen.iter().map(|e| e.seq).collect::<Vec<_>>(), [None, None, Some(3), Some(2), Some(1)]);
    assert_eq!(seen[0].person_name.as_deref(), Some(w.auditor.person_name.as_str()));
    assert!(!seen[0].fields.to_string().contains("書いた言葉"));
    let one = Filters {
        subject: Some(seen[1].subject),
        verb: Some("desk.note_added".into()),
        person: Some(w.auditor.person),
        from: Some(seen[1].at),
        until: Some(seen[0].at),
    };
    let found = audit::read(&tx, &one, None, 10).await.expect("read").rows;
    assert_eq!(found.iter().map(|e| e.id).collect::<Vec<_>>(), [ids[3]]);
    let none = Filters { verb: Some("desk.other_thing".into()), ..Filters::default() };
    assert!(audit::read(&tx, &none, None, 10).await.expect("read").rows.is_empty());
}

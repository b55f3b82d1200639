//! What people do with a case; every text carries a mark of its own.

use super::people::{Seated, begin};
use access::authorise;
use desk::commands::{self, Triaged};
use desk::{Answers, Asked, Class, Line, Outcome, Privacy, Receiver};
use kernel::{ConsultationId, FileId, PersonId};
use tests::Stage;

/// The mark in one text of case `n`. Nothing else in the product contains it.
pub fn mark(n: usize, field: &str) -> String {
    format!("QZ{n:02}{field}ZQ")
}

/// One verb on one case by somebody who may; the version seen is the present one.
macro_rules! deed {
    ($stage:expr, $who:expr, $case:expr, $action:ty, |$tx:ident, $actor:ident, $facts:ident, $permit:ident, $seen:ident| $act:expr) => {{
        let ($tx, $actor) = ($crate::world::begin($stage, $who).await, &$who.actor);
        let found = desk::find_for_update::<$action>(&$tx, $actor, $case).await;
        let ($facts, $permit) = found.unwrap_or_else(|e| panic!("{} {}: {e}", $who.name(), stringify!($action)));
        let $seen = $facts.case.version;
        let _ = $seen;
        let out = Box::pin($act).await.unwrap_or_else(|e| panic!("{} {}: {e}", $who.name(), stringify!($action)));
        $tx.commit().await.expect("commit");
        out
    }};
}
pub(crate) use deed;

/// What somebody asks, with the marks of `n` in every text.
pub fn answers(n: usize, category: &str, privacy: Privacy, named: &[PersonId], who: &str) -> Answers {
    let trouble = category.starts_with("INC");
    let mut answers = Answers {
        category: Some(category.into()),
        trouble,
        noticed: format!("朝6時40分ごろ {}", mark(n, "NOTICED")),
        care: trouble.then_some(desk::Care::Partly),
        title: mark(n, "TITLE"),
        body: format!("画面が赤くなりました。{}", mark(n, "BODY")),
        done: mark(n, "DONE"),
        phone: format!("090-0077-{n:04}"),
        contact: format!("{who} {}", mark(n, "CONTACT")),
        member: None,
        privacy: Some(privacy),
        named: named.to_vec(),
        visited: vec![],
        traces: vec![],
    };
    answers.visited = answers.steps();
    answers
}

/// Asks; `files` are announced on the draft and found clean before sending.
pub async fn ask(
    stage: &Stage,
    who: &Seated,
    n: usize,
    category: &str,
    privacy: Privacy,
    named: &[PersonId],
    file: bool,
) -> ConsultationId {
    let tx = begin(stage, who).await;
    let given = answers(n, category, privacy, named, &who.actor.person_name);
    let draft = commands::start_draft(&tx, &who.actor, &given).await.expect("draft");
    tx.commit().await.expect("commit");
    if file {
        upload(stage, who, files::Target::Draft(draft.id), &format!("{}.txt", mark(n, "FILE")), "clean").await;
    }
    let tx = begin(stage, who).await;
    let asked = commands::submit(&tx, &who.actor, draft.id).await.expect("sent");
    tx.commit().await.expect("commit");
    match asked {
        Asked::Stored { id, .. } => id,
        Asked::Missing(missing) => panic!("missing {missing:?}"),
    }
}

/// A file of somebody's own at a place, in a state; clean ones are as the scanner would leave them.
pub async fn upload(stage: &Stage, who: &Seated, target: files::Target, name: &str, state: &str) -> files::Announced {
    let tx = begin(stage, who).await;
    let permit = authorise::<files::Attach>(&who.actor, &target).expect("may attach");
    let announced = files::announce(&tx, permit, target, name, files::Kind::ALL[0]).await.expect("announced");
    tx.commit().await.expect("commit");
    let mut god = stage.god().await;
    sqlx::query("UPDATE file_versions SET state = $2, object_key = CASE WHEN $2 IN ('expected', 'waiting', 'abandoned') THEN object_key ELSE replace(object_key, 'incoming', 'kept') END, size = 3, declared_size = 3, sha256 = decode(repeat('00', 32), 'hex'), content_type = 'text/plain', arrived_at = $3, scanned_at = $3 WHERE id = $1")
        .bind(announced.version.0)
        .bind(state)
        .bind(stage.clock.now())
        .execute(&mut god)
        .await
        .expect("state");
    announced
}

/// The desk answers.
pub async fn reply(stage: &Stage, who: &Seated, case: ConsultationId, n: usize, files: &[FileId]) {
    let body = format!("お返事です。{}", mark(n, "REPLY"));
    deed!(stage, who, case, desk::Reply, |tx, actor, facts, permit, seen| commands::reply(&tx, actor, &facts, permit, seen, &body, files));
}

/// The desk notes something for itself.
pub async fn note(stage: &Stage, who: &Seated, case: ConsultationId, n: usize) {
    let body = format!("内部のメモ。{}", mark(n, "NOTE"));
    deed!(stage, who, case, desk::WriteNote, |tx, actor, facts, permit, seen| commands::note(&tx, actor, &facts, permit, &body));
}

/// The second line is offered the case.
pub async fn offer(stage: &Stage, who: &Seated, case: ConsultationId, line: Line) {
    deed!(stage, who, case, desk::OfferLine, |tx, actor, facts, permit, seen| commands::offer_line(&tx, actor, &facts, permit, seen, line));
}

/// A consent by the writer.
pub async fn allow(stage: &Stage, who: &Seated, case: ConsultationId, receiver: Receiver) {
    deed!(stage, who, case, desk::Consent, |tx, actor, facts, permit, seen| async {
        let key = content::keys::consent(receiver.word()).expect("key");
        let text = content::current(&tx, &key, tx.clock().today()).await.expect("database").expect("a text in force");
        commands::allow(&tx, actor, &facts, &permit, receiver, text.id).await
    });
}

/// The consent taken back.
pub async fn revoke(stage: &Stage, who: &Seated, case: ConsultationId, receiver: Receiver) {
    deed!(stage, who, case, desk::Consent, |tx, actor, facts, permit, seen| commands::revoke(&tx, actor, &facts, &permit, receiver));
}

/// The work ends.
pub async fn resolve(stage: &Stage, who: &Seated, case: ConsultationId, n: usize) {
    let body = format!("終わりました。{}", mark(n, "LAST"));
    deed!(stage, who, case, desk::Resolve, |tx, actor, facts, permit, seen| commands::resolve(
        &tx,
        actor,
        &facts,
        permit,
        seen,
        Outcome::Advice,
        &body
    ));
}

/// The asking side closes.
pub async fn close(stage: &Stage, who: &Seated, case: ConsultationId) {
    deed!(stage, who, case, desk::Close, |tx, actor, facts, permit, seen| commands::close(&tx, actor, &facts, permit, seen));
}

/// Triage into a class.
pub async fn triage(stage: &Stage, who: &Seated, case: ConsultationId) {
    let input = Triaged { category: "INC-MAL".into(), class: Class::S2, line: Line::First };
    deed!(stage, who, case, desk::Triage, |tx, actor, facts, permit, seen| commands::triage(&tx, actor, &facts, permit, seen, &input));
}

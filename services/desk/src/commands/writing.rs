//! What somebody is writing about a case is kept until it is sent. One's own words are found by their row rules alone, as a
//! draft of asking is: no permit, no audit entry, no event.

use super::VerbError;
use crate::rows::case_drafts::{self, Fields};
use access::Actor;
use kernel::ConsultationId;
use store::{StoreError, Tx};
use time::Duration;

/// How long words that nobody goes on with are kept.
const KEPT: Duration = Duration::days(30);
/// Most characters of all fields together: more than any form accepts, so that nothing is cut that could still be shortened.
pub const MOST_KEPT: usize = 100_000;

/// Keeps what stands in a form about a case; `seen` is the version of the case that its page showed. Nothing in any field
/// forgets it.
///
/// # Errors
/// `NotFound` when the case is not the actor's to read; `Invalid` when there is too much to keep.
pub async fn keep_writing(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str, fields: &Fields, seen: i32) -> Result<(), VerbError> {
    if fields.values().all(|value| value.trim().is_empty()) {
        return Ok(case_drafts::forget(tx, actor, case, form).await?);
    }
    if fields.values().map(|value| kernel::text::length(value)).sum::<usize>() > MOST_KEPT {
        return Err(VerbError::Invalid { field: "body", key: "desk-error-draft-long" });
    }
    case_drafts::keep(tx, actor, case, form, fields, seen).await.map_err(|error| match error {
        StoreError::Denied => VerbError::NotFound,
        other => other.into(),
    })
}

/// How late a script's last word about a note may come, which changes no version.
const LATE: Duration = Duration::minutes(10);

/// Whether the actor has sent what stands in a form that showed version `seen`, so that keeping it would bring it back: they have sent this
/// form since, or lately a note that began so. What was sent by another form is another text.
///
/// # Errors
/// As the database reports.
pub async fn was_sent(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str, fields: &Fields, seen: i32) -> Result<bool, StoreError> {
    case_drafts::wait_for_senders(tx, case).await?;
    let words = fields.get("body").map_or("", String::as_str);
    match form {
        "note" => case_drafts::has_noted_since(tx, actor, case, words, tx.clock().now() - LATE).await,
        "resolve" => case_drafts::has_said_since(tx, actor, case, seen, Some("resolved")).await,
        "reopen" => case_drafts::has_said_since(tx, actor, case, seen, Some("reopened")).await,
        _ => case_drafts::has_said_since(tx, actor, case, seen, None).await,
    }
}

/// Forgets what was begun: it was sent, or thrown away.
///
/// # Errors
/// As the database reports.
pub async fn forget_writing(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str) -> Result<(), StoreError> {
    case_drafts::forget(tx, actor, case, form).await
}

/// Forgets what nobody has gone on with for 30 days; the worker's.
///
/// # Errors
/// As the database reports.
pub async fn sweep_writing(tx: &Tx) -> Result<(), StoreError> {
    case_drafts::sweep(tx, tx.clock().now() - KEPT).await
}

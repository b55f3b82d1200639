//! What somebody is writing about a case is kept until it is sent. One's own words are found by their row rules alone, as a
//! draft of asking is: no permit, no audit entry, no event.

use super::VerbError;
use crate::rows::case_drafts::{self, Fields};
use access::Actor;
use kernel::ConsultationId;
use store::{StoreError, Tx};
use time::Duration;
use uuid::Uuid;

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

/// A page with a form, by the request that it answered; None for a form that says none.
pub type Page = Option<Uuid>;

/// Whether the text of a page went its way: what its script says now comes too late. Waits for whoever is sending it at this instant.
///
/// # Errors
/// As the database reports.
pub async fn is_left(tx: &Tx, actor: &Actor, case: ConsultationId, page: Page) -> Result<bool, StoreError> {
    case_drafts::hold(tx, actor, case).await?;
    match page {
        Some(page) => case_drafts::is_left(tx, actor, case, page).await,
        None => Ok(false),
    }
}

/// The text of a page was kept or thrown away by a button, and another page follows.
///
/// # Errors
/// As the database reports.
pub async fn leave(tx: &Tx, actor: &Actor, case: ConsultationId, page: Page) -> Result<(), StoreError> {
    match page {
        Some(page) => case_drafts::leave(tx, actor, case, page).await,
        None => Ok(()),
    }
}

/// What was begun was sent from a page: it is no draft any more. The caller holds the case's header, for which keeping waits.
///
/// # Errors
/// As the database reports.
pub async fn sent_writing(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str, page: Page) -> Result<(), StoreError> {
    case_drafts::forget(tx, actor, case, form).await?;
    leave(tx, actor, case, page).await
}

/// Forgets what nobody has gone on with for 30 days; the worker's.
///
/// # Errors
/// As the database reports.
pub async fn sweep_writing(tx: &Tx) -> Result<(), StoreError> {
    case_drafts::sweep(tx, tx.clock().now() - KEPT).await
}

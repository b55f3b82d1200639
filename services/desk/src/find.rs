//! Finding and authorising are one act: a row comes with a permit, or it does not come.

use crate::commands::VerbError;
use crate::model::Consultation;
use crate::policy::{DeskPolicy, Facts, ReadText};
use crate::rows::header::{self, Standing};
use crate::rows::page::{self, Around, PageRow};
use crate::rows::thread::{Entry, Hanging, Text};
use access::{Action, Actor, Denied, Permit, authorise};
use kernel::{ConsultationId, Locale};
use store::{Asking, Tx};
use time::Date;

/// Finds a consultation for one verb.
///
/// # Errors
/// `NotFound` for an absent and for a hidden row alike; `Forbidden` when it may be seen but not this; `State` when not in
/// its present state.
pub async fn find<A: Action<Policy = DeskPolicy>>(tx: &Tx, actor: &Actor, id: ConsultationId) -> Result<(Facts, Permit<A>), VerbError> {
    let case = header::read(tx, id).await?.ok_or(VerbError::NotFound)?;
    permit(actor, facts(tx, actor, case).await?)
}

/// As [`find`], and holds the row until the transaction ends, so that two people at the same instant take turns.
///
/// # Errors
/// As [`find`].
pub async fn find_for_update<A: Action<Policy = DeskPolicy>>(
    tx: &Tx,
    actor: &Actor,
    id: ConsultationId,
) -> Result<(Facts, Permit<A>), VerbError> {
    let case = match header::lock(tx, id).await? {
        Some(case) => case,
        // The lock passes over a row that row security lets this scope see but not change: that is no secret.
        None if header::read(tx, id).await?.is_some() => return Err(VerbError::Forbidden),
        None => return Err(VerbError::NotFound),
    };
    permit(actor, facts(tx, actor, case).await?)
}

/// A consultation as its page needs it.
#[derive(Debug)]
pub struct Opened {
    /// The header, and how the reader stands to it.
    pub facts: Facts,
    /// Names around it.
    pub around: Around,
    /// Its words with the permit to read them; None for those who may know that it exists and no more.
    pub words: Option<(Text, Permit<ReadText>)>,
}

impl Opened {
    /// Whether the reader may do something else with it as well.
    ///
    /// # Errors
    /// `Forbidden`, or `State` when not in its present state.
    pub fn permit<A: Action<Policy = DeskPolicy>>(&self, actor: &Actor) -> Result<Permit<A>, VerbError> {
        permit(actor, self.facts.clone()).map(|(_, permit)| permit)
    }
}

/// Finds a consultation, in one statement. The words come with a permit, or they do not come.
///
/// # Errors
/// `NotFound` for an absent and for a hidden row alike, and when row security keeps words back that a permit allowed.
pub async fn open(tx: &Tx, actor: &Actor, id: ConsultationId) -> Result<Opened, VerbError> {
    opened(tx, actor, page::read(tx, id).await?.ok_or(VerbError::NotFound)?)
}

/// As [`open`], with what hangs on it for whoever has the permit: the newest `limit` entries of the thread in order, as a reader of
/// `locale` reads them, notes for the desk alone (row security refuses them anyway); its consents, and what the actor has begun about it. One statement.
///
/// # Errors
/// As [`open`].
pub async fn open_whole(tx: &Tx, actor: &Actor, id: ConsultationId, limit: i64, locale: Locale) -> Result<(Opened, Hanging), VerbError> {
    let (row, mut hanging) = page::read_whole(tx, id, limit, locale).await?.ok_or(VerbError::NotFound)?;
    let opened = opened(tx, actor, row)?;
    if opened.words.is_none() {
        hanging = Hanging::default();
    } else if !opened.facts.who(actor).reads_notes() {
        hanging.thread.retain(|entry| !matches!(entry, Entry::Note { .. }));
    }
    Ok((opened, hanging))
}

/// What [`open_whole`] asks.
pub fn whole_asks(id: ConsultationId, today: Date, limit: i64) -> Asking {
    page::whole(id, today, limit)
}

fn opened(tx: &Tx, actor: &Actor, row: PageRow) -> Result<Opened, VerbError> {
    let Standing { consented, witnessed } = row.standing;
    let facts = Facts { case: row.header.try_into()?, consented, witnessed, now: tx.clock().now() };
    let words = match authorise::<ReadText>(actor, &facts) {
        Ok(permit) => Some((row.text.ok_or(VerbError::NotFound)?, permit)),
        Err(Denied::Hidden) => return Err(VerbError::NotFound),
        Err(Denied::Forbidden | Denied::WrongState) => None,
    };
    Ok(Opened { facts, around: row.around, words })
}

fn permit<A: Action<Policy = DeskPolicy>>(actor: &Actor, facts: Facts) -> Result<(Facts, Permit<A>), VerbError> {
    match authorise::<A>(actor, &facts) {
        Ok(permit) => Ok((facts, permit)),
        Err(Denied::Hidden) => Err(VerbError::NotFound),
        Err(Denied::Forbidden) => Err(VerbError::Forbidden),
        Err(Denied::WrongState) => Err(VerbError::State(Box::new(facts.case))),
    }
}

async fn facts(tx: &Tx, actor: &Actor, case: Consultation) -> Result<Facts, VerbError> {
    // One more question, and only for those whom a consent or a witnessing could help.
    let known = actor.role.is_institution() || actor.holds_queue(case.queue);
    let standing = if known { Standing::default() } else { header::standing(tx, case.id, actor.unit).await? };
    Ok(Facts { case, consented: standing.consented, witnessed: standing.witnessed, now: tx.clock().now() })
}

//! Reading consultations: lists by keyset, one case with its thread. Every list names whose rows it wants; row security is
//! the floor. A list by area joins no text; a queue's, a clinic's own and "shared with me" may.

use crate::commands::VerbError;
use crate::figures::{self, Figures};
use crate::model::Draft;
use crate::policy::ReadText;
use crate::rows;
use crate::rows::lists::Told;
use access::{Actor, Permit};
use kernel::{ConsultationId, Cursor, DraftId, FiscalYear, Level, Locale, QueueId, Slice, UnitId};
use store::{Asking, StoreError, Tx};
use uuid::Uuid;

pub use crate::rows::answerers::AnswererRow;
pub use crate::rows::case_drafts::{Fields, Writing};
pub use crate::rows::consents::ConsentRow;
pub use crate::rows::glimpse::Glimpse;
pub use crate::rows::lists::ListRow;
pub use crate::rows::page::Around;
pub use crate::rows::people::{MemberRow, SeatRow};
pub use crate::rows::thread::{Entry, Hanging, Text};
pub use crate::rows::vocabulary::{AreaName, Category, Vocabulary, Word, WordOf};
pub use crate::view::{StaffCursor, StaffFilter, View};

/// Rows on one page of any list.
pub const PAGE: usize = 50;
/// Open drafts shown to their writer.
const DRAFTS: u64 = 20;

/// The staff list: heaviest first, then longest waiting, for the queues of the seat; what is done, lately done first. Pages
/// go on after `(class, created_at, id)`, there after `(resolved_at, id)`.
///
/// # Errors
/// As the database reports.
pub async fn staff_list(
    tx: &Tx,
    view: View,
    filter: &StaffFilter,
    after: Option<&StaffCursor>,
) -> Result<(Slice<ListRow>, Vocabulary), StoreError> {
    let Told { mut rows, words } = rows::lists::staff(tx, view, filter, after, PAGE + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| place(view, row)).transpose()?;
    Ok((Slice { rows, next }, words))
}

/// What [`staff_list`] asks.
pub fn staff_list_asks(view: View, filter: &StaffFilter, after: Option<&StaffCursor>) -> Vec<Asking> {
    vec![rows::lists::of_staff(view, filter, after, PAGE + 1)]
}

/// What waits for the seat itself, heaviest first: what is offered to its queues, then its own cases while the desk has the
/// turn; at most `limit` of each, each once.
///
/// # Errors
/// As the database reports.
pub async fn staff_turn(tx: &Tx, limit: usize) -> Result<(Vec<ListRow>, Vocabulary), StoreError> {
    let (mut found, filter) = (Told::default(), StaffFilter::default());
    for view in [View::Offered, View::Mine] {
        let Told { rows, words } = rows::lists::staff(tx, view, &filter, None, limit).await?;
        let seen: Vec<Uuid> = found.rows.iter().map(|row| row.id).collect();
        found.rows.extend(rows.into_iter().filter(|row| !seen.contains(&row.id)));
        found.words = words;
    }
    Ok((found.rows, found.words))
}

/// Where the page after a row of the staff list begins.
fn place(view: View, row: &ListRow) -> Result<String, StoreError> {
    let at = Cursor { at: if view == View::Closed { row.resolved_at.unwrap_or(row.created_at) } else { row.created_at }, id: row.id };
    Ok(StaffCursor { class: rows::word(&row.class)?, at }.encode())
}

fn page(rows: Vec<ListRow>) -> Slice<ListRow> {
    Slice::cut(rows, PAGE, |row| Cursor { at: row.created_at, id: row.id })
}

/// The asking side's own list, newest first.
///
/// # Errors
/// As the database reports.
pub async fn own_list(tx: &Tx, closed: bool, after: Option<Cursor>) -> Result<Slice<ListRow>, StoreError> {
    tx.answer(rows::lists::asked(closed, after, PAGE + 1)).await.map(page)
}

/// What [`own_list`] asks.
pub fn own_list_asks(closed: bool, after: Option<Cursor>) -> Vec<Asking> {
    vec![rows::lists::asked(closed, after, PAGE + 1)]
}

/// The area a seat looks at: the column's level and the unit in it.
fn area_of(actor: &Actor) -> (Level, UnitId) {
    match actor.level {
        Level::Municipal | Level::Prefectural => (actor.level, actor.unit),
        _ => (Level::Federation, UnitId(actor.federation.0)),
    }
}

/// Headers of an area, newest first: the seat's municipality or prefecture, or the whole federation; or those of one area below it,
/// `within`. No text is joined. The last thing that is asked of the transaction.
///
/// # Errors
/// As the database reports.
pub async fn area_list(
    tx: Tx,
    actor: &Actor,
    within: Option<&AreaName>,
    after: Option<Cursor>,
) -> Result<(Slice<ListRow>, Vocabulary), StoreError> {
    let (level, unit) = within.map_or_else(|| area_of(actor), |area| (area.below(actor), UnitId(area.id)));
    let Told { rows, words } = rows::lists::below(tx, level, unit.0, after, PAGE + 1).await?;
    Ok((page(rows), words))
}

/// An area directly below the seat's own: a municipality for a prefecture, a prefecture for a federation. None when it is none.
///
/// # Errors
/// As the database reports.
pub async fn area_below(tx: &Tx, actor: &Actor, unit: i32) -> Result<Option<AreaName>, StoreError> {
    let (level, above) = area_of(actor);
    match level {
        Level::Municipal => Ok(None),
        _ => rows::vocabulary::area_below(tx, level, above.0, unit).await,
    }
}

/// The figures of the seat's area in a fiscal year, as they may be shown today: one statement. `known` are the categories listed in any
/// case.
///
/// # Errors
/// As the database reports; `Internal` when no threshold is in force.
pub async fn figures(tx: &Tx, actor: &Actor, year: FiscalYear, known: &[String]) -> Result<Figures, StoreError> {
    let (level, unit) = area_of(actor);
    let rows = rows::figures::of(tx, actor.federation, level, unit, figures::span(year)?).await?;
    Figures::of(rows, level, year, tx.clock().today(), known)
}

/// Where cases stand now: those of `ids` that the reader may see, in no order.
///
/// # Errors
/// As the database reports.
pub async fn glimpses(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Glimpse>, StoreError> {
    rows::glimpse::of(tx, ids).await
}

/// Which of these cases are on the list of what was shared with the seat's organisation.
///
/// # Errors
/// As the database reports.
pub async fn shared_of(tx: &Tx, actor: &Actor, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    rows::glimpse::shared_with(tx, actor.unit, ids).await
}

/// The names of the people in these seats, as far as the reader may know them.
///
/// # Errors
/// As the database reports.
pub async fn answerer_names(tx: &Tx, seats: &[Uuid]) -> Result<Vec<(Uuid, String)>, StoreError> {
    rows::glimpse::names(tx, seats).await
}

/// What was shared with the seat's organisation by consent, newest consent first.
///
/// # Errors
/// As the database reports.
pub async fn shared_list(tx: &Tx, actor: &Actor, after: Option<Cursor>) -> Result<Slice<ListRow>, StoreError> {
    let rows = rows::lists::shared_with(tx, actor.unit, after, PAGE + 1).await?;
    Ok(Slice::cut(rows, PAGE, |shared| Cursor { at: shared.granted_at, id: shared.access_id }).map(|shared| shared.row))
}

/// What the actor has begun in a form about a case and not sent.
///
/// # Errors
/// As the database reports.
pub async fn begun(tx: &Tx, actor: &Actor, case: ConsultationId, form: &str) -> Result<Option<Writing>, StoreError> {
    rows::case_drafts::begun(tx, actor, case, form).await
}

/// What has come to a case's thread since a version of it, oldest first, as far as the reader may read it; at most `limit`
/// entries. A note changes no version and overtakes nobody.
///
/// # Errors
/// As the database reports.
pub async fn since(tx: &Tx, permit: &Permit<ReadText>, seen: i32, limit: i64, locale: Locale) -> Result<Vec<Entry>, StoreError> {
    rows::thread::since(tx, permit.subject(), seen, limit, locale).await
}

/// The live consents of a case.
///
/// # Errors
/// As the database reports.
pub async fn consents(tx: &Tx, permit: &Permit<ReadText>) -> Result<Vec<ConsentRow>, StoreError> {
    rows::consents::live(tx, permit.subject()).await
}

/// The categories in force today, in order.
///
/// # Errors
/// As the database reports.
pub async fn categories(tx: &Tx, actor: &Actor) -> Result<Vec<Category>, StoreError> {
    rows::vocabulary::categories(tx, actor.federation).await
}

/// The people named as readers of a case.
///
/// # Errors
/// As the database reports.
pub async fn named(tx: &Tx, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
    rows::people::named(tx, id).await
}

/// Everybody who answers from a queue of the actor's: agents, officers of the prefecture that runs it, leads. Whoever is on duty
/// comes first, then by name. The database accepts exactly these as responsible.
///
/// # Errors
/// As the database reports.
pub async fn seats_of_queue(tx: &Tx, queue: QueueId) -> Result<Vec<AnswererRow>, StoreError> {
    rows::answerers::of_queue(tx, queue).await
}

/// Colleagues at the actor's own organisation, without the actor.
///
/// # Errors
/// As the database reports.
pub async fn colleagues(tx: &Tx, actor: &Actor) -> Result<Vec<SeatRow>, StoreError> {
    rows::people::colleagues(tx, actor.unit, actor.person).await
}

/// The members who open or manage the actor's institution today.
///
/// # Errors
/// As the database reports.
pub async fn members(tx: &Tx, actor: &Actor) -> Result<Vec<MemberRow>, StoreError> {
    rows::people::members(tx, actor.unit).await
}

/// One of the actor's own drafts.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub async fn own_draft(tx: &Tx, id: DraftId) -> Result<Draft, VerbError> {
    rows::drafts::read(tx, id).await?.ok_or(VerbError::NotFound)
}

/// The actor's drafts that are still open, newest first.
///
/// # Errors
/// As the database reports.
pub async fn own_drafts(tx: &Tx, actor: &Actor) -> Result<Vec<Draft>, StoreError> {
    rows::drafts::unsent(tx, actor.person, actor.seat, DRAFTS).await
}

//! Where a case stands now, for pages that are open and have heard that it moved.

use super::word;
use crate::model::State;
use crate::view::{StaffFilter, View};
use access::Actor;
use kernel::{Level, QueueId, UnitId};
use sea_orm::FromQueryResult;
use store::{StoreError, Tx};
use uuid::Uuid;

/// What decides which lists a case is on; no text, no name.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Glimpse {
    /// Case.
    pub id: Uuid,
    /// State word.
    pub state: String,
    /// Class word.
    pub class: String,
    /// Category code.
    pub category: String,
    /// Queue that holds it.
    pub queue_id: i32,
    /// Queue it is offered to.
    pub offered_queue_id: Option<i32>,
    /// Who answers for it.
    pub responsible_seat_id: Uuid,
    /// Who asked.
    pub requester_unit_id: i32,
    /// Its municipal association.
    pub municipal_id: Option<i32>,
    /// Its prefectural association.
    pub prefecture_id: Option<i32>,
}

impl Glimpse {
    /// Whether it is resolved or closed.
    pub fn is_done(&self) -> bool {
        matches!(self.known(), Some(State::Resolved | State::Closed))
    }

    fn known(&self) -> Option<State> {
        word(&self.state).ok()
    }

    /// Whether it waits for a seat itself: offered to its queues, or its own while the desk has the turn (`queries::staff_turn`).
    pub fn waits_for(&self, actor: &Actor) -> bool {
        let all = StaffFilter::default();
        self.is_on_staff_list(actor, View::Offered, &all) || self.is_on_staff_list(actor, View::Mine, &all)
    }

    /// Whether the asking side's own list shows it (`queries::own_list`).
    pub fn is_on_own_list(&self, actor: &Actor, closed: bool) -> bool {
        self.requester_unit_id == actor.unit.0 && self.is_done() == closed
    }

    /// Whether the list of the seat's area shows it, or of one area below it (`queries::area_list`). An id is of one organisation:
    /// a municipality's is no prefecture's.
    pub fn is_on_area_list(&self, actor: &Actor, within: Option<i32>) -> bool {
        match (within, actor.level) {
            (Some(unit), _) => [self.municipal_id, self.prefecture_id].contains(&Some(unit)),
            (None, Level::Municipal) => self.municipal_id == Some(actor.unit.0),
            (None, Level::Prefectural) => self.prefecture_id == Some(actor.unit.0),
            (None, _) => true,
        }
    }

    /// Whether the staff list of a seat shows it; the statement of the list says the same (`rows::lists::staff`), a test
    /// compares the two.
    pub fn is_on_staff_list(&self, actor: &Actor, view: View, filter: &StaffFilter) -> bool {
        let queue = if view == View::Offered { self.offered_queue_id } else { Some(self.queue_id) };
        let held = queue.is_some_and(|queue| actor.holds_queue(QueueId(queue)) && filter.queue.is_none_or(|only| only.0 == queue));
        let kept = filter.class.is_none_or(|class| class.word() == self.class)
            && filter.category.as_ref().is_none_or(|category| *category == self.category)
            && filter.prefecture.is_none_or(|prefecture| self.prefecture_id == Some(prefecture));
        let Some(state) = self.known() else { return false };
        let stands = match view {
            View::Open | View::Offered => !self.is_done(),
            View::New => state == State::New,
            View::Waiting => matches!(state, State::WaitingRequester | State::WaitingThirdParty),
            View::Mine => self.responsible_seat_id == actor.seat.0 && matches!(state, State::New | State::Triaged | State::InWork),
            View::Closed => self.is_done(),
        };
        held && kept && stands
    }
}

/// The cases of these that the reader may see.
pub(crate) async fn of(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Glimpse>, StoreError> {
    let sql = "SELECT c.id, c.state, c.class, c.category, c.queue_id, c.offered_queue_id, c.responsible_seat_id, c.requester_unit_id, c.municipal_id, c.prefecture_id
               FROM consultations c WHERE c.id = ANY ($1)";
    tx.all(sql, [ids.to_vec().into()]).await
}

#[derive(FromQueryResult)]
struct Opened {
    consultation_id: Uuid,
}

/// Those of the cases that a live consent opens to a unit, as its list has them (`rows::lists::shared_with`).
pub(crate) async fn shared_with(tx: &Tx, unit: UnitId, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT a.consultation_id FROM case_access a WHERE a.unit_id = $1 AND a.revoked_at IS NULL AND a.consultation_id = ANY ($2)";
    let rows: Vec<Opened> = tx.all(sql, [unit.0.into(), ids.to_vec().into()]).await?;
    Ok(rows.into_iter().map(|row| row.consultation_id).collect())
}

#[derive(FromQueryResult)]
struct Named {
    id: Uuid,
    name: String,
}

/// The people in these seats, as far as the reader may know them.
pub(crate) async fn names(tx: &Tx, seats: &[Uuid]) -> Result<Vec<(Uuid, String)>, StoreError> {
    let sql = "SELECT s.id, s.person_name AS name FROM seats s WHERE s.id = ANY ($1) ORDER BY s.person_name, s.id";
    let rows: Vec<Named> = tx.all(sql, [seats.to_vec().into()]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

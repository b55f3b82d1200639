//! A change of one header: only the columns that were named are written, and only while the version still holds.

use super::header::entity::{ActiveModel, Column, Entity};
use crate::model::{Class, Consultation, Line, Outcome, Privacy, State};
use kernel::{QueueId, SeatId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use store::{StoreError, Tx};
use time::OffsetDateTime;

/// What one verb writes into the header; starts empty.
#[derive(Default)]
pub(crate) struct HeaderChange(ActiveModel);

impl HeaderChange {
    /// Another category.
    pub fn category(mut self, code: &str) -> Self {
        self.0.category = Set(code.to_owned());
        self
    }

    /// Another weight.
    pub fn class(mut self, class: Class) -> Self {
        self.0.class = Set(class.word().to_owned());
        self
    }

    /// Another line within the same queue.
    pub fn line(mut self, line: Line) -> Self {
        self.0.line = Set(line.word().to_owned());
        self
    }

    /// Another seat answers for it.
    pub fn responsible(mut self, seat: SeatId) -> Self {
        self.0.responsible_seat_id = Set(seat.0);
        self
    }

    /// Another queue holds it, with its line and the seat that answers there; an open offer ends.
    pub fn moved(self, queue: QueueId, seat: SeatId, line: Line) -> Self {
        let mut change = self.no_offer().responsible(seat).line(line);
        change.0.queue_id = Set(queue.0);
        change
    }

    /// Offered to a queue by a seat.
    pub fn offered(mut self, queue: QueueId, by: SeatId, at: OffsetDateTime) -> Self {
        self.0.offered_queue_id = Set(Some(queue.0));
        self.0.offered_by = Set(Some(by.0));
        self.0.offered_at = Set(Some(at));
        self
    }

    /// Offered to nobody.
    pub fn no_offer(mut self) -> Self {
        self.0.offered_queue_id = Set(None);
        self.0.offered_by = Set(None);
        self.0.offered_at = Set(None);
        self
    }

    /// The desk answered for the first time.
    pub fn first_answer(mut self, at: OffsetDateTime) -> Self {
        self.0.first_answer_at = Set(Some(at));
        self
    }

    /// How it ended.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = Set(Some(outcome.word().to_owned()));
        self
    }

    /// Who at the asking side reads it.
    pub fn privacy(mut self, privacy: Privacy) -> Self {
        self.0.privacy = Set(privacy.word().to_owned());
        self
    }

    /// Another state.
    pub fn state(mut self, state: State) -> Self {
        self.0.state = Set(state.word().to_owned());
        self
    }

    /// The work ended.
    pub fn resolved(mut self, at: OffsetDateTime) -> Self {
        self.0.resolved_at = Set(Some(at));
        self
    }

    /// It was closed.
    pub fn closed(mut self, at: OffsetDateTime) -> Self {
        self.0.closed_at = Set(Some(at));
        self
    }

    /// Work begins again: nothing of its end stays.
    pub fn reopened(mut self) -> Self {
        self.0.outcome = Set(None);
        self.0.resolved_at = Set(None);
        self.0.closed_at = Set(None);
        self
    }

    /// Another side has its turn.
    pub fn turn_since(mut self, at: OffsetDateTime) -> Self {
        self.0.turn_since = Set(at);
        self
    }

    /// Writes the change if the row is still at the version of `case`; false when somebody else was faster.
    pub async fn write(mut self, tx: &Tx, case: &Consultation, now: OffsetDateTime) -> Result<bool, StoreError> {
        self.0.updated_at = Set(now);
        self.0.version = Set(case.version + 1);
        let update = Entity::update_many().set(self.0).filter(Column::Id.eq(case.id.0)).filter(Column::Version.eq(case.version));
        let done = update.exec(tx).await?;
        Ok(done.rows_affected == 1)
    }
}

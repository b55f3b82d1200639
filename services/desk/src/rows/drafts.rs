//! Consultations that are still being written: `ask_drafts`. A draft that was thrown away stays, emptied, with its
//! version below zero, because files keep pointing at it; nothing here returns one.

use crate::model::{Answers, Draft};
use access::Actor;
use kernel::{ConsultationId, DraftId, PersonId, SeatId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Value};
use store::{StoreError, Tx};

/// `ask_drafts`.
mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ask_drafts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub federation_id: i32,
        pub person_id: Uuid,
        pub seat_id: Uuid,
        #[sea_orm(column_type = "JsonBinary")]
        pub answers: Json,
        pub created_at: TimeDateTimeWithTimeZone,
        pub updated_at: TimeDateTimeWithTimeZone,
        pub version: i32,
        pub consultation_id: Option<Uuid>,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
use entity::{ActiveModel, Column, Entity, Model};

impl TryFrom<Model> for Draft {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let answers = serde_json::from_value(row.answers).map_err(|error| StoreError::Internal(format!("draft {}: {error}", row.id)))?;
        let consultation = row.consultation_id.map(ConsultationId);
        Ok(Self { id: DraftId(row.id), answers, version: row.version, updated_at: row.updated_at, consultation })
    }
}

fn json(answers: &Answers) -> Result<serde_json::Value, StoreError> {
    serde_json::to_value(answers).map_err(|error| StoreError::Internal(error.to_string()))
}

/// Writes a new draft of the actor's.
pub(crate) async fn insert(tx: &Tx, actor: &Actor, id: DraftId, answers: &Answers) -> Result<Draft, StoreError> {
    let now = tx.clock().now();
    let row = ActiveModel {
        id: Set(id.0),
        federation_id: Set(actor.federation.0),
        person_id: Set(actor.person.0),
        seat_id: Set(actor.seat.0),
        answers: Set(json(answers)?),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        consultation_id: Set(None),
    };
    row.insert(tx).await?.try_into()
}

/// One draft of the scope's own.
pub(crate) async fn read(tx: &Tx, id: DraftId) -> Result<Option<Draft>, StoreError> {
    Entity::find_by_id(id.0).filter(Column::Version.gt(0)).one(tx).await?.map(Draft::try_from).transpose()
}

/// As [`read`], and holds the row, so that a second press waits for the first.
pub(crate) async fn lock(tx: &Tx, id: DraftId) -> Result<Option<Draft>, StoreError> {
    Entity::find_by_id(id.0).filter(Column::Version.gt(0)).lock_exclusive().one(tx).await?.map(Draft::try_from).transpose()
}

/// The drafts of a seat that are not sent, newest first.
pub(crate) async fn unsent(tx: &Tx, person: PersonId, seat: SeatId, limit: u64) -> Result<Vec<Draft>, StoreError> {
    let own = Entity::find().filter(Column::PersonId.eq(person.0)).filter(Column::SeatId.eq(seat.0));
    let open = own.filter(Column::ConsultationId.is_null()).filter(Column::Version.gt(0));
    let rows = open.order_by_desc(Column::UpdatedAt).limit(limit).all(tx).await?;
    rows.into_iter().map(Draft::try_from).collect()
}

/// Writes the answers of a draft that the caller holds, as its next version.
pub(crate) async fn save(tx: &Tx, held: &Draft, answers: &Answers) -> Result<Draft, StoreError> {
    let change = ActiveModel {
        id: Set(held.id.0),
        answers: Set(json(answers)?),
        version: Set(held.version + 1),
        updated_at: Set(tx.clock().now()),
        ..Default::default()
    };
    change.update(tx).await?.try_into()
}

/// Empties and hides a draft that is not sent; false when there is none.
pub(crate) async fn discard(tx: &Tx, id: DraftId) -> Result<bool, StoreError> {
    let sql = "UPDATE ask_drafts SET answers = '{}', updated_at = $2, version = -version WHERE id = $1 AND consultation_id IS NULL AND version > 0";
    Ok(tx.run(sql, [id.0.into(), tx.clock().now().into()]).await? == 1)
}

/// Notes what a draft became; false when it was sent before. What was begun and not sent goes.
pub(crate) async fn sent(tx: &Tx, id: DraftId, became: ConsultationId) -> Result<bool, StoreError> {
    let sql = "UPDATE ask_drafts SET consultation_id = $2, updated_at = $3, version = version + 1, answers = answers - 'traces' WHERE id = $1 AND consultation_id IS NULL";
    let values: [Value; 3] = [id.0.into(), became.0.into(), tx.clock().now().into()];
    Ok(tx.run(sql, values).await? == 1)
}

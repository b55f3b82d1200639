//! The header of a consultation: `consultations`, which holds ids, closed words and times, and nothing a person typed.

use super::word;
use crate::model::{Care, Class, Consultation, Line, Privacy};
use kernel::{ConsultationId, FederationId, MemberId, PersonId, QueueId, SeatId, UnitId};
use sea_orm::{DbErr, EntityTrait, FromQueryResult, QuerySelect, Value};
use store::{InTurn, StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// `consultations`.
pub(crate) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consultations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub federation_id: i32,
        pub number: String,
        pub requester_unit_id: i32,
        pub requester_name: String,
        pub requester_name_en: Option<String>,
        pub requester_kind: String,
        pub institution_id: Option<i32>,
        pub municipal_id: Option<i32>,
        pub prefecture_id: Option<i32>,
        pub opened_by: Uuid,
        pub opened_from: Uuid,
        pub member_id: Option<Uuid>,
        pub queue_id: i32,
        pub responsible_seat_id: Uuid,
        pub offered_queue_id: Option<i32>,
        pub offered_by: Option<Uuid>,
        pub offered_at: Option<TimeDateTimeWithTimeZone>,
        pub category: String,
        pub class: String,
        pub line: String,
        pub care: String,
        pub state: String,
        pub outcome: Option<String>,
        pub privacy: String,
        pub created_at: TimeDateTimeWithTimeZone,
        pub updated_at: TimeDateTimeWithTimeZone,
        pub turn_since: TimeDateTimeWithTimeZone,
        pub first_answer_at: Option<TimeDateTimeWithTimeZone>,
        pub resolved_at: Option<TimeDateTimeWithTimeZone>,
        pub closed_at: Option<TimeDateTimeWithTimeZone>,
        pub version: i32,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

impl TryFrom<entity::Model> for Consultation {
    type Error = StoreError;
    fn try_from(row: entity::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: ConsultationId(row.id),
            federation: FederationId(row.federation_id),
            number: row.number,
            requester_unit: UnitId(row.requester_unit_id),
            institution: row.institution_id.map(UnitId),
            municipal: row.municipal_id.map(UnitId),
            prefecture: row.prefecture_id.map(UnitId),
            opened_by: PersonId(row.opened_by),
            member: row.member_id.map(MemberId),
            queue: QueueId(row.queue_id),
            responsible: SeatId(row.responsible_seat_id),
            offered_queue: row.offered_queue_id.map(QueueId),
            category: row.category,
            class: word(&row.class)?,
            line: word(&row.line)?,
            care: word(&row.care)?,
            state: word(&row.state)?,
            outcome: row.outcome.as_deref().map(word).transpose()?,
            privacy: word(&row.privacy)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            turn_since: row.turn_since,
            first_answer_at: row.first_answer_at,
            resolved_at: row.resolved_at,
            version: row.version,
        })
    }
}

/// A header by place, its columns in the entity's order.
pub(crate) fn in_turn(row: &mut InTurn<'_>) -> Result<entity::Model, DbErr> {
    Ok(entity::Model {
        id: row.next()?,
        federation_id: row.next()?,
        number: row.next()?,
        requester_unit_id: row.next()?,
        requester_name: row.next()?,
        requester_name_en: row.next()?,
        requester_kind: row.next()?,
        institution_id: row.next()?,
        municipal_id: row.next()?,
        prefecture_id: row.next()?,
        opened_by: row.next()?,
        opened_from: row.next()?,
        member_id: row.next()?,
        queue_id: row.next()?,
        responsible_seat_id: row.next()?,
        offered_queue_id: row.next()?,
        offered_by: row.next()?,
        offered_at: row.next()?,
        category: row.next()?,
        class: row.next()?,
        line: row.next()?,
        care: row.next()?,
        state: row.next()?,
        outcome: row.next()?,
        privacy: row.next()?,
        created_at: row.next()?,
        updated_at: row.next()?,
        turn_since: row.next()?,
        first_answer_at: row.next()?,
        resolved_at: row.next()?,
        closed_at: row.next()?,
        version: row.next()?,
    })
}

/// A header that the scope may see.
pub(crate) async fn read(tx: &Tx, id: ConsultationId) -> Result<Option<Consultation>, StoreError> {
    entity::Entity::find_by_id(id.0).one(tx).await?.map(Consultation::try_from).transpose()
}

/// As [`read`], and holds the row. None also for a row that may be seen but not changed: `FOR UPDATE` passes such a row
/// over without a word.
pub(crate) async fn lock(tx: &Tx, id: ConsultationId) -> Result<Option<Consultation>, StoreError> {
    entity::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?.map(Consultation::try_from).transpose()
}

/// What gives a reader from outside the desk a right to one case.
#[derive(Default, FromQueryResult)]
pub(crate) struct Standing {
    /// A live consent names the unit.
    pub consented: bool,
    /// This transaction reads as a witness of this very case.
    pub witnessed: bool,
}

/// How `unit` stands to a case by consent or witnessing.
pub(crate) async fn standing(tx: &Tx, id: ConsultationId, unit: UnitId) -> Result<Standing, StoreError> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM case_access a WHERE a.consultation_id = $1 AND a.revoked_at IS NULL AND a.unit_id = $2) AS consented,
                 scope_uuid('witnessed') IS NOT DISTINCT FROM $1 AS witnessed";
    Ok(tx.one(sql, [id.0.into(), unit.0.into()]).await?.unwrap_or_default())
}

/// The number people call it by.
pub(crate) async fn number(tx: &Tx, id: ConsultationId) -> Result<Option<String>, StoreError> {
    let row = tx.one_raw("SELECT number FROM consultations WHERE id = $1", [id.0.into()]).await?;
    row.map(|row| row.try_get("", "number").map_err(StoreError::from)).transpose()
}

/// A header, as it is written. The database gives its number and copies its units from the tree.
pub(crate) struct NewHeader<'a> {
    pub id: ConsultationId,
    pub federation: FederationId,
    pub requester_unit: UnitId,
    pub opened_by: PersonId,
    pub opened_from: SeatId,
    pub member: Option<MemberId>,
    pub queue: QueueId,
    pub responsible: SeatId,
    pub category: &'a str,
    pub class: Class,
    pub line: Line,
    pub care: Care,
    pub privacy: Privacy,
    pub now: OffsetDateTime,
}

/// Writes a new header, in state `new`, and returns the number that it was given.
pub(crate) async fn insert(tx: &Tx, row: NewHeader<'_>) -> Result<String, StoreError> {
    let sql = "INSERT INTO consultations (id, federation_id, requester_unit_id, opened_by, opened_from, member_id, queue_id, responsible_seat_id, category, class, line, care, state, privacy, created_at, updated_at, turn_since)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'new', $13, $14, $14, $14) RETURNING number";
    let values: [Value; 14] = [
        row.id.0.into(),
        row.federation.0.into(),
        row.requester_unit.0.into(),
        row.opened_by.0.into(),
        row.opened_from.0.into(),
        row.member.map(|member| member.0).into(),
        row.queue.0.into(),
        row.responsible.0.into(),
        row.category.into(),
        row.class.word().into(),
        row.line.word().into(),
        row.care.word().into(),
        row.privacy.word().into(),
        row.now.into(),
    ];
    let row = tx.one_raw(sql, values).await?.ok_or_else(|| StoreError::Internal("a new case without a row".into()))?;
    Ok(row.try_get("", "number")?)
}

/// Gives an offer back and returns the version then; None when the case is no longer at `version` or no longer offered
/// to the scope. Afterwards the row is hidden from the scope, which PostgreSQL refuses for an ordinary UPDATE: hence a
/// door of the database, which checks the offer itself.
pub(crate) async fn give_offer_back(tx: &Tx, id: ConsultationId, version: i32) -> Result<Option<i32>, StoreError> {
    let values: [Value; 3] = [id.0.into(), version.into(), tx.clock().now().into()];
    let row = tx.one_raw("SELECT desk_decline_offer($1, $2, $3) AS version", values).await?;
    Ok(row.map(|row| row.try_get("", "version")).transpose()?.flatten())
}

/// A case that the system closed.
#[derive(FromQueryResult)]
pub(crate) struct ClosedRow {
    pub id: Uuid,
    pub federation_id: i32,
    pub version: i32,
}

/// Closes at most `batch` cases that were resolved before `before`; for the worker's scope.
pub(crate) async fn close_resolved(tx: &Tx, before: OffsetDateTime, batch: i32) -> Result<Vec<ClosedRow>, StoreError> {
    let values: [Value; 3] = [before.into(), tx.clock().now().into(), batch.into()];
    tx.all("SELECT id, federation_id, version FROM desk_close_resolved($1, $2, $3)", values).await
}

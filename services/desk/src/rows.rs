//! Private rows: the header as a sea-orm entity, and the shapes that queries read. The only SQL of this room.

use crate::model::{Consultation, Draft};
use kernel::{ConsultationId, DraftId, FederationId, MemberId, PersonId, QueueId, SeatId, UnitId};
use store::StoreError;

/// `consultations`.
pub mod header {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "consultations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub federation_id: i32,
        pub number: String,
        pub requester_unit_id: i32,
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

/// `ask_drafts`.
pub mod draft {
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

/// A stored word that the closed list does not know is a defect of ours, never a silent default.
pub(crate) fn word<T: std::str::FromStr<Err = kernel::units::UnknownWord>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: kernel::units::UnknownWord| StoreError::Internal(error.to_string()))
}

impl TryFrom<header::Model> for Consultation {
    type Error = StoreError;
    fn try_from(row: header::Model) -> Result<Self, StoreError> {
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

impl TryFrom<draft::Model> for Draft {
    type Error = StoreError;
    fn try_from(row: draft::Model) -> Result<Self, StoreError> {
        let answers = serde_json::from_value(row.answers).map_err(|error| StoreError::Internal(format!("draft {}: {error}", row.id)))?;
        Ok(Self { id: DraftId(row.id), answers, version: row.version, updated_at: row.updated_at, consultation: row.consultation_id.map(ConsultationId) })
    }
}

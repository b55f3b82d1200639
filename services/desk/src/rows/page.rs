//! One case as its page needs it, in one statement: header, names around it, how the reader stands to it, and the words where
//! row security gives them.

use super::header::{Standing, entity};
use super::thread::Text;
use kernel::{ConsultationId, UnitId};
use sea_orm::{FromQueryResult, IdenStatic, Iterable, Value};
use serde::Serialize;
use store::{StoreError, Tx};

/// The facts beside the thread that need names.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct Around {
    /// Who asks.
    pub unit_name: String,
    /// Who asks, in English.
    pub unit_name_en: Option<String>,
    /// Kind of organisation.
    pub unit_kind: String,
    /// The named member.
    pub member_name: Option<String>,
    /// Their number.
    pub member_number: Option<String>,
    /// Their category today; None when lapsed.
    pub member_category: Option<String>,
    /// Queue's name.
    pub queue_name: String,
    /// Queue's name in English.
    pub queue_name_en: String,
    /// Name of the queue it is offered to.
    pub offered_name: Option<String>,
    /// Its name in English.
    pub offered_name_en: Option<String>,
    /// Who answers for it, where the reader may know.
    pub responsible_name: Option<String>,
    /// Category name.
    pub category_name: String,
    /// Category name in English.
    pub category_name_en: String,
    /// Who wrote it, where the reader may know.
    pub opener_name: Option<String>,
}

/// All of it.
#[derive(FromQueryResult)]
pub(crate) struct PageRow {
    #[sea_orm(nested)]
    pub header: entity::Model,
    #[sea_orm(nested)]
    pub around: Around,
    #[sea_orm(nested)]
    pub standing: Standing,
    /// None where row security keeps the words from the reader.
    #[sea_orm(nested)]
    pub text: Option<Text>,
}

/// A case for a reader of `unit`; None when it is hidden or absent.
pub(crate) async fn read(tx: &Tx, id: ConsultationId, unit: UnitId) -> Result<Option<PageRow>, StoreError> {
    // Column by column: `c.*` in a prepared statement would break when a release beside this one adds a column.
    let header = entity::Column::iter().map(|column| format!("c.{}", column.as_str())).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {header}, u.name AS unit_name, u.name_en AS unit_name_en, u.kind AS unit_kind, m.name AS member_name, m.number AS member_number,
                 mp.category AS member_category, q.name AS queue_name, q.name_en AS queue_name_en, oq.name AS offered_name, oq.name_en AS offered_name_en,
                 p.name AS responsible_name, k.name AS category_name, k.name_en AS category_name_en, o.name AS opener_name,
                 EXISTS (SELECT 1 FROM case_access a WHERE a.consultation_id = c.id AND a.revoked_at IS NULL AND a.unit_id = $3) AS consented,
                 scope_uuid('witnessed') IS NOT DISTINCT FROM c.id AS witnessed, t.title, t.done, t.noticed, t.phone, t.contact
               FROM consultations c JOIN units u ON u.id = c.requester_unit_id JOIN queues q ON q.id = c.queue_id
                 LEFT JOIN queues oq ON oq.id = c.offered_queue_id
                 JOIN desk_categories k ON k.federation_id = c.federation_id AND k.code = c.category
                 LEFT JOIN members m ON m.id = c.member_id
                 LEFT JOIN member_periods mp ON mp.member_id = m.id AND mp.from_on <= $2 AND (mp.until_on IS NULL OR $2 < mp.until_on)
                 LEFT JOIN seats s ON s.id = c.responsible_seat_id LEFT JOIN people p ON p.id = s.person_id LEFT JOIN people o ON o.id = c.opened_by
                 LEFT JOIN consultation_texts t ON t.consultation_id = c.id
               WHERE c.id = $1"
    );
    let values: [Value; 3] = [id.0.into(), tx.clock().today().into(), unit.0.into()];
    tx.one(&sql, values).await
}

//! Consent to read one case, per receiver: `case_access`.

use super::word;
use crate::model::Receiver;
use kernel::{AccessId, ConsultationId, FederationId, PersonId, UnitId};
use sea_orm::{FromQueryResult, Value};
use serde::Serialize;
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// A live consent of a case.
#[derive(Clone, Debug, Serialize, FromQueryResult)]
pub struct ConsentRow {
    /// Receiver word.
    pub receiver: String,
    /// When given.
    pub granted_at: OffsetDateTime,
    /// Version of the words agreed to.
    pub text_version: i32,
    /// Whether it opens the case to the reader's organisation.
    pub to_reader: bool,
}

/// The live consents of a case, oldest first.
pub(crate) async fn live(tx: &Tx, case: Uuid) -> Result<Vec<ConsentRow>, StoreError> {
    let sql = "SELECT a.receiver, a.granted_at, t.version AS text_version, a.unit_id IS NOT DISTINCT FROM scope_int('unit') AS to_reader FROM case_access a JOIN content_texts t ON t.id = a.text_id
               WHERE a.consultation_id = $1 AND a.revoked_at IS NULL ORDER BY a.granted_at";
    tx.all(sql, [case.into()]).await
}

#[derive(FromQueryResult)]
struct Live {
    receiver: String,
}

/// To whom a case is open now.
pub(crate) async fn live_words(tx: &Tx, case: ConsultationId) -> Result<Vec<Receiver>, StoreError> {
    let sql = "SELECT receiver FROM case_access WHERE consultation_id = $1 AND revoked_at IS NULL ORDER BY granted_at, id";
    let rows: Vec<Live> = tx.all(sql, [case.0.into()]).await?;
    rows.into_iter().map(|row| word(&row.receiver)).collect()
}

/// A consent, as it is written.
pub(crate) struct NewConsent {
    pub id: AccessId,
    pub federation: FederationId,
    pub case: ConsultationId,
    pub receiver: Receiver,
    /// None for a receiver outside the portal.
    pub unit: Option<UnitId>,
    /// The words agreed to.
    pub text: Uuid,
    pub by: PersonId,
    pub by_unit: UnitId,
}

/// Writes a consent; false when a live one for the receiver is there already.
pub(crate) async fn insert(tx: &Tx, row: NewConsent) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO case_access (id, federation_id, consultation_id, receiver, unit_id, text_id, granted_by, granted_unit_id, granted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (consultation_id, receiver) WHERE revoked_at IS NULL DO NOTHING";
    let values: [Value; 9] = [
        row.id.0.into(),
        row.federation.0.into(),
        row.case.0.into(),
        row.receiver.word().into(),
        row.unit.map(|unit| unit.0).into(),
        row.text.into(),
        row.by.0.into(),
        row.by_unit.0.into(),
        tx.clock().now().into(),
    ];
    Ok(tx.run(sql, values).await? == 1)
}

/// Ends the live consent for a receiver; false when there is none.
pub(crate) async fn revoke(tx: &Tx, case: ConsultationId, receiver: Receiver, by: PersonId) -> Result<bool, StoreError> {
    let sql = "UPDATE case_access SET revoked_at = $3, revoked_by = $4 WHERE consultation_id = $1 AND receiver = $2 AND revoked_at IS NULL";
    let values: [Value; 4] = [case.0.into(), receiver.word().into(), tx.clock().now().into(), by.0.into()];
    Ok(tx.run(sql, values).await? == 1)
}

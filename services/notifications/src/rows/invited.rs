//! Whom an invitation's letter goes to.

use super::new_delivery;
use kernel::{EventId, FederationId, ids::new_uuid};
use sea_orm::FromQueryResult;
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// An open invitation. Neither its address nor half of its secret reaches a log: no `Debug`.
#[derive(FromQueryResult)]
pub(crate) struct Invited {
    pub id: Uuid,
    pub person_id: Uuid,
    pub email: String,
    pub locale: String,
    pub link_nonce: Vec<u8>,
    pub expires_at: OffsetDateTime,
    pub issuer_name: String,
    pub issuer_name_en: Option<String>,
    pub federation_name: String,
    pub federation_name_en: Option<String>,
}

/// The invitation that the event tells of; None when it was used, withdrawn or ran out meanwhile.
pub(crate) async fn invited(tx: &Tx, event: EventId) -> Result<Option<Invited>, StoreError> {
    tx.one("SELECT * FROM invitation_letter($1, $2)", [event.0.into(), tx.clock().now().into()]).await
}

/// Promises the letter.
pub(crate) async fn intend_invitation(tx: &Tx, event: EventId, federation: FederationId, to: &Invited) -> Result<(), StoreError> {
    new_delivery(tx, new_uuid(tx.clock()), event, federation, to.person_id, (to.id, "invitation"), None).await
}

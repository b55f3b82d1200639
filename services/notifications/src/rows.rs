//! The statements. All run in system scope `send_mail`.

mod claims;
mod collected;
mod invited;

pub(crate) use claims::{About, Claim, End, Matter, claim, release, settle};
pub use collected::Waiting;
pub(crate) use collected::{attach, collecting, ended, gather, waiting};
pub(crate) use invited::{Invited, intend_invitation, invited};

use crate::send::Why;
use kernel::{ConsultationId, EventId, FederationId, PersonId, ids::new_uuid};
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use uuid::Uuid;

#[derive(FromQueryResult)]
pub(crate) struct EventRow {
    pub name: String,
    pub federation_id: i32,
    pub handled: bool,
}

pub(crate) async fn event(tx: &Tx, event: EventId) -> Result<Option<EventRow>, StoreError> {
    // Locked, so that two runs of one job decide one after the other whom the letters are for.
    tx.one("SELECT name, federation_id, handled_at IS NOT NULL AS handled FROM outbox WHERE id = $1 FOR UPDATE", [event.0.into()]).await
}

#[derive(FromQueryResult)]
struct RecipientRow {
    person_id: Uuid,
    email: String,
    locale: String,
    number: String,
    consultation_id: Uuid,
    federation_name: String,
    federation_name_en: Option<String>,
    verified: bool,
}

/// Somebody who is to be told. Its address never reaches a log: no `Debug`.
pub(crate) struct Recipient {
    pub person: PersonId,
    pub email: String,
    pub locale: String,
    pub number: String,
    pub consultation: ConsultationId,
    pub federation_name: String,
    pub federation_name_en: Option<String>,
    /// Whether an issuer said that this person reads at `email`.
    pub verified: bool,
}

impl From<RecipientRow> for Recipient {
    fn from(row: RecipientRow) -> Self {
        Self {
            person: PersonId(row.person_id),
            email: row.email,
            locale: row.locale,
            number: row.number,
            consultation: ConsultationId(row.consultation_id),
            federation_name: row.federation_name,
            federation_name_en: row.federation_name_en,
            verified: row.verified,
        }
    }
}

pub(crate) async fn recipients(tx: &Tx, event: EventId) -> Result<Vec<Recipient>, StoreError> {
    let rows = tx.all::<RecipientRow>("SELECT * FROM mail_recipients($1, $2)", [event.0.into(), tx.clock().now().into()]).await?;
    Ok(rows.into_iter().map(Recipient::from).collect())
}

#[derive(FromQueryResult)]
pub(crate) struct DeliveryRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub state: String,
}

pub(crate) async fn deliveries(tx: &Tx, event: EventId) -> Result<Vec<DeliveryRow>, StoreError> {
    tx.all("SELECT id, person_id, state FROM deliveries WHERE event_id = $1 AND channel = 'mail' ORDER BY id", [event.0.into()]).await
}

/// Promises a letter about the event; one that may not go to its address is refused from the beginning, with the reason.
pub(crate) async fn intend(tx: &Tx, event: EventId, federation: FederationId, to: &Recipient) -> Result<(), StoreError> {
    let refused = (!to.verified).then_some(Why::Unverified);
    new_delivery(tx, new_uuid(tx.clock()), event, federation, to.person.0, (to.consultation.0, "case"), refused).await
}

async fn new_delivery(
    tx: &Tx,
    id: Uuid,
    event: EventId,
    federation: FederationId,
    person: Uuid,
    (subject, kind): (Uuid, &'static str),
    refused: Option<Why>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO deliveries (id, event_id, federation_id, person_id, subject, kind, channel, state, why, created_at) VALUES ($1, $2, $3, $4, $5, $9, 'mail', $6, $7, $8)";
    let state = if refused.is_none() { "intended" } else { "refused" };
    let values: [Value; 9] = [
        id.into(),
        event.0.into(),
        federation.0.into(),
        person.into(),
        subject.into(),
        state.into(),
        refused.map(|why| why.word().to_owned()).into(),
        tx.clock().now().into(),
        kind.into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Closes the event when no letter is open any more.
pub(crate) async fn finish(tx: &Tx, event: EventId) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET handled_at = $2 WHERE id = $1 AND handled_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = outbox.id AND d.state = 'intended')";
    tx.run(sql, [event.0.into(), tx.clock().now().into()]).await.map(drop)
}

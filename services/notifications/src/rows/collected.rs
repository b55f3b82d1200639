//! Letters that collect: rows without an event, each for the held ones of one reader in one federation.

use super::{End, Recipient, RecipientRow};
use kernel::ids::new_uuid;
use sea_orm::{DbErr, FromQueryResult, QueryResult};
use store::{StoreError, Tx};
use time::OffsetDateTime;
use uuid::Uuid;

/// Letters of one run at most.
const BATCH: i64 = 50;

#[derive(FromQueryResult)]
struct ReaderRow {
    person_id: Uuid,
    federation_id: i32,
}

/// Begins a collecting letter for everybody who has something held since `before` and none begun yet.
pub(crate) async fn gather(tx: &Tx, before: OffsetDateTime) -> Result<(), StoreError> {
    let sql = "SELECT DISTINCT person_id, federation_id FROM deliveries d WHERE state = 'held' AND held_at <= $1 AND NOT EXISTS (
          SELECT 1 FROM deliveries o WHERE o.person_id = d.person_id AND o.federation_id = d.federation_id AND o.event_id IS NULL AND o.state = 'intended') LIMIT $2";
    for reader in tx.all::<ReaderRow>(sql, [before.into(), BATCH.into()]).await? {
        // Another worker may begin the same one at this moment.
        let sql =
            "INSERT INTO deliveries (id, federation_id, person_id, channel, state, created_at) VALUES ($1, $2, $3, 'mail', 'intended', $4)
            ON CONFLICT (person_id, federation_id) WHERE event_id IS NULL AND state = 'intended' DO NOTHING";
        let values = [new_uuid(tx.clock()).into(), reader.federation_id.into(), reader.person_id.into(), tx.clock().now().into()];
        tx.run(sql, values).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// The collecting letters that nobody is handing over, oldest first.
pub(crate) async fn collecting(tx: &Tx) -> Result<Vec<Uuid>, StoreError> {
    let sql = "SELECT id FROM deliveries WHERE event_id IS NULL AND state = 'intended' AND (claimed_until IS NULL OR claimed_until <= $1) ORDER BY created_at, id LIMIT $2";
    Ok(tx.all::<IdRow>(sql, [tx.clock().now().into(), BATCH.into()]).await?.into_iter().map(|row| row.id).collect())
}

struct HeldRow {
    id: Uuid,
    to: RecipientRow,
}

impl FromQueryResult for HeldRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self { id: row.try_get(prefix, "id")?, to: RecipientRow::from_query_result(row, prefix)? })
    }
}

/// Hangs everything held for the reader on the letter that its caller has claimed, and refuses what the reader may not be
/// told of any more. Only the holder of the claim does this, so the letter lists exactly what hangs on it.
pub(crate) async fn attach(tx: &Tx, letter: Uuid) -> Result<Vec<Recipient>, StoreError> {
    let sql = "UPDATE deliveries d SET collected_by = $1 FROM deliveries l WHERE l.id = $1 AND d.person_id = l.person_id AND d.federation_id = l.federation_id
          AND d.state = 'held' AND d.collected_by IS DISTINCT FROM $1";
    tx.run(sql, [letter.into()]).await?;
    let sql = "SELECT d.id, r.* FROM deliveries d CROSS JOIN LATERAL mail_recipients(d.event_id, $2) r
        WHERE d.collected_by = $1 AND d.state = 'held' AND r.person_id = d.person_id AND r.verified ORDER BY d.created_at, d.id";
    let rows = tx.all::<HeldRow>(sql, [letter.into(), tx.clock().now().into()]).await?;
    let told: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let sql = "UPDATE deliveries SET state = 'refused', why = 'no_right' WHERE collected_by = $1 AND state = 'held' AND id <> ALL ($2)";
    tx.run(sql, [letter.into(), told.into()]).await?;
    Ok(rows.into_iter().map(|row| row.to.into()).collect())
}

/// What hangs on a collecting letter ends with it.
pub(crate) async fn ended(tx: &Tx, letter: Uuid, end: End) -> Result<(), StoreError> {
    let (state, why) = match end {
        End::Sent => ("collected", None),
        End::Refused(why) => ("refused", Some(why.word().to_owned())),
    };
    let sql = "UPDATE deliveries SET state = $2, why = coalesce($3, why) WHERE collected_by = $1 AND state = 'held'";
    tx.run(sql, [letter.into(), state.into(), why.into()]).await.map(drop)
}

/// How many letters wait for the mail server and since when the oldest, and how many are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Waiting {
    /// Promised and not handed over.
    pub open: i64,
    /// When the oldest of them was promised.
    pub oldest: Option<OffsetDateTime>,
    /// Held back over a budget, until a letter collects them.
    pub held: i64,
}

pub(crate) async fn waiting(tx: &Tx) -> Result<Waiting, StoreError> {
    let sql = "SELECT count(*) FILTER (WHERE state = 'intended') AS open, min(created_at) FILTER (WHERE state = 'intended') AS oldest, count(*) FILTER (WHERE state = 'held') AS held
        FROM deliveries WHERE state IN ('intended', 'held')";
    Ok(tx.one::<Waiting>(sql, []).await?.unwrap_or(Waiting { open: 0, oldest: None, held: 0 }))
}

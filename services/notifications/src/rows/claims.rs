//! Who hands a letter over: at most one at a time. A claim is a lease in the row, taken in one short transaction and given
//! back in another; while the mail server talks no transaction is open.

use kernel::ids::new_uuid;
use sea_orm::FromQueryResult;
use store::{StoreError, Tx};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a claim holds. Longer than a hand-over may take (`send::HAND_OVER`), so that it runs out only under a process
/// that died or stood still.
pub(crate) const LEASE: Duration = Duration::seconds(90);

/// What came of asking for a letter.
pub(crate) enum Claim {
    /// Ours, under this name, until the lease ends.
    Ours(Uuid),
    /// Somebody else holds it until then.
    Elsewhere(OffsetDateTime),
    /// It was settled meanwhile.
    Settled,
}

#[derive(FromQueryResult)]
struct StandingRow {
    state: String,
    claimed_until: Option<OffsetDateTime>,
}

/// Takes a letter. Two who ask at the same instant wait for each other at the row, and the second sees the first's claim.
pub(crate) async fn claim(tx: &Tx, delivery: Uuid) -> Result<Claim, StoreError> {
    let now = tx.clock().now();
    let sql = "SELECT state, claimed_until FROM deliveries WHERE id = $1 FOR UPDATE";
    let Some(standing) = tx.one::<StandingRow>(sql, [delivery.into()]).await? else { return Ok(Claim::Settled) };
    match standing.claimed_until {
        _ if standing.state != "intended" => Ok(Claim::Settled),
        Some(until) if now < until => Ok(Claim::Elsewhere(until)),
        _ => {
            let name = new_uuid(tx.clock());
            let sql = "UPDATE deliveries SET claim = $2, claimed_until = $3, attempts = attempts + 1 WHERE id = $1";
            tx.run(sql, [delivery.into(), name.into(), (now + LEASE).into()]).await?;
            Ok(Claim::Ours(name))
        }
    }
}

/// Settles a letter for whoever holds it; false when the claim ran out and somebody else took the letter.
pub(crate) async fn settle(tx: &Tx, delivery: Uuid, claim: Uuid, sent: bool) -> Result<bool, StoreError> {
    let sql = "UPDATE deliveries SET state = $3, sent_at = $4, claim = NULL, claimed_until = NULL WHERE id = $1 AND claim = $2";
    let (state, at) = if sent { ("sent", Some(tx.clock().now())) } else { ("refused", None) };
    Ok(tx.run(sql, [delivery.into(), claim.into(), state.into(), at.into()]).await? == 1)
}

/// Gives an unsettled letter back, for the next attempt.
pub(crate) async fn release(tx: &Tx, delivery: Uuid, claim: Uuid) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET claim = NULL, claimed_until = NULL WHERE id = $1 AND claim = $2";
    tx.run(sql, [delivery.into(), claim.into()]).await.map(drop)
}

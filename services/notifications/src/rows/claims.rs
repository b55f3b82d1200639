//! Who hands a letter over: at most one at a time. A claim is a lease in the row, taken in one short transaction and given
//! back in another; while the mail server talks no transaction is open. Whether there is still room in the budgets is
//! decided in the same transaction.

use crate::send::{Budget, Why};
use kernel::ids::new_uuid;
use kernel::secret::SecretHash;
use sea_orm::{FromQueryResult, Value};
use store::{StoreError, Tx};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a claim holds. Longer than a hand-over may take (`send::HAND_OVER`), so that it runs out only under a process
/// that died or stood still.
pub(crate) const LEASE: Duration = Duration::seconds(90);
/// The time that a budget is for.
const HOUR: Duration = Duration::HOUR;

/// What a letter is about and where it would go, for its budgets.
pub(crate) struct About {
    /// Of the address.
    pub address: SecretHash,
    /// The case or the invitation.
    pub subject: Uuid,
    /// Which budget it draws on.
    pub matter: Matter,
}

/// What a letter is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matter {
    /// Something happened to a case.
    Case,
    /// A new case: it may draw on a reserve, so that nobody's talk keeps a clinic in trouble waiting.
    NewCase,
    /// Somebody is invited.
    Invitation,
}

/// Invitations to one address from one federation within an hour: the address proved nothing yet.
const INVITATIONS: i64 = 3;
/// How long an invitation waits for its budget before it is tried again.
const INVITATION_WAITS: Duration = Duration::minutes(20);

/// What came of asking for a letter.
pub(crate) enum Claim {
    /// Ours, under this name, until the lease ends.
    Ours(Uuid),
    /// Not before then: somebody else holds it, or an invitation waits for its budget.
    Elsewhere(OffsetDateTime),
    /// Over a budget: it waits for the letter that collects.
    Held(Why),
    /// It was settled meanwhile.
    Settled,
}

/// How a letter ends.
#[derive(Clone, Copy)]
pub(crate) enum End {
    /// The mail server took it.
    Sent,
    /// It will never go.
    Refused(Why),
}

#[derive(FromQueryResult)]
struct StandingRow {
    state: String,
    federation_id: i32,
    claimed_until: Option<OffsetDateTime>,
}

/// Takes a letter, if the budgets have room for it; `None` asks no budget. Two who ask at the same instant wait for each
/// other at the row, and the second sees the first's claim.
pub(crate) async fn claim(tx: &Tx, delivery: Uuid, about: Option<&About>, budget: &Budget) -> Result<Claim, StoreError> {
    let now = tx.clock().now();
    let sql = "SELECT state, federation_id, claimed_until FROM deliveries WHERE id = $1 FOR UPDATE";
    let Some(standing) = tx.one::<StandingRow>(sql, [delivery.into()]).await? else { return Ok(Claim::Settled) };
    if standing.state != "intended" {
        return Ok(Claim::Settled);
    }
    if let Some(until) = standing.claimed_until.filter(|until| now < *until) {
        return Ok(Claim::Elsewhere(until));
    }
    if let Some(about) = about
        && let Some(why) = over_budget(tx, delivery, standing.federation_id, about, budget).await?
    {
        if about.matter == Matter::Invitation {
            // There is nothing to collect it into, and it is not dropped: it goes later.
            return Ok(Claim::Elsewhere(now + INVITATION_WAITS));
        }
        let sql = "UPDATE deliveries SET state = 'held', why = $2, held_at = $3, address_hash = $4, claim = NULL, claimed_until = NULL WHERE id = $1";
        tx.run(sql, [delivery.into(), why.word().into(), now.into(), about.address.to_vec().into()]).await?;
        return Ok(Claim::Held(why));
    }
    let name = new_uuid(tx.clock());
    let sql = "UPDATE deliveries SET claim = $2, claimed_until = $3, tried_at = $4, address_hash = coalesce($5, address_hash), attempts = attempts + 1 WHERE id = $1";
    let address = about.map(|about| about.address.to_vec());
    tx.run(sql, [delivery.into(), name.into(), (now + LEASE).into(), now.into(), address.into()]).await?;
    Ok(Claim::Ours(name))
}

#[derive(FromQueryResult)]
struct SpentRow {
    to_address: i64,
    about_case: i64,
}

/// Which budget has no room for another letter. Letters on their way count as sent. Whoever counts holds a lock on the
/// address and on the case (always in this order) until the claim is written, so that two at once do not both find the last
/// place; nobody else in the federation waits for it. What one federation sends never uses up another's room at an address.
async fn over_budget(tx: &Tx, delivery: Uuid, federation: i32, about: &About, budget: &Budget) -> Result<Option<Why>, StoreError> {
    let (address, subject): (Value, Value) = (about.address.to_vec().into(), about.subject.into());
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended('letters to ' || encode($1, 'hex'), 0))", [address.clone()]).await?;
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended('letters about ' || $1::text, 0))", [subject.clone()]).await?;
    let sql = "SELECT
        (SELECT count(*) FROM deliveries WHERE address_hash = $1 AND federation_id = $5 AND kind = $6 AND tried_at > $3 AND id <> $4 AND (state = 'sent' OR claim IS NOT NULL)) AS to_address,
        (SELECT count(*) FROM deliveries WHERE subject = $2 AND tried_at > $3 AND id <> $4 AND (state = 'sent' OR claim IS NOT NULL)) AS about_case";
    let kind = if about.matter == Matter::Invitation { "invitation" } else { "case" };
    let values = [address, subject, (tx.clock().now() - HOUR).into(), delivery.into(), federation.into(), kind.into()];
    let Some(spent) = tx.one::<SpentRow>(sql, values).await? else { return Ok(None) };
    let room = match about.matter {
        Matter::Case => i64::from(budget.per_address),
        Matter::NewCase => i64::from(budget.per_address + budget.per_address.div_ceil(2)),
        Matter::Invitation => INVITATIONS,
    };
    Ok(match spent {
        spent if spent.about_case >= i64::from(budget.per_case) => Some(Why::CaseBudget),
        spent if spent.to_address >= room => Some(Why::AddressBudget),
        _ => None,
    })
}

/// Settles a letter for whoever holds it; false when the claim ran out and somebody else took the letter.
pub(crate) async fn settle(tx: &Tx, delivery: Uuid, claim: Uuid, end: End) -> Result<bool, StoreError> {
    let sql = "UPDATE deliveries SET state = $3, why = $4, sent_at = $5, claim = NULL, claimed_until = NULL WHERE id = $1 AND claim = $2";
    let (state, why, at) = match end {
        End::Sent => ("sent", None, Some(tx.clock().now())),
        End::Refused(why) => ("refused", Some(why.word().to_owned()), None),
    };
    Ok(tx.run(sql, [delivery.into(), claim.into(), state.into(), why.into(), at.into()]).await? == 1)
}

/// Gives an unsettled letter back, for the next attempt.
pub(crate) async fn release(tx: &Tx, delivery: Uuid, claim: Uuid) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET claim = NULL, claimed_until = NULL WHERE id = $1 AND claim = $2";
    tx.run(sql, [delivery.into(), claim.into()]).await.map(drop)
}

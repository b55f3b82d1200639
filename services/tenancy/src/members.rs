//! Reading members. Seen through an institution that the reader may see, or by the member's own person.

use crate::model::{Member, Membership, Relation, Standing};
use crate::rows;
use kernel::{MemberId, UnitId};
use std::collections::HashMap;
use store::{StoreError, Tx};
use time::Date;

/// One member.
///
/// # Errors
/// As the database reports; this holds for every function here.
pub async fn member(tx: &Tx, id: MemberId) -> Result<Option<Member>, StoreError> {
    Ok(rows::members(tx, &[id]).await?.pop())
}

/// How a membership stands on a Tokyo date (the incident's, or today). A member that may not be seen stands like one
/// that never was.
pub async fn standing(tx: &Tx, member: MemberId, date: Date) -> Result<Standing, StoreError> {
    let periods: Vec<_> = rows::periods(tx, &[member]).await?.into_iter().map(|(_, period)| period).collect();
    Ok(Standing::on(&periods, date))
}

/// The members who open or manage an institution on a date, openers first, each with their standing.
pub async fn members_of(tx: &Tx, institution: UnitId, date: Date) -> Result<Vec<Membership>, StoreError> {
    let relations = rows::relations_of_unit(tx, institution, date).await?;
    let ids: Vec<MemberId> = relations.iter().map(|(member, ..)| *member).collect();
    let mut members: HashMap<MemberId, Member> = rows::members(tx, &ids).await?.into_iter().map(|m| (m.id, m)).collect();
    let periods = rows::periods(tx, &ids).await?;
    let mut found: Vec<Membership> = relations
        .into_iter()
        .filter_map(|(id, _, relation)| {
            let own: Vec<_> = periods.iter().filter(|(of, _)| *of == id).map(|(_, period)| period.clone()).collect();
            Some(Membership { member: members.remove(&id)?, relation, standing: Standing::on(&own, date) })
        })
        .collect();
    found.sort_by(|a, b| (a.relation, &a.member.number).cmp(&(b.relation, &b.member.number)));
    Ok(found)
}

/// The institutions that a member opens or manages on a date: one member may run several.
pub async fn institutions_of(tx: &Tx, member: MemberId, date: Date) -> Result<Vec<(UnitId, Relation)>, StoreError> {
    let mut found: Vec<_> =
        rows::relations_of_member(tx, member, date).await?.into_iter().map(|(_, unit, relation)| (unit, relation)).collect();
    found.sort_unstable_by_key(|(unit, _)| *unit);
    Ok(found)
}

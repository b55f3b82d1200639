//! Who changes the tree: an administrator of the federation.

use crate::Unit;
use access::{Action, Actor, Denied, Policy, Role};
use kernel::{Level, UnitId};
use time::Date;
use uuid::Uuid;

kernel::words! {
    /// What can be done to a unit.
    TreeVerb {
        MoveInstitution = "move_institution",
        MergeMunicipal = "merge_municipal",
    }
}

/// What the rule needs to know.
#[derive(Clone, Debug)]
pub struct UnitFacts {
    /// The unit.
    pub unit: Unit,
    /// The Tokyo date of deciding.
    pub today: Date,
}

/// The rule.
pub struct TreePolicy;

impl Policy for TreePolicy {
    type Verb = TreeVerb;
    type Facts = UnitFacts;

    fn decide(actor: &Actor, verb: TreeVerb, facts: &UnitFacts) -> Result<(), Denied> {
        let unit = &facts.unit;
        if unit.federation != Some(actor.federation) {
            return Err(Denied::Hidden);
        }
        if actor.role != Role::Administrator || actor.level != Level::Federation {
            return Err(Denied::Forbidden);
        }
        let level = match verb {
            TreeVerb::MoveInstitution => Level::Institution,
            TreeVerb::MergeMunicipal => Level::Municipal,
        };
        if unit.level != level || unit.merged_into.is_some() || !unit.is_open(facts.today) {
            return Err(Denied::WrongState);
        }
        Ok(())
    }

    fn subject(facts: &UnitFacts) -> (Uuid, i32) {
        (unit_subject(facts.unit.id), 0)
    }
}

/// Moving an institution to another home.
pub struct MoveInstitution;
impl Action for MoveInstitution {
    type Policy = TreePolicy;
    const VERB: TreeVerb = TreeVerb::MoveInstitution;
}

/// Merging a municipal association into another.
pub struct MergeMunicipal;
impl Action for MergeMunicipal {
    type Policy = TreePolicy;
    const VERB: TreeVerb = TreeVerb::MergeMunicipal;
}

/// How a unit, whose id is a small integer, appears as the subject of audit entries and events: the integer as a UUID
/// (`00000000-0000-0000-0000-000000000012` is unit 18).
pub fn unit_subject(unit: UnitId) -> Uuid {
    Uuid::from_u128(u128::from(unit.0.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;
    use access::SignInStrength;
    use kernel::{FederationId, Locale, PersonId, SeatId, SessionId, UnitKind};
    use time::macros::{date, datetime};

    fn actor(role: Role, level: Level, federation: i32) -> Actor {
        Actor {
            session: SessionId(Uuid::nil()),
            session_hash: [0; 32],
            person: PersonId(Uuid::nil()),
            person_name: String::new(),
            seat: SeatId(Uuid::nil()),
            role,
            federation: FederationId(federation),
            unit: UnitId(federation),
            unit_name: String::new(),
            unit_name_en: None,
            level,
            queues: Vec::new(),
            locale: Locale::Ja,
            seat_count: 1,
            sign_in: SignInStrength { acr: None, amr: Vec::new(), auth_time: datetime!(2026-11-17 0:00 UTC), second_factor: true },
        }
    }

    fn facts(level: Level) -> UnitFacts {
        let unit = Unit {
            id: UnitId(18),
            federation: Some(FederationId(1)),
            level,
            kind: UnitKind::Clinic,
            parent: Some(UnitId(2)),
            prefecture: Some(UnitId(2)),
            municipal: None,
            code: None,
            name: Name { ja: "医院".into(), kana: None, en: None },
            opened_on: date!(2020 - 01 - 01),
            closed_on: None,
            merged_into: None,
        };
        UnitFacts { unit, today: date!(2026 - 11 - 17) }
    }

    #[test]
    fn only_an_administrator_of_the_federation_changes_the_tree() {
        for verb in TreeVerb::ALL {
            let facts = facts(if *verb == TreeVerb::MoveInstitution { Level::Institution } else { Level::Municipal });
            for role in Role::ALL {
                for level in role.levels() {
                    let may = TreePolicy::decide(&actor(*role, *level, 1), *verb, &facts);
                    assert_eq!(may, if *role == Role::Administrator { Ok(()) } else { Err(Denied::Forbidden) }, "{role} {verb}");
                    assert_eq!(TreePolicy::decide(&actor(*role, *level, 2), *verb, &facts), Err(Denied::Hidden), "{role} {verb}");
                }
            }
        }
    }

    #[test]
    fn a_unit_of_another_level_or_that_ended_does_not_move() {
        let administrator = actor(Role::Administrator, Level::Federation, 1);
        let decide = |facts: &UnitFacts| TreePolicy::decide(&administrator, TreeVerb::MoveInstitution, facts);
        for level in [Level::Federation, Level::Prefectural, Level::Municipal] {
            assert_eq!(decide(&facts(level)), Err(Denied::WrongState));
        }
        let mut closed = facts(Level::Institution);
        closed.unit.closed_on = Some(closed.today);
        assert_eq!(decide(&closed), Err(Denied::WrongState));
    }

    #[test]
    fn units_have_subjects_of_their_own() {
        assert_eq!(unit_subject(UnitId(18)).to_string(), "00000000-0000-0000-0000-000000000012");
    }
}

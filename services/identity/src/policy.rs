//! Who administers seats and people: an administrator of the federation, never for themself.

use access::{Action, Actor, Denied, Policy, Role};
use kernel::{FederationId, Level, PersonId};
use uuid::Uuid;

kernel::words! {
    /// What an administrator does.
    Administration {
        GrantSeat = "grant_seat",
        EndSeat = "end_seat",
        AddPerson = "add_person",
        Invite = "invite",
    }
}

/// What the rule needs to know.
#[derive(Clone, Copy, Debug)]
pub struct SeatFacts {
    /// Where the seat or the person is to be.
    pub federation: FederationId,
    /// Whose seat or account.
    pub person: PersonId,
    /// The seat's id, else the person's.
    pub subject: Uuid,
    /// The seat's version; 0 when there is no row yet.
    pub version: i32,
}

/// The rule.
pub struct SeatPolicy;

impl Policy for SeatPolicy {
    type Verb = Administration;
    type Facts = SeatFacts;

    fn decide(actor: &Actor, verb: Administration, facts: &SeatFacts) -> Result<(), Denied> {
        if facts.federation != actor.federation {
            return Err(Denied::Hidden);
        }
        let administers = match verb {
            Administration::GrantSeat | Administration::EndSeat | Administration::AddPerson | Administration::Invite => {
                actor.role == Role::Administrator && actor.level == Level::Federation
            }
        };
        if administers && facts.person != actor.person { Ok(()) } else { Err(Denied::Forbidden) }
    }

    fn subject(facts: &SeatFacts) -> (Uuid, i32) {
        (facts.subject, facts.version)
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Action for $name {
            type Policy = SeatPolicy;
            const VERB: Administration = Administration::$name;
        }
    )+};
}

actions! {
    /// Giving a person a seat.
    GrantSeat,
    /// Ending a seat.
    EndSeat,
    /// Adding a person who is not here yet.
    AddPerson,
    /// Inviting a person to their first sign-in.
    Invite
}

impl SeatFacts {
    /// Facts about a person in the actor's federation.
    pub(crate) fn about(actor: &Actor, person: PersonId) -> Self {
        Self { federation: actor.federation, person, subject: person.0, version: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::SignInStrength;
    use kernel::{Locale, SeatId, SessionId, UnitId};
    use time::OffsetDateTime;

    fn actor(role: Role, level: Level) -> Actor {
        Actor {
            session: SessionId(Uuid::nil()),
            session_hash: [0; 32],
            person: PersonId(Uuid::from_u128(1)),
            person_name: "灯 あかり".into(),
            seat: SeatId(Uuid::nil()),
            role,
            federation: FederationId(1),
            unit: UnitId(1),
            unit_name: "連合会".into(),
            unit_name_en: None,
            level,
            queues: Vec::new(),
            locale: Locale::Ja,
            seat_count: 1,
            sign_in: SignInStrength { acr: None, amr: Vec::new(), auth_time: OffsetDateTime::UNIX_EPOCH, second_factor: true },
        }
    }

    #[test]
    fn every_cell_of_the_rule() {
        for verb in Administration::ALL {
            for role in Role::ALL {
                for level in Level::ALL {
                    for (federation, person) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
                        let facts = SeatFacts {
                            federation: FederationId(federation),
                            person: PersonId(Uuid::from_u128(person)),
                            subject: Uuid::nil(),
                            version: 3,
                        };
                        let expected = match (federation, person, role, level) {
                            (2, ..) => Err(Denied::Hidden),
                            (1, 2, Role::Administrator, Level::Federation) => Ok(()),
                            _ => Err(Denied::Forbidden),
                        };
                        assert_eq!(
                            SeatPolicy::decide(&actor(*role, *level), *verb, &facts),
                            expected,
                            "{verb} {role} {level} {federation} {person}"
                        );
                    }
                }
            }
        }
    }
}

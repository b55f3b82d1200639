//! Permits: proof that a rule was asked. The fields are private, so a permit can only come from [`authorise`].

use crate::Actor;
use kernel::{FederationId, PersonId, SeatId};
use std::marker::PhantomData;
use uuid::Uuid;

/// A verb on a noun, as a type: `Answer`, `Triage`, `ReadText`.
pub trait Action {
    /// The policy that decides it.
    type Policy: Policy;
    /// The verb within that policy.
    const VERB: <Self::Policy as Policy>::Verb;
}

/// One room's rule: an exhaustive match of verb × actor × facts about the noun.
pub trait Policy {
    /// The room's closed list of verbs.
    type Verb: Copy;
    /// What the rule needs to know about the row.
    type Facts;
    /// Decides; must be a pure function.
    fn decide(actor: &Actor, verb: Self::Verb, facts: &Self::Facts) -> Result<(), Denied>;
    /// The row's identity and version, which the permit pins.
    fn subject(facts: &Self::Facts) -> (Uuid, i32);
}

/// Why not. The status law turns it into an answer: `Hidden` is the same 404 as a row that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The actor may not know that the row exists.
    Hidden,
    /// The actor may see it, and may not do this.
    Forbidden,
    /// The actor may do this, but not in the row's present state.
    WrongState,
}

/// Proof that `A` was allowed to one actor on one version of one row. Consumed by the command that uses it.
#[derive(Debug)]
#[must_use = "a permit that is not used did not protect anything"]
pub struct Permit<A: Action> {
    subject: Uuid,
    version: i32,
    person: PersonId,
    seat: SeatId,
    federation: FederationId,
    action: PhantomData<fn() -> A>,
}

/// Asks the rule of `A`; the only maker of permits.
pub fn authorise<A: Action>(actor: &Actor, facts: &<A::Policy as Policy>::Facts) -> Result<Permit<A>, Denied> {
    A::Policy::decide(actor, A::VERB, facts)?;
    let (subject, version) = A::Policy::subject(facts);
    Ok(Permit { subject, version, person: actor.person, seat: actor.seat, federation: actor.federation, action: PhantomData })
}

impl<A: Action> Permit<A> {
    /// The row it was given for.
    pub fn subject(&self) -> Uuid {
        self.subject
    }
    /// The row's version when it was given; an update states it in its `WHERE`.
    pub fn version(&self) -> i32 {
        self.version
    }
    /// Who may act.
    pub fn person(&self) -> PersonId {
        self.person
    }
    /// From which seat.
    pub fn seat(&self) -> SeatId {
        self.seat
    }
    /// In which federation.
    pub fn federation(&self) -> FederationId {
        self.federation
    }
}

//! Which verb on a consultation needs which relation. Roles matter only through the relation they give: the queue that
//! holds the case, the asking side, an area above, a consent, a witness.

use crate::model::{Consultation, Privacy};
use crate::workflow::next_state;
use access::{Action, Actor, Denied, Policy, Role};
use time::OffsetDateTime;
use uuid::Uuid;

kernel::words! {
    /// What can be done.
    Verb {
        ReadHeader = "read_header",
        ReadText = "read_text",
        ReadNotes = "read_notes",
        Triage = "triage",
        Assign = "assign",
        Reply = "reply",
        AskBack = "ask_back",
        WriteNote = "write_note",
        WaitThird = "wait_third",
        Resume = "resume",
        OfferLine = "offer_line",
        WithdrawOffer = "withdraw_offer",
        AcceptOffer = "accept_offer",
        DeclineOffer = "decline_offer",
        Resolve = "resolve",
        Close = "close",
        Reopen = "reopen",
        RequesterReply = "requester_reply",
        SetPrivacy = "set_privacy",
        Consent = "consent",
    }
}
kernel::words! {
    /// How an actor stands to a consultation that they can see.
    Who {
        Holder = "holder",
        Offered = "offered",
        Both = "both",
        Opener = "opener",
        Requester = "requester",
        Receiver = "receiver",
        Witness = "witness",
        Area = "area",
    }
}

impl Who {
    /// Works at the queue that holds the case.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Holder | Self::Both)
    }

    /// Works at the queue that it is offered to.
    pub const fn is_offered(self) -> bool {
        matches!(self, Self::Offered | Self::Both)
    }

    /// Reads the desk's own notes: the desk, and a witness.
    pub const fn reads_notes(self) -> bool {
        self.holds() || self.is_offered() || matches!(self, Self::Witness)
    }

    /// Whether a rule for `other` is one for this relation too.
    pub(crate) fn stands_for(self, other: Self) -> bool {
        self == other || matches!((self, other), (Self::Both, Self::Holder | Self::Offered) | (Self::Opener, Self::Requester))
    }
}

/// What the rule needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The row.
    pub case: Consultation,
    /// Whether a live consent names the actor's organisation.
    pub consented: bool,
    /// Whether this transaction reads as a witness of this very case.
    pub witnessed: bool,
    /// The instant of deciding.
    pub now: OffsetDateTime,
}

impl Facts {
    /// The actor's relation, strongest first. Everybody who could read the row has at least `Area`.
    pub fn who(&self, actor: &Actor) -> Who {
        let asks = matches!(actor.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer);
        // Queues are the database's to give (`seat_queue_ids`); a role that never answers from one has none here either.
        let answers = |queue| (actor.role.is_desk() || actor.role == Role::Officer) && actor.holds_queue(queue);
        match (answers(self.case.queue), self.case.offered_queue.is_some_and(answers)) {
            (true, true) => return Who::Both,
            (true, false) => return Who::Holder,
            (false, true) => return Who::Offered,
            (false, false) => {}
        }
        if asks && self.case.requester_unit == actor.unit {
            if self.case.opened_by == actor.person { Who::Opener } else { Who::Requester }
        } else if self.consented && matches!(actor.role, Role::Officer | Role::ProgrammeOwner) {
            Who::Receiver
        } else if self.witnessed && actor.role == Role::Auditor {
            Who::Witness
        } else {
            Who::Area
        }
    }
}

/// The desk's rule.
pub struct DeskPolicy;

impl Policy for DeskPolicy {
    type Verb = Verb;
    type Facts = Facts;

    fn decide(actor: &Actor, verb: Verb, facts: &Facts) -> Result<(), Denied> {
        if actor.federation != facts.case.federation {
            return Err(Denied::Hidden);
        }
        let who = facts.who(actor);
        let yes = |allowed: bool| if allowed { Ok(()) } else { Err(Denied::Forbidden) };
        match verb {
            Verb::ReadHeader => Ok(()),
            Verb::ReadText => yes(who != Who::Area),
            Verb::ReadNotes => yes(who.holds() || who.is_offered() || who == Who::Witness),
            Verb::SetPrivacy | Verb::Consent => in_table(facts, verb, who),
            Verb::Reopen => {
                named_reader(facts, who)?;
                in_table(facts, verb, who)?;
                let in_time = facts.case.reopen_until().is_some_and(|until| facts.now < until);
                if in_time { Ok(()) } else { Err(Denied::WrongState) }
            }
            Verb::OfferLine => {
                in_table(facts, verb, who)?;
                if facts.case.offered_queue.is_none() { Ok(()) } else { Err(Denied::WrongState) }
            }
            Verb::WithdrawOffer | Verb::AcceptOffer | Verb::DeclineOffer => {
                in_table(facts, verb, who)?;
                if facts.case.offered_queue.is_some() { Ok(()) } else { Err(Denied::WrongState) }
            }
            Verb::RequesterReply | Verb::Close => {
                named_reader(facts, who)?;
                in_table(facts, verb, who)
            }
            Verb::Triage
            | Verb::Assign
            | Verb::Reply
            | Verb::AskBack
            | Verb::WriteNote
            | Verb::WaitThird
            | Verb::Resume
            | Verb::Resolve => in_table(facts, verb, who),
        }
    }

    fn subject(facts: &Facts) -> (Uuid, i32) {
        (facts.case.id.0, facts.case.version)
    }
}

/// A confidential topic stays between its writer and the desk: a named reader reads, and does not write, close or reopen.
fn named_reader(facts: &Facts, who: Who) -> Result<(), Denied> {
    if who == Who::Requester && facts.case.privacy == Privacy::Confidential { Err(Denied::Forbidden) } else { Ok(()) }
}

/// Asks the workflow table: not for this relation at all is Forbidden, not in this state is WrongState.
fn in_table(facts: &Facts, verb: Verb, who: Who) -> Result<(), Denied> {
    if next_state(facts.case.state, verb, who).is_some() {
        return Ok(());
    }
    let ever = crate::State::ALL.iter().any(|state| next_state(*state, verb, who).is_some());
    Err(if ever { Denied::WrongState } else { Denied::Forbidden })
}

macro_rules! actions {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("Permit for `", stringify!($name), "`.")]
        #[derive(Debug)]
        pub struct $name;
        impl Action for $name {
            type Policy = DeskPolicy;
            const VERB: Verb = Verb::$name;
        }
    )+};
}
actions!(
    ReadHeader,
    ReadText,
    ReadNotes,
    Triage,
    Assign,
    Reply,
    AskBack,
    WriteNote,
    WaitThird,
    Resume,
    OfferLine,
    WithdrawOffer,
    AcceptOffer,
    DeclineOffer,
    Resolve,
    Close,
    Reopen,
    RequesterReply,
    SetPrivacy,
    Consent,
);

/// Permit to ask at all: the closed list of who may (`product.md`: clinics, care facilities, association offices).
#[derive(Debug)]
pub struct Ask;
/// The rule of [`Ask`].
pub struct AskPolicy;
impl Policy for AskPolicy {
    type Verb = ();
    type Facts = Uuid;
    fn decide(actor: &Actor, (): (), _draft: &Uuid) -> Result<(), Denied> {
        if matches!(actor.role, Role::Owner | Role::Staff | Role::SafetyOfficer | Role::Officer) { Ok(()) } else { Err(Denied::Forbidden) }
    }
    fn subject(draft: &Uuid) -> (Uuid, i32) {
        (*draft, 0)
    }
}
impl Action for Ask {
    type Policy = AskPolicy;
    const VERB: () = ();
}

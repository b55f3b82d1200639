//! The acting person and the one seat they act from.

use kernel::{FederationId, Level, Locale, PersonId, QueueId, SeatId, SessionId, UnitId};
use time::OffsetDateTime;

kernel::words! {
    /// The closed list of roles (`product.md`). A seat is one role at one organisation.
    Role {
        Owner = "owner",
        Staff = "staff",
        SafetyOfficer = "safety_officer",
        Officer = "officer",
        Agent = "agent",
        Lead = "lead",
        Reviewer = "reviewer",
        Approver = "approver",
        BatchMaker = "batch_maker",
        Releaser = "releaser",
        Librarian = "librarian",
        Auditor = "auditor",
        ProgrammeOwner = "programme_owner",
        Administrator = "administrator",
    }
}

impl Role {
    /// The levels at which the role exists; a seat anywhere else is refused by the database as well.
    pub const fn levels(self) -> &'static [Level] {
        match self {
            Role::Owner | Role::Staff | Role::SafetyOfficer => &[Level::Institution],
            Role::Officer => &[Level::Municipal, Level::Prefectural],
            Role::Agent => &[Level::Federation, Level::Provider, Level::Prefectural],
            Role::Lead => &[Level::Federation, Level::Provider],
            Role::Librarian => &[Level::Federation, Level::Prefectural, Level::Municipal],
            Role::Reviewer | Role::Approver | Role::BatchMaker | Role::Releaser => &[Level::Federation],
            Role::Auditor | Role::ProgrammeOwner | Role::Administrator => &[Level::Federation],
        }
    }

    /// Works at the desk: answers consultations from a queue.
    pub const fn is_desk(self) -> bool {
        matches!(self, Role::Agent | Role::Lead)
    }

    /// Belongs to a member institution.
    pub const fn is_institution(self) -> bool {
        matches!(self, Role::Owner | Role::Staff | Role::SafetyOfficer)
    }
}

/// How the present session was signed in, for actions that ask for more than a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInStrength {
    /// Authentication context class, as the issuer named it.
    pub acr: Option<String>,
    /// Methods used, for example `pwd`, `otp`, `hwk`.
    pub amr: Vec<String>,
    /// When the person last proved who they are.
    pub auth_time: OffsetDateTime,
    /// True when the class or the methods count as a second factor under the issuer's settings.
    pub second_factor: bool,
}

/// A signed-in person in their active seat. Made by `identity` from a live session; the database derives the row scope
/// from the same session again, so a forged actor would see nothing.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The session this actor was read from.
    pub session: SessionId,
    /// SHA-256 of the session's token; what the database checks.
    pub session_hash: [u8; 32],
    /// Who.
    pub person: PersonId,
    /// The person's own name for display.
    pub person_name: String,
    /// The active seat.
    pub seat: SeatId,
    /// The seat's role.
    pub role: Role,
    /// The federation the seat belongs to.
    pub federation: FederationId,
    /// The seat's organisation.
    pub unit: UnitId,
    /// The organisation's name for display, in Japanese.
    pub unit_name: String,
    /// The organisation's name in English, when there is one.
    pub unit_name_en: Option<String>,
    /// Where the organisation stands.
    pub level: Level,
    /// Queues the seat answers from.
    pub queues: Vec<QueueId>,
    /// The language the person reads.
    pub locale: Locale,
    /// How many live seats the person has in all (the header shows the switch when more than one).
    pub seat_count: i64,
    /// How and when they signed in.
    pub sign_in: SignInStrength,
}

impl Actor {
    /// Whether the seat answers from `queue`.
    pub fn holds_queue(&self, queue: QueueId) -> bool {
        self.queues.contains(&queue)
    }
}

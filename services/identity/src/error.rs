//! What can go wrong, in the kinds that a page can say something useful about.

use access::Denied;
use store::StoreError;

/// Why nobody was signed in. Each kind has its own words on the page; [`SignInError::word`] names them.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The issuer does not answer, or answers nonsense. Sessions that exist go on.
    #[error("the issuer does not answer")]
    IssuerDown,
    /// No such issuer, or it was switched off.
    #[error("no such issuer")]
    NoSuchIssuer,
    /// The way back does not fit a sign-in under way: used before, begun in another browser, or begun too long ago.
    #[error("no sign-in under way fits")]
    StateUnknownOrUsed,
    /// The person, or the issuer on their behalf, said no.
    #[error("refused at the issuer")]
    Refused,
    /// The issuer knows the person, this portal does not: no open invitation names them.
    #[error("not invited")]
    NotInvited,
    /// A known person without any seat that may act today.
    #[error("no live seat")]
    NoLiveSeat,
    /// The issuer's answer does not hold: nonce, issuer, audience, key, time, code.
    #[error("the issuer's answer does not hold")]
    BadToken,
    /// Somebody else came back from a step-up than went.
    #[error("another person came back")]
    StepUpOther,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignInError {
    /// The word in locale keys and logs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::IssuerDown => "issuer_down",
            Self::NoSuchIssuer => "no_such_issuer",
            Self::StateUnknownOrUsed => "state_unknown_or_used",
            Self::Refused => "refused",
            Self::NotInvited => "not_invited",
            Self::NoLiveSeat => "no_live_seat",
            Self::BadToken => "bad_token",
            Self::StepUpOther => "step_up_other",
            Self::Store(_) => "store",
        }
    }
}

/// Why an issuer's logout token ended nothing.
#[derive(Debug, thiserror::Error)]
pub enum LogoutError {
    /// Not a logout token of an issuer of ours that holds: form, addressee, key, time, event.
    #[error("not a logout token that holds")]
    BadToken,
    /// It was used before.
    #[error("used before")]
    Replayed,
    /// The issuer's keys cannot be had now.
    #[error("the issuer does not answer")]
    IssuerDown,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LogoutError {
    /// The word in logs and metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::BadToken => "bad_token",
            Self::Replayed => "replayed",
            Self::IssuerDown => "issuer_down",
            Self::Store(_) => "store",
        }
    }
}

/// Settings of the sign-in that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The HTTP client could not be made.
    #[error("http client: {0}")]
    Http(#[from] reqwest::Error),
    /// An address that is not `http(s)`, or is plain where that is not allowed.
    #[error("address {0}")]
    Address(url::Url),
    /// A session must last longer than nothing.
    #[error("session times must be longer than zero")]
    Times,
}

/// A queue whose duty a seat has: somebody else must take it before the seat can end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// The queue's name.
    pub name: String,
    /// The same in English.
    pub name_en: String,
}

/// Why a seat was not granted or ended. After `Store` the transaction can only be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// The rule says no.
    #[error("denied: {0:?}")]
    Denied(Denied),
    /// No such organisation in this federation.
    #[error("no such organisation")]
    NoSuchUnit,
    /// No such person.
    #[error("no such person")]
    NoSuchPerson,
    /// The role does not exist at that level.
    #[error("the role does not exist there")]
    RoleNotHere,
    /// The person holds this seat already.
    #[error("held already")]
    AlreadyHeld,
    /// The last day is not after the first.
    #[error("the period is empty")]
    Period,
    /// The seat changed since it was read.
    #[error("changed meanwhile")]
    Stale,
    /// The seat is on duty for these queues; empty when it came to be so at this very instant.
    #[error("on duty for {} queues", .0.len())]
    OnDuty(Vec<Duty>),
    /// Nobody else answers from the queue of one of its open cases.
    #[error("nobody else answers for its cases")]
    NobodyElse,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
}

impl From<Denied> for SeatError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<StoreError> for SeatError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Denied => Self::Denied(Denied::Forbidden),
            StoreError::Conflict(name) => match name.as_str() {
                "seat_fits_its_unit" => Self::RoleNotHere,
                // One answer for both, so that another federation's organisations cannot be probed.
                "seat_in_its_federation" | "seats_unit_id_fkey" => Self::NoSuchUnit,
                "seats_person_id_fkey" => Self::NoSuchPerson,
                "seats_once" => Self::AlreadyHeld,
                "seat_has_no_duty" => Self::OnDuty(Vec::new()),
                "consultation_is_answered_for" => Self::NobodyElse,
                _ => Self::Store(StoreError::Conflict(name)),
            },
            other => Self::Store(other),
        }
    }
}

/// Why a person was not added or invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// The rule says no.
    #[error("denied: {0:?}")]
    Denied(Denied),
    /// The person signs in already, belongs to another federation as well, or does not exist.
    #[error("may not be invited")]
    NotInvitable,
    /// No such issuer in this federation.
    #[error("no such issuer")]
    NoSuchIssuer,
    /// Not an address that mail could be sent to.
    #[error("not a mail address")]
    Email,
    /// A name must not be empty and has at most 120 characters.
    #[error("not a name")]
    Name,
    /// The validity is not between one hour and [`crate::MAX_INVITATION`].
    #[error("validity out of range")]
    Validity,
    /// The database.
    #[error(transparent)]
    Store(StoreError),
}

impl From<Denied> for InviteError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<StoreError> for InviteError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Denied => Self::NotInvitable,
            other if other.is_conflict("invitations_person_id_fkey") => Self::NotInvitable,
            other if other.is_conflict("invitations_federation_id_issuer_id_fkey") => Self::NoSuchIssuer,
            other => Self::Store(other),
        }
    }
}

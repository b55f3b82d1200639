//! Typed identifiers. Everything that is not a unit of the tree is a UUIDv7 made in the application, so that ids sort by
//! creation and a row's id is known before it is written.

use crate::clock::Clock;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::{NoContext, Timestamp, Uuid};

/// A UUIDv7 whose time part comes from `clock` (milliseconds) and whose rest is random.
pub fn new_uuid(clock: &Clock) -> Uuid {
    let now = clock.now();
    let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.nanosecond()))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new identifier at the clock's present instant.
            pub fn new(clock: &Clock) -> Self { Self(new_uuid(clock)) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", stringify!($name), self.0) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> { s.parse().map(Self) }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
        impl From<$name> for Uuid { fn from(id: $name) -> Self { id.0 } }
    )+};
}

ids! {
    /// A human being, whichever federation or organisation.
    PersonId,
    /// A role that a person holds at an organisation.
    SeatId,
    /// One signed-in browser.
    SessionId,
    /// A membership record (one doctor in one federation).
    MemberId,
    /// A sign-in provider that a federation trusts.
    IssuerId,
    /// An invitation that a first sign-in may bind to.
    InvitationId,
    /// A consultation with the desk.
    ConsultationId,
    /// A public message within a consultation.
    MessageId,
    /// An internal note; never shown to a requester.
    NoteId,
    /// A consultation that is still being written.
    DraftId,
    /// A consent to read one case.
    AccessId,
    /// A named file; its bytes are versions.
    FileId,
    /// The bytes of a file as they once were.
    FileVersionId,
    /// A fact that one room tells the others.
    EventId,
    /// One entry of the audit record.
    AuditId,
    /// One request, as it appears in logs and on error pages.
    RequestId,
}

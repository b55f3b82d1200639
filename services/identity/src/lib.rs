//! Sign-in by OpenID Connect, sessions, people and seats.
//!
//! [`SignIn`] sends a browser to an issuer and takes it back; [`read_session`] turns a cookie into an [`access::Actor`];
//! the commands of [`grant_seat`], [`end_seat`], [`add_person`] and [`invite`] are an administrator's. Words, states and
//! invariants: `README.md`.

mod back_channel;
mod client;
mod error;
mod finish;
mod http;
mod invite;
mod links;
mod logout_token;
mod next;
mod policy;
mod probe;
mod proof;
mod providers;
mod rows;
mod seats;
mod sessions;
mod sign_in;
mod sign_out;
mod step_up;
mod userinfo;

pub use error::{Duty, InviteError, LogoutError, SeatError, SettingsError, SignInError};
pub use finish::{Returned, SignedIn, Visitor};
pub use invite::{Invited, MAX_INVITATION, NewInvitation, NewPerson, add_person, invite, permit_add_person, permit_invite};
pub use links::InvitationLinks;
pub use next::Next;
pub use policy::{AddPerson, Administration, EndSeat, GrantSeat, Invite, SeatFacts, SeatPolicy};
pub use probe::ProbeError;
pub use seats::{HeldSeat, NewSeat, end_seat, find_seat_to_end, grant_seat, permit_grant};
pub use sessions::{
    Arrived, Known, SeatChoice, SessionRow, Sightings, arrive, known, my_sessions, read_session, revoke_other_sessions, revoke_session,
    seats, session_issuer, set_locale, sweep_sign_ins, switch_seat,
};
pub use sign_in::{Begin, IssuerChoice, Redirect, SignIn, SignInSettings};
pub use sign_out::{Ended, end_session};
pub use step_up::{StepUp, StepUpOf, needs_step_up};

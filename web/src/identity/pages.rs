//! The room's pages as data.

use super::device::Device;
use super::issuers::Group;
use super::samples;
use crate::forms::FormView;
use crate::moment::Moment;
use crate::page::{Page, Sample};
use serde::Serialize;

/// Where to sign in.
#[derive(Serialize)]
pub struct SignIn {
    /// Issuers by federation.
    pub groups: Vec<Group>,
    /// Where to go afterwards, as a word.
    pub next: String,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "identity/sign_in.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::sign_in()
    }
}

/// What an invitation's link opens. The same page for every token.
#[derive(Serialize)]
pub struct Invitation {
    /// Issuers by federation.
    pub groups: Vec<Group>,
    /// The link's secret, carried on.
    pub invite: String,
    /// Who is signed in here already; that session will end.
    pub signed_in: Option<String>,
}

impl Page for Invitation {
    const TEMPLATE: &'static str = "identity/invitation.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::invitation()
    }
}

/// Proving once more who one is.
#[derive(Serialize)]
pub struct StepUp {
    /// The issuer that made the session; None when it is switched off.
    pub issuer: Option<String>,
    /// Where to go afterwards, as a word.
    pub next: String,
    /// The same as an address, for giving up.
    pub back: String,
    /// How recent the proof must be.
    pub minutes: i64,
    /// Whether a second factor is asked.
    pub second_factor: bool,
}

impl Page for StepUp {
    const TEMPLATE: &'static str = "identity/step_up.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::step_up()
    }
}

/// On the way to an issuer.
#[derive(Serialize)]
pub struct Leaving {
    /// The issuer's page.
    pub to: String,
}

impl Page for Leaving {
    const TEMPLATE: &'static str = "identity/leaving.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::leaving()
    }
}

/// Signed out.
#[derive(Serialize)]
pub struct SignedOut {
    /// Where the issuer's session ends, when it offers that.
    pub further: Option<String>,
    /// Somebody is signed in here all the same: they came by the address.
    pub still: bool,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "identity/signed_out.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::signed_out()
    }
}

/// A seat to take.
#[derive(Serialize)]
pub struct Seat {
    /// Names it in the address.
    pub id: String,
    /// Role word.
    pub role: &'static str,
    /// The organisation, in the reader's language where it has a name there.
    pub unit: String,
    /// The federation, the same way.
    pub federation: String,
    /// The one acted from now.
    pub active: bool,
}

/// All seats of a person.
#[derive(Serialize)]
pub struct Seats {
    /// The seats.
    pub seats: Vec<Seat>,
}

impl Page for Seats {
    const TEMPLATE: &'static str = "identity/seats.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::seats()
    }
}

/// One sign-in of the reader.
#[derive(Serialize)]
pub struct Session {
    /// Names it in the address.
    pub id: String,
    /// In coarse words.
    pub device: Device,
    /// When it was signed in.
    pub created_at: Moment,
    /// When it was last used.
    pub last_seen_at: Moment,
    /// When it ends in any case.
    pub expires_at: Moment,
    /// Whether a second factor was used.
    pub second_factor: bool,
    /// The one the reader looks from.
    pub present: bool,
}

/// Where the reader is signed in, and the language of letters.
#[derive(Serialize)]
pub struct Sessions {
    /// The sessions, the present one first.
    pub sessions: Vec<Session>,
    /// Whether there is any other.
    pub others: bool,
    /// The form of the language.
    pub form: FormView,
}

impl Page for Sessions {
    const TEMPLATE: &'static str = "identity/sessions.html";
    fn samples() -> Vec<Sample<Self>> {
        samples::sessions()
    }
}

//! The room's pages as data.

use super::device::Device;
use super::issuers::{Button, Group};
use super::language::LanguageForm;
use crate::forms::FormView;
use crate::moment::Moment;
use crate::page::{Page, Sample, Viewer};
use serde::Serialize;
use time::macros::datetime;

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
        let page = |groups| Self { groups, next: "home".into() };
        vec![
            Sample::new("two-federations", page(two())).seen_by(Viewer::Visitor),
            Sample::new("used-before", page(used())).seen_by(Viewer::Visitor),
            Sample::new("single", page(one())).seen_by(Viewer::Visitor),
            Sample::new("none", page(Vec::new())).seen_by(Viewer::Visitor),
        ]
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
        let page = |groups, signed_in: Option<&str>| Self { groups, invite: "0123456789abcdef".into(), signed_in: signed_in.map(str::to_owned) };
        vec![
            Sample::new("two-federations", page(two(), None)).seen_by(Viewer::Visitor),
            Sample::new("somebody-signed-in", page(one(), Some("相沢 美緒"))),
            Sample::new("none", page(Vec::new(), None)).seen_by(Viewer::Visitor),
        ]
    }
}

/// Proving once more who one is.
#[derive(Serialize)]
pub struct StepUp {
    /// Issuers by federation.
    pub groups: Vec<Group>,
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
        let page = |groups, second_factor| Self { groups, next: "sessions".into(), back: "/sessions".into(), minutes: 30, second_factor };
        vec![
            Sample::new("recent", page(one(), false)),
            Sample::new("second-factor", page(two(), true)),
            Sample::new("none", page(Vec::new(), false)),
        ]
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
        vec![
            Sample::new("here", Self { further: None, still: false }).seen_by(Viewer::Visitor),
            // In life an address at the issuer; samples lead nowhere outside.
            Sample::new("and-further", Self { further: Some("/sample".into()), still: false }).seen_by(Viewer::Visitor),
            Sample::new("still-signed-in", Self { further: None, still: true }).seen_by(Viewer::Visitor),
        ]
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
        let seat = |n: u8, role, unit: &str, active| Seat {
            id: format!("0198a7c2-0000-7000-8000-00000000000{n}"),
            role,
            unit: unit.into(),
            federation: "全国医師連合会".into(),
            active,
        };
        let first = || seat(1, "owner", "ひだまり内科クリニック", true);
        let more = vec![first(), seat(2, "owner", "こもれび介護医療院", false), seat(3, "officer", "北嶺市医師会", false)];
        vec![Sample::new("three", Self { seats: more }), Sample::new("one", Self { seats: vec![first()] }).seen_by(Viewer::Desk)]
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
        let session = |n: u8, os, browser, second_factor| Session {
            id: format!("0198a7c2-0000-7000-8000-00000000000{n}"),
            device: Device { os, browser },
            created_at: Moment(datetime!(2026-11-16 08:40 +9)),
            last_seen_at: Moment(datetime!(2026-11-17 09:10 +9)),
            expires_at: Moment(datetime!(2026-11-17 20:40 +9)),
            second_factor,
            present: n == 1,
        };
        let form = || FormView::prefilled::<LanguageForm>([("locale", "ja".to_owned())]);
        let present = || session(1, "windows", "edge", true);
        let several = vec![present(), session(2, "iphone", "safari", false), session(3, "other", "other", false)];
        let empty = crate::forms::Filled::read::<LanguageForm>(Vec::new(), datetime!(2026-11-17 09:12 +9), &[]);
        let faulty = match empty {
            Ok(Err(filled)) => filled.view(),
            _ => FormView::blank::<LanguageForm>(),
        };
        vec![
            Sample::new("several", Self { sessions: several, others: true, form: form() }),
            Sample::new("alone", Self { sessions: vec![present()], others: false, form: form() }).seen_by(Viewer::Desk),
            Sample::new("language-missing", Self { sessions: vec![present()], others: false, form: faulty }),
        ]
    }
}

fn button(n: u8, name: &str, first: bool) -> Button {
    Button { id: format!("0198a7c2-0000-7000-8000-0000000000f{n}"), name: name.into(), first }
}

fn one() -> Vec<Group> {
    vec![Group { name: "全国医師連合会".into(), issuers: vec![button(1, "県医師会ログイン", true)] }]
}

fn two() -> Vec<Group> {
    let here = vec![button(1, "県医師会ログイン", false), button(2, "連合会の事務局ログイン", false)];
    vec![
        Group { name: "全国医師連合会".into(), issuers: here },
        Group { name: "北都医療協会".into(), issuers: vec![button(3, "北都ログイン", false)] },
    ]
}

fn used() -> Vec<Group> {
    let mut groups = two();
    for button in groups.iter_mut().flat_map(|g| g.issuers.iter_mut()).take(1) {
        button.first = true;
    }
    groups
}

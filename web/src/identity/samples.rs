//! Samples of the room's pages. Everybody here is invented.

use super::device::Device;
use super::issuers::{Button, Group};
use super::language::LanguageForm;
use super::pages::{Invitation, Leaving, Seat, Seats, Session, Sessions, SignIn, SignedOut, StepUp};
use crate::forms::{Filled, FormView};
use crate::moment::Moment;
use crate::page::{Sample, Viewer};
use time::macros::datetime;

pub fn sign_in() -> Vec<Sample<SignIn>> {
    let page = |groups| SignIn { groups, next: "home".into() };
    vec![
        Sample::new("two-federations", page(two())).seen_by(Viewer::Visitor),
        Sample::new("used-before", page(used())).seen_by(Viewer::Visitor),
        Sample::new("single", page(one())).seen_by(Viewer::Visitor),
        Sample::new("none", page(Vec::new())).seen_by(Viewer::Visitor),
    ]
}

pub fn invitation() -> Vec<Sample<Invitation>> {
    let page =
        |groups, signed_in: Option<&str>| Invitation { groups, invite: "0123456789abcdef".into(), signed_in: signed_in.map(str::to_owned) };
    vec![
        Sample::new("two-federations", page(two(), None)).seen_by(Viewer::Visitor),
        Sample::new("somebody-signed-in", page(one(), Some("相沢 美緒"))),
        Sample::new("none", page(Vec::new(), None)).seen_by(Viewer::Visitor),
    ]
}

pub fn step_up() -> Vec<Sample<StepUp>> {
    let issuer = || Some("県医師会ログイン".to_owned());
    let page = |issuer, second_factor| StepUp { issuer, next: "sessions".into(), back: "/sessions".into(), minutes: 30, second_factor };
    vec![
        Sample::new("recent", page(issuer(), false)),
        Sample::new("second-factor", page(issuer(), true)),
        Sample::new("none", page(None, false)),
    ]
}

pub fn leaving() -> Vec<Sample<Leaving>> {
    // In life an address at the issuer; samples lead nowhere outside.
    let page = || Leaving { to: "/sample".into() };
    vec![Sample::new("sign-in", page()).seen_by(Viewer::Visitor), Sample::new("step-up", page())]
}

pub fn signed_out() -> Vec<Sample<SignedOut>> {
    vec![
        Sample::new("here", SignedOut { further: None, still: false }).seen_by(Viewer::Visitor),
        // In life an address at the issuer; samples lead nowhere outside.
        Sample::new("and-further", SignedOut { further: Some("/sample".into()), still: false }).seen_by(Viewer::Visitor),
        Sample::new("still-signed-in", SignedOut { further: None, still: true }).seen_by(Viewer::Visitor),
    ]
}

pub fn seats() -> Vec<Sample<Seats>> {
    let seat = |n: u8, role, unit: &str, active| Seat {
        id: format!("0198a7c2-0000-7000-8000-00000000000{n}"),
        role,
        unit: unit.into(),
        federation: "全国医師連合会".into(),
        active,
    };
    let first = || seat(1, "owner", "ひだまり内科クリニック", true);
    let more = vec![first(), seat(2, "owner", "こもれび介護医療院", false), seat(3, "officer", "北嶺市医師会", false)];
    vec![Sample::new("three", Seats { seats: more }), Sample::new("one", Seats { seats: vec![first()] }).seen_by(Viewer::Desk)]
}

pub fn sessions() -> Vec<Sample<Sessions>> {
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
    let empty = Filled::read::<LanguageForm>(Vec::new(), datetime!(2026-11-17 09:12 +9), &[]);
    let faulty = match empty {
        Ok(Err(filled)) => filled.view(),
        _ => FormView::blank::<LanguageForm>(),
    };
    vec![
        Sample::new("several", Sessions { sessions: several, others: true, form: form() }),
        Sample::new("alone", Sessions { sessions: vec![present()], others: false, form: form() }).seen_by(Viewer::Desk),
        Sample::new("language-missing", Sessions { sessions: vec![present()], others: false, form: faulty }),
    ]
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

//! Arrows go down only. The table says which room may use which; a new arrow enters it in the same commit, with a reason.

use crate::{files, root};
use std::collections::{BTreeMap, BTreeSet};

/// Crate → what of ours it may name. Floor by floor (house: kernel, access | store and adapters | shared rooms | work | web | portal | tests).
const ALLOWED: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("access", &["kernel"]),
    ("migrations", &[]),
    ("store", &["access", "kernel"]),
    ("mail", &["kernel"]),
    ("blobs", &["kernel"]),
    ("tenancy", &["access", "kernel", "store"]),
    ("identity", &["access", "kernel", "store"]),
    // The bulk seed of texts goes through its own connection.
    ("content", &["access", "kernel", "store"]),
    // The only room that keeps bytes.
    ("files", &["access", "blobs", "kernel", "store"]),
    // Writes the link of an invitation.
    ("notifications", &["access", "identity", "kernel", "mail", "store"]),
    ("audit", &["access", "kernel", "store"]),
    ("desk", &["access", "kernel", "store"]),
    ("web", &["access", "audit", "blobs", "content", "desk", "files", "identity", "kernel", "mail", "notifications", "store", "tenancy"]),
    ("demo", &["kernel"]),
    (
        "portal",
        &[
            "access",
            "audit",
            "blobs",
            "content",
            "demo",
            "desk",
            "files",
            "identity",
            "kernel",
            "mail",
            "migrations",
            "notifications",
            "store",
            "tenancy",
            "web",
        ],
    ),
];

/// Crates of others that only these may name.
const WALLS: &[(&str, &[&str])] = &[
    ("sea-orm", &["store", "tenancy", "identity", "content", "files", "notifications", "audit", "desk"]),
    ("sqlx", &["store", "migrations", "content", "portal"]),
    ("aws-sdk-s3", &["blobs"]),
    ("lettre", &["mail"]),
    ("openidconnect", &["identity", "demo"]),
    ("clamav-client", &["files"]),
    ("axum", &["web", "portal", "demo"]),
    ("tera", &["web"]),
];

fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("workspace manifest");
    let members: Vec<String> = text
        .split("members = [")
        .nth(1)
        .expect("members")
        .split(']')
        .next()
        .expect("end")
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let mut found = BTreeMap::new();
    for member in members.iter().filter(|m| *m != "tests") {
        let manifest = std::fs::read_to_string(root().join(member).join("Cargo.toml")).expect("manifest");
        let name = manifest.split("name = \"").nth(1).expect("name").split('"').next().expect("name").to_owned();
        // What tests use does not ship: only the ordinary dependencies count.
        let section = manifest.split("[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap_or_default().to_owned();
        let names = section
            .lines()
            .filter_map(|l| l.split(['.', ' ', '=']).next())
            .filter(|n| !n.is_empty() && !n.starts_with('#'))
            .map(str::to_owned)
            .collect();
        found.insert(name, names);
    }
    found
}

#[test]
fn arrows_go_down_only() {
    let ours: BTreeSet<String> = manifests().keys().cloned().collect();
    let mut faults = Vec::new();
    for (name, uses) in manifests() {
        let allowed = ALLOWED.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{name} is not in the table of floors")).1;
        faults.extend(uses.iter().filter(|u| ours.contains(*u) && !allowed.contains(&u.as_str())).map(|u| format!("{name} → {u}")));
    }
    assert!(faults.is_empty(), "arrows that the table does not allow: {faults:?}");
}

#[test]
fn walls_hold() {
    let mut faults = Vec::new();
    for (name, uses) in manifests() {
        for (wall, who) in WALLS {
            if uses.contains(*wall) && !who.contains(&name.as_str()) {
                faults.push(format!("{name} names {wall}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn rooms_of_the_work_floor_never_import_each_other() {
    let work = ["desk", "incident", "grants", "payments", "library", "readiness"];
    for (name, uses) in manifests().into_iter().filter(|(n, _)| work.contains(&n.as_str())) {
        let met: Vec<_> = uses.iter().filter(|u| work.contains(&u.as_str())).collect();
        assert!(met.is_empty(), "{name} imports {met:?}: rooms of this floor meet in web, by an id or by an event");
    }
}

#[test]
fn every_room_says_what_it_is_for() {
    let mut silent = Vec::new();
    for (path, _) in files("services", "toml").into_iter().filter(|(p, _)| p.ends_with("/Cargo.toml")) {
        let folder = root().join(&path);
        let folder = folder.parent().expect("folder");
        // kernel and access are words, portal is wiring: their lib.rs says it.
        let plain = ["kernel", "access", "store", "mail", "blobs", "portal"].iter().any(|n| folder.ends_with(n));
        if !plain && !folder.join("README.md").exists() {
            silent.push(path);
        }
    }
    assert!(silent.is_empty(), "rooms without a README.md: {silent:?}");
}

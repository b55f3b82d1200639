//! The router's own list against the reviewed one: a new route, or one that anybody may call, is seen in review.

use crate::golden;
use web::app::all_routes;
use web::registry::all_forms;
use web::routes::Access;

#[test]
fn every_route_is_in_the_reviewed_list() {
    let mut lines: Vec<String> = all_routes()
        .iter()
        .map(|r| {
            format!(
                "{:<4} {:<36} {:<6} {}",
                r.method,
                r.path,
                match r.access {
                    Access::Open => "open",
                    Access::Signed => "signed",
                    Access::Peer => "peer",
                },
                r.form.unwrap_or("")
            )
            .trim_end()
            .to_owned()
        })
        .collect();
    lines.sort();
    golden("routes.txt", &(lines.join("\n") + "\n"));
}

#[test]
fn open_routes_are_few_and_named() {
    let mut open: Vec<String> =
        all_routes().iter().filter(|r| r.access != Access::Signed).map(|r| format!("{} {}", r.method, r.path)).collect();
    open.sort();
    golden("open_routes.txt", &(open.join("\n") + "\n"));
}

#[test]
fn every_posted_form_is_registered_and_every_registered_form_is_posted() {
    let registered: Vec<&str> = all_forms().iter().map(|f| f.name).collect();
    let posted: Vec<&str> = all_routes().iter().filter_map(|r| r.form).collect();
    let unknown: Vec<_> = posted.iter().filter(|f| !registered.contains(f)).collect();
    assert!(unknown.is_empty(), "forms of routes that are not in the registry: {unknown:?}");
    let idle: Vec<_> =
        registered.iter().filter(|f| !posted.contains(f) && !f.starts_with("specimen") && !f.starts_with("gallery")).collect();
    assert!(idle.is_empty(), "registered forms that no route takes: {idle:?}");
}

#[test]
fn no_two_routes_share_method_and_path() {
    let mut seen = std::collections::BTreeSet::new();
    for route in all_routes() {
        assert!(seen.insert((route.method, route.path)), "{} {} twice", route.method, route.path);
    }
}

#[test]
fn a_posting_route_takes_a_declared_form() {
    // What another server sends is no form of ours: it proves itself, and its fields are a standard's.
    for route in all_routes().iter().filter(|r| r.method == "POST" && r.access != Access::Peer) {
        assert!(route.form.is_some(), "{} posts without a declared form", route.path);
    }
}

//! What may stand in one place only.

use crate::{files, root};

/// Lines of product code (tests cut off) with their place.
fn lines() -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    for folder in ["services", "web/src", "infra/demo/src"] {
        for (path, text) in files(folder, "rs") {
            if path.contains("/tests/") || path.contains("/examples/") {
                continue;
            }
            let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            found.extend(
                product
                    .lines()
                    .enumerate()
                    .filter(|(_, l)| !l.trim_start().starts_with("//"))
                    .map(|(n, l)| (path.clone(), n + 1, l.to_owned())),
            );
        }
    }
    found
}

fn faults(what: &str, allowed: impl Fn(&str) -> bool, holds: impl Fn(&str) -> bool) {
    let found: Vec<String> =
        lines().into_iter().filter(|(p, _, l)| !allowed(p) && holds(l)).map(|(p, n, l)| format!("{p}:{n}: {}", l.trim())).collect();
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// `store`, a room's private rows, and the loader's seed of installation texts (COPY-like work past row security).
fn holds_rows(path: &str) -> bool {
    path.starts_with("services/store/src/")
        || path == "services/content/src/seed.rs"
        || path.ends_with("/rows.rs")
        || path.contains("/rows/")
}

#[test]
fn sql_lives_in_store_and_rows() {
    let begins = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH "];
    faults("SQL outside store and rows", holds_rows, |line| begins.iter().any(|b| line.contains(b)));
}

#[test]
fn nobody_sets_the_scope_by_hand() {
    faults(
        "set_config outside the database's own functions",
        |_| false,
        |line| (line.contains("set_config(") && !line.contains(".set_config(")) || line.contains("SET LOCAL") || line.contains("SET ROLE"),
    );
}

#[test]
fn nobody_pages_by_row_number() {
    faults("OFFSET", |_| false, |line| line.contains(" OFFSET ") || line.contains(".offset("));
}

#[test]
fn no_word_of_the_interface_stands_in_rust() {
    let japanese = |line: &str| line.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
    // Samples are data; the forms' readers know how people write dates and numbers.
    let data = |path: &str| {
        path.contains("samples")
            || path.contains("/pages/")
            || path.contains("gallery")
            || path.contains("/shell.rs")
            || path.contains("/forms/")
            || path.contains("/kernel/")
    };
    faults("Japanese outside web/locales", data, |line| {
        let code = line.split("//").next().unwrap_or_default();
        japanese(code)
    });
}

#[test]
fn the_map_names_what_exists() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let named: Vec<&str> = map.split('`').skip(1).step_by(2).filter(|n| n.ends_with('/') && !n.contains(['<', '*', ' '])).collect();
    assert!(named.len() >= 15, "the map names only {} folders", named.len());
    let missing: Vec<_> = named.into_iter().filter(|n| !root().join(n).is_dir()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names folders that do not exist: {missing:?}");
    for entry in std::fs::read_dir(root().join("services")).expect("services") {
        let name = format!("services/{}/", entry.expect("entry").file_name().to_string_lossy());
        assert!(map.contains(&format!("`{name}`")), "ARCHITECTURE.md does not name {name}");
    }
}

#[test]
fn nothing_unfinished_and_no_test_skipped() {
    let unfinished = ["todo!(", "unimplemented!(", "FIXME", "XXX"];
    faults("unfinished", |_| false, |line| unfinished.iter().any(|u| line.contains(u)));
    for folder in ["services", "web/src", "infra", "tests", "migrations"] {
        for (path, text) in files(folder, "rs") {
            let marker = format!("#[{}]", "ignore");
            assert!(!text.contains(&marker) && !text.contains(&format!("#[{} =", "ignore")), "{path} skips a test");
        }
    }
}

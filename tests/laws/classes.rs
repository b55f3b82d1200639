//! Every class of failure has a regression test in the tree, or a reason why there is no door for it yet.

use crate::root;

/// Rows `| F1 | class | tests |` of the table in the attack's README.
fn rows() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(root().join("tests/attack/README.md")).expect("tests/attack/README.md");
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    text.lines().filter(|l| l.starts_with("| F")).map(cells).filter(|c| c.len() >= 5).map(|c| (c[1].clone(), c[3].clone())).collect()
}

/// What stands in backticks as `path::test`.
fn named(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::")).collect()
}

#[test]
fn every_class_of_failure_has_a_test_that_exists_or_no_door() {
    let rows = rows();
    let classes: Vec<&str> = rows.iter().map(|(class, _)| class.as_str()).collect();
    let wanted: Vec<String> = (1..=22).map(|n| format!("F{n}")).collect();
    assert_eq!(classes, wanted, "the table has one row for each class, in order");
    let mut faults = Vec::new();
    for (class, cell) in &rows {
        let tests = named(cell);
        if tests.is_empty() && !cell.starts_with("no door:") {
            faults.push(format!("{class} names neither a test nor why there is no door"));
        }
        for (path, test) in tests {
            let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
            let Some(at) = text.find(&format!("fn {test}(")) else {
                faults.push(format!("{class}: there is no {test} in {path}"));
                continue;
            };
            // It is a test, and not a helper of that name.
            let above = text[..at].lines().rev().take(4).any(|l| l.trim_start().starts_with("#[test]") || l.contains("#[tokio::test"));
            if !above {
                faults.push(format!("{class}: {test} in {path} is no test"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

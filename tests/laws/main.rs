//! Laws of the house that need no service: who may depend on whom, where SQL and the clock live, which routes are open,
//! that the map names what exists.

mod classes;
mod floors;
mod places;
mod routes;

use std::path::PathBuf;

pub use tests::golden;

/// The repository's root.
pub fn root() -> PathBuf {
    tests::root()
}

/// All files below `folder` with this ending, with their path from the root.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                if !matches!(path.file_name().and_then(|n| n.to_str()), Some("target" | "node_modules" | ".local")) {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|e| e == ending) {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push((name, std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))));
            }
        }
    }
    found.sort();
    found
}

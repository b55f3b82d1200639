//! Reviewed files.

use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests stand in the root").to_path_buf()
}

/// Compares with a reviewed file; `TOMOSHIBI_WRITE_GOLDEN=1` writes it, and the diff is then read line by line.
#[allow(clippy::disallowed_methods, reason = "a test may be told to write its golden file")]
pub fn golden(name: &str, now: &str) {
    let path = root().join("tests/golden").join(name);
    if std::env::var_os("TOMOSHIBI_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
        std::fs::write(&path, now).expect("golden file");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept != now {
        let missing: Vec<&str> = now.lines().filter(|l| !kept.lines().any(|k| k == *l)).collect();
        let gone: Vec<&str> = kept.lines().filter(|l| !now.lines().any(|k| k == *l)).collect();
        panic!(
            "tests/golden/{name} differs.\nnot in the reviewed file:\n  {}\nonly in the reviewed file:\n  {}",
            missing.join("\n  "),
            gone.join("\n  ")
        );
    }
}

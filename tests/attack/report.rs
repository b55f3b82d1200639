//! What was tried, how often, what was seen: a part of the attack prints it, and what was found fails the run.

use std::collections::BTreeMap;
use std::time::Instant;

/// At most so many findings of one part are printed; all of them count.
const SHOWN: usize = 40;

/// The report of one part.
pub struct Report {
    title: &'static str,
    began: Instant,
    tried: BTreeMap<String, usize>,
    notes: Vec<String>,
    findings: Vec<String>,
}

impl Report {
    /// An empty one.
    pub fn new(title: &'static str) -> Self {
        println!("\n== {title}");
        Self { title, began: Instant::now(), tried: BTreeMap::new(), notes: vec![], findings: vec![] }
    }

    /// Counts something that was tried.
    pub fn tried(&mut self, what: &str) {
        self.tried_often(what, 1);
    }

    /// The same, several at once.
    pub fn tried_often(&mut self, what: &str, times: usize) {
        *self.tried.entry(what.to_owned()).or_default() += times;
    }

    /// Something worth reading that is no fault.
    pub fn note(&mut self, what: impl Into<String>) {
        self.notes.push(what.into());
    }

    /// Something that must not be.
    pub fn find(&mut self, what: impl Into<String>) {
        self.findings.push(what.into());
    }

    /// A finding unless it holds.
    pub fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.find(what());
        }
    }

    /// Prints it; whether nothing was found. A part that tried nothing has failed.
    pub fn close(mut self) -> bool {
        if self.tried.is_empty() {
            self.find("nothing was tried");
        }
        for (what, times) in &self.tried {
            println!("  tried {times:>6}  {what}");
        }
        for note in &self.notes {
            println!("  seen  {note}");
        }
        for finding in self.findings.iter().take(SHOWN) {
            println!("  FOUND {finding}");
        }
        let verdict = if self.findings.is_empty() { "ok".to_owned() } else { format!("{} FINDINGS", self.findings.len()) };
        println!("  {}: {verdict} ({} s)", self.title, self.began.elapsed().as_secs());
        self.findings.is_empty()
    }
}

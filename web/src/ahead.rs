//! What a page reads, said from its address alone: it travels with the question who is asking (`store::Asking`). The handler asks the same and
//! is answered from what came; where the two differ, it asks for itself.

use crate::request::{Problem, names};
use std::collections::BTreeMap;
use std::str::FromStr;
use store::Asking;
use time::Date;

/// A page that was asked for, by nobody yet.
pub struct Coming<'r> {
    /// Its path.
    pub path: &'r str,
    /// What follows the question mark.
    pub query: &'r str,
    /// The day in Japan.
    pub today: Date,
}

/// What the page at an address reads; nothing when the address is no good, which its handler then says.
pub type Reads = fn(&Coming<'_>) -> Result<Vec<Asking>, Problem>;

impl Coming<'_> {
    /// As [`crate::request::Visit::query`].
    ///
    /// # Errors
    /// As there.
    pub fn query(&self, known: &[&str]) -> Result<BTreeMap<String, String>, Problem> {
        names(self.query, known)
    }

    /// The last part of the path.
    ///
    /// # Errors
    /// `NotFound` when it is no such id.
    pub fn last<T: FromStr>(&self) -> Result<T, Problem> {
        self.path.rsplit('/').next().and_then(|part| part.parse().ok()).ok_or(Problem::NotFound)
    }
}

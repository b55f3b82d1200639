//! Private rows: every statement of this room, in small functions named by what they read or write. Nothing else in the
//! room names sea-orm, a table or a column. No rule is decided here: row security is the floor, `policy` and `workflow`
//! decide, and each statement still names whose rows it means.

pub(crate) mod answerers;
pub(crate) mod attachments;
pub(crate) mod case_drafts;
pub(crate) mod change;
pub(crate) mod consents;
pub(crate) mod counts;
pub(crate) mod drafts;
pub(crate) mod figures;
pub(crate) mod glimpse;
pub(crate) mod header;
pub(crate) mod lists;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod routing;
pub(crate) mod thread;
pub(crate) mod vocabulary;

use store::StoreError;

/// A stored word that the closed list does not know is a defect of ours, never a silent default.
pub(crate) fn word<T: std::str::FromStr<Err = kernel::units::UnknownWord>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: kernel::units::UnknownWord| StoreError::Internal(error.to_string()))
}

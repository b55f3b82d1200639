//! Pages that belong to no room: what is shown when something does not work, and the gallery.

mod conflict;
#[cfg(any(test, feature = "demo"))]
pub(crate) mod gallery;
mod samples;
mod trouble;
mod unsent;

pub use conflict::{Kept, Stale};
pub use trouble::{Absent, Action, Trouble};
pub use unsent::{Again, Carried, Chosen, Typed, Unsent, Why};

use crate::forms::FormEntry;
use crate::page::Entry;
use crate::words::WordList;

/// This room's line in the registry.
pub(crate) fn entries() -> Vec<Entry> {
    let mut all = crate::pages![Absent, Trouble, Stale, Unsent];
    #[cfg(any(test, feature = "demo"))]
    all.extend(crate::pages![gallery::Index, gallery::Specimen, gallery::DenseSpecimen]);
    all.shrink_to_fit();
    all
}

/// This room's forms: the specimen of the gallery alone.
pub(crate) fn form_entries() -> Vec<FormEntry> {
    #[cfg(any(test, feature = "demo"))]
    return crate::forms![gallery::SpecimenForm];
    #[cfg(not(any(test, feature = "demo")))]
    return Vec::new();
}

/// Closed lists named in shared templates.
pub(crate) fn word_lists() -> Vec<WordList> {
    vec![
        WordList::new("shared-role", access::Role::ALL.iter().map(|r| r.word())),
        WordList::new("shared-file", ["waiting", "clean", "infected", "unscannable", "too_large", "refused", "expected", "abandoned"]),
        WordList::new("shared-file-refused", ["type", "size"]),
    ]
}

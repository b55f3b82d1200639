//! Attachments: announced, uploaded straight to the object store, scanned before anybody can open them, served by
//! short-lived signed address only. See `README.md`.

mod commands;
mod kind;
mod policy;
mod queries;
mod rows;
mod scan;

pub use commands::{Announced, FileError, announce, arrived, remove, upload_form};
pub use kind::{Kind, MAX_FILES, MAX_PER_HOUR, sniff};
pub use policy::{Attach, Target};
pub use queries::{
    CaseFiles, FileRow, Opened, Upload, asks_of_consultation, of_consultation, of_draft, of_upload, open, open_again, own_pending,
    place_of_own,
};
pub use scan::{Clamd, Finding, ScanError, Scanner, scan, sweep, sweep_objects};

/// Where signed forms write.
const INCOMING: &str = "incoming/";
/// Where the copies lie that were looked at; nothing else is ever opened.
const KEPT: &str = "kept/";

kernel::words! {
    /// Where the bytes of a file stand. Only `clean` can be opened.
    ScanState {
        Expected = "expected",
        Waiting = "waiting",
        Clean = "clean",
        Infected = "infected",
        Unscannable = "unscannable",
        Refused = "refused",
        Abandoned = "abandoned",
    }
}

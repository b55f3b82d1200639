//! The append-only, hash-chained record: linking it ([`seal`]), proving it ([`verify`]) and reading it ([`read`]).
//!
//! Writing an entry is `store::Tx::audit`, in the transaction of the change. Entries carry a hash of their own content;
//! one sealer per federation links them beside the table, so that no writer ever waits for another.

mod chain;
mod model;
mod read;
mod rows;
mod seal;
mod verify;

pub use model::{AuditError, Broken, Entry, Fault, Filters, Head, LISTED, Verdict};
pub use read::{read, unsealed};
pub use seal::{Sealed, federations, seal};
pub use verify::{verify, verify_against};

//! Words that all rooms share: typed ids, levels, the clock, fiscal years, clean text, secrets and keyset pages.
//!
//! No I/O. Wall clock and randomness are reached through [`Clock`] and [`secret`] only, so that tests can hold both still.

pub mod clock;
pub mod ids;
pub mod locale;
pub mod page;
pub mod secret;
pub mod text;
pub mod units;

pub use clock::{Clock, FiscalYear, Jst};
pub use ids::*;
pub use locale::Locale;
pub use page::{Cursor, Slice};
pub use units::{FederationId, Level, QueueId, UnitId, UnitKind};

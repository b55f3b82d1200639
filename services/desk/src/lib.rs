//! Consultations: a clinic asks, the desk answers. See `README.md` for the words and invariants, `WORKFLOW.md` for the
//! state table as a picture.

pub mod commands;
pub mod disclosure;
mod figures;
mod find;
mod model;
pub mod policy;
pub mod queries;
mod rows;
mod trace;
mod view;
mod workflow;

pub use commands::{Asked, Changed, VerbError};
pub use figures::{AreaFigures, AreaRow, Figures};
pub use find::{Opened, find, find_for_update, open, open_whole, whole_asks};
pub use model::{Answers, Care, Class, Consultation, Draft, Line, Missing, Outcome, Privacy, Receiver, Side, State, Step, Turn};
pub use policy::{
    AcceptOffer, Ask, AskBack, Assign, Close, Consent, DeclineOffer, DeskPolicy, Facts, OfferLine, ReadHeader, ReadNotes, ReadText, Reopen,
    Reply, RequesterReply, Resolve, Resume, SetPrivacy, Triage, Verb, WaitThird, Who, WithdrawOffer, WriteNote,
};
pub use trace::Trace;
pub use workflow::{RULES, Rule, available, diagram, next_state};

/// Days after resolution or closing within which a consultation may be reopened (`consultation.md` section 6).
pub const REOPEN_DAYS: i64 = 30;

//! The stage on which tests play: a fresh database for each, copied from a migrated one in which the demo story's ground
//! has been told, connected to as the application roles; people who act through the real router; a clock that stands still.

mod abroad;
pub mod archives;
mod browser;
mod form;
mod gate;
mod golden;
mod hearing;
mod issuer;
mod peer;
mod person;
mod post_office;
mod running;
mod stage;
mod store;
mod stream;

pub use abroad::{Abroad, form};
pub use browser::Browser;
pub use form::Form;
pub use gate::Gate;
pub use golden::{golden, root};
pub use hearing::hear;
pub use issuer::{Issuer, Known, claims_of};
pub use peer::{LogoutPost, Peer};
pub use person::{Page, Person, fields, open_session};
pub use post_office::PostOffice;
pub use running::{Running, free_address, until};
pub use stage::{Stage, service};
pub use stream::{Heard, Stream};

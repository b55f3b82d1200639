//! The only owner of a connection pool. A transaction can only be opened for an actor ([`Db::begin`], [`Db::read`],
//! [`Db::begin_witnessed`]) or for system work from a closed list ([`Db::begin_system`]); the row scope is set here and
//! nowhere else, by the database's own function, from the live seat (locks 1 and 3 of the four).

mod ahead;
mod audit;
mod db;
mod doors;
mod error;
mod in_turn;
mod jobs;
mod line;
mod live;
mod outbox;
mod pulse;
mod tx;

pub use ahead::Asking;
pub use audit::{AuditEntry, content_hash};
pub use db::{Db, PoolSettings, SystemReason};
pub use doors::Door;
pub use error::StoreError;
pub use in_turn::{Column, InTurn};
pub use jobs::{JOB_QUEUE_SCHEMA, Job, prepare_job_queue};
pub use live::{Doing, Heard, Listener, News};
pub use outbox::Event;
pub use tx::{Scope, Tx};

//! What can go wrong at the database, in the few kinds that a caller can act on.

use deadpool::managed::{PoolError, TimeoutType};
use sea_orm::{DbErr, RuntimeErr};

/// A failure of the store. The status law: `Gone` → sign in again, `Denied` → 404 or 403 by the caller's policy,
/// `Conflict` → 409, `Busy` and `Unreachable` → 503, `Internal` → 500.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The session or its seat ended between reading the cookie and opening the transaction.
    #[error("the session is no longer live")]
    Gone,
    /// Row-level security or a missing grant refused the statement (SQLSTATE 42501).
    #[error("refused by row security")]
    Denied,
    /// A constraint refused the change; names the constraint.
    #[error("constraint {0}")]
    Conflict(String),
    /// A lock, a serialisation conflict, a timeout or a full pool: the same request may succeed later.
    #[error("busy: {0}")]
    Busy(String),
    /// No connection to the database.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// Anything else; ours to mend.
    #[error("database: {0}")]
    Internal(String),
}

impl StoreError {
    /// True when the named constraint refused the change.
    pub fn is_conflict(&self, constraint: &str) -> bool {
        matches!(self, Self::Conflict(name) if name == constraint)
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause))
            | DbErr::Conn(RuntimeErr::SqlxError(cause)) => from_sqlx(cause).unwrap_or_else(|| Self::Internal(error.to_string())),
            _ => Self::Internal(error.to_string()),
        }
    }
}

impl From<PoolError<sqlx::Error>> for StoreError {
    fn from(error: PoolError<sqlx::Error>) -> Self {
        match error {
            PoolError::Backend(cause) => cause.into(),
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy("no free connection".into()),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        from_sqlx(&error).unwrap_or_else(|| Self::Internal(error.to_string()))
    }
}

fn from_sqlx(error: &sqlx::Error) -> Option<StoreError> {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Some(StoreError::Unreachable(error.to_string())),
        sqlx::Error::Database(cause) => Some(match cause.code().as_deref().unwrap_or_default() {
            "42501" => StoreError::Denied,
            code if code.starts_with("23") => StoreError::Conflict(cause.constraint().unwrap_or(code).to_owned()),
            // The last two: a prepared statement that a pooler has on another connection; the next one is not prepared ahead.
            "40001" | "40P01" | "55P03" | "57014" | "53300" | "26000" | "42P05" => StoreError::Busy(cause.message().to_owned()),
            // No connection is given out: the server stops or starts, the database takes none, is not there, or our login is refused.
            code if ["08", "28", "57P", "55000", "3D000"].iter().any(|c| code.starts_with(c)) => {
                StoreError::Unreachable(cause.message().to_owned())
            }
            // A value that does not fit is quoted in the message, and messages are logged.
            code if code.starts_with("22") => StoreError::Internal(format!("{code} a value does not fit")),
            code => StoreError::Internal(format!("{code} {}", cause.message())),
        }),
        // Our own, as sea-orm brings it back.
        sqlx::Error::AnyDriverError(cause) => cause.downcast_ref::<StoreError>().cloned(),
        _ => None,
    }
}

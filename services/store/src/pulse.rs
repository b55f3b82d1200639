//! What is known of a pool's connections: how many statements were sent, and when one was last found broken.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by a pool and its transactions.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    statements: AtomicU64,
    broken: Mutex<Option<Instant>>,
}

impl Pulse {
    pub fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Takes note of a connection that broke, and hands the result on.
    pub fn heed<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if result.as_ref().is_err_and(is_broken) {
            *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        result
    }

    /// Whether a connection of this age was there when another one broke: it has to be asked before it is used.
    pub fn doubts(&self, age: Duration) -> bool {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|at| age > at.elapsed())
    }
}

/// The connection is gone, or the server is about to end it.
fn is_broken(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_a_break_is_doubted() {
        let pulse = Pulse::default();
        assert!(!pulse.doubts(Duration::from_secs(60)));
        let broken = sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert!(pulse.heed::<()>(Err(broken)).is_err());
        assert!(pulse.doubts(Duration::from_secs(60)));
        assert!(!pulse.doubts(Duration::ZERO));
    }
}

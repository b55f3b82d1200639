//! Listening to what the portal logs, on the thread of one test.

use std::sync::LazyLock;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Subscriber};

/// While there is one subscriber in the process, tracing asks the thread that comes by first whether anybody wants an event:
/// another test's thread, which says "nobody", for all. With a second one in the process each is asked.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Gives a subscriber everything that is logged on this thread until the guard is dropped.
pub fn hear(subscriber: impl Subscriber + Send + Sync + 'static) -> DefaultGuard {
    LazyLock::force(&ANOTHER);
    tracing::subscriber::set_default(subscriber)
}

//! When "not found" is answered: on a clock of its own. A hidden row is found before its row rule refuses it, an absent one
//! never, and both are 404 with the same bytes; what the finding took must not be told by the time of the answer either (F3).

use std::time::Duration;
use tokio::time::Instant;

/// Waits until the moment of such an answer, for a request that came at `came`. It holds nothing meanwhile but the answer.
pub async fn until_its_moment(came: Instant, step: Duration) {
    tokio::time::sleep_until(came + after(came.elapsed(), step)).await;
}

/// How long after its request an answer that took so long is given: after one step, two, four, eight …, the first that lies
/// ahead. Doubled and not counted on: on a busy day there are few borders at which a little more would be seen.
fn after(took: Duration, step: Duration) -> Duration {
    let mut after = step.max(Duration::from_millis(1));
    while after <= took {
        after *= 2;
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(50);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn whatever_takes_less_than_a_step_is_answered_at_the_step() {
        assert!([0, 1, 3, 49].into_iter().all(|took| after(ms(took), STEP) == ms(50)));
    }

    #[test]
    fn whatever_takes_longer_is_answered_at_the_next_doubling() {
        let told: Vec<Duration> = [50, 99, 100, 199, 200, 5_000].into_iter().map(|took| after(ms(took), STEP)).collect();
        assert_eq!(told, [100, 100, 200, 200, 400, 6_400].map(ms));
    }
}

//! Chance that is the same in every run: seeded, skewed as in life.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// A generator for one numbered part of the load.
pub struct Dice(StdRng);

impl Dice {
    /// `part` tells the streams apart.
    pub fn of(part: u64) -> Self {
        Self(StdRng::seed_from_u64(0x7010_0518 ^ part.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// Less than `n`, evenly.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.gen_range(0..n)
    }

    /// Less than `n`, small numbers far more often: a few clinics ask a hundred times, most hardly ever.
    pub fn skewed(&mut self, n: usize) -> usize {
        let u: f64 = self.0.r#gen();
        ((n as f64 * u.powf(1.6)) as usize).min(n - 1)
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.0.gen_ratio(per_mille, 1000)
    }
}

/// An id in time order (UUIDv7) that the same numbers always give; `kind` below 4096.
pub fn id(kind: u16, at: time::OffsetDateTime, n: u64) -> Uuid {
    let millis = (at.unix_timestamp_nanos() / 1_000_000) as u64;
    let high = (millis << 16) | 0x7000 | u64::from(kind & 0x0fff);
    Uuid::from_u64_pair(high, 0x8000_0000_0000_0000 | n)
}

/// The number that an id was made from.
pub fn serial(id: Uuid) -> u64 {
    id.as_u64_pair().1 & !0x8000_0000_0000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_in_order_of_time_and_stay_the_same() {
        let at = time::macros::datetime!(2026-01-01 00:00 UTC);
        let (a, b) = (id(3, at, 1), id(3, at + time::Duration::seconds(1), 0));
        assert_eq!((a.get_version_num(), a), (7, id(3, at, 1)));
        assert!(a < b && a != id(4, at, 1));
        assert_eq!((serial(a), serial(b)), (1, 0));
    }

    #[test]
    fn chance_is_skewed_and_the_same_in_every_run() {
        let draw = || {
            let mut dice = Dice::of(1);
            (0..1000).map(|_| dice.skewed(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        assert!(draw().iter().filter(|n| **n < 250).count() > 380);
    }
}

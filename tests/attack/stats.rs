//! Whether two ways of answering take equally long, by paired times taken in one run.

use rand::Rng;
use rand::rngs::StdRng;

/// Sign flips of a permutation test.
const FLIPS: usize = 2_000;

/// The median (the upper one of two); of nothing, zero.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

/// What chance makes of paired differences: their median, and how large a median is when every sign is thrown anew.
pub struct Paired {
    /// The median difference.
    pub median: f64,
    /// A median that chance alone reaches in one of a thousand throws.
    pub chance: f64,
    /// In how many of all throws chance reaches this median or more.
    pub p: f64,
}

impl Paired {
    /// Of these differences.
    pub fn of(differences: &[f64], dice: &mut StdRng) -> Self {
        let median_ = median(differences);
        let mut thrown: Vec<f64> = (0..FLIPS)
            .map(|_| {
                let flipped: Vec<f64> = differences.iter().map(|d| if dice.r#gen::<bool>() { *d } else { -d }).collect();
                median(&flipped).abs()
            })
            .collect();
        thrown.sort_by(f64::total_cmp);
        let as_large = thrown.iter().filter(|m| **m >= median_.abs()).count();
        Self { median: median_, chance: thrown[FLIPS - FLIPS / 1000], p: (as_large + 1) as f64 / (FLIPS + 1) as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_steady_difference_is_told_from_noise_and_noise_is_not() {
        let mut dice = StdRng::seed_from_u64(7);
        let noise: Vec<f64> = (0..200).map(|_| dice.gen_range(-1.0..1.0)).collect();
        let none = Paired::of(&noise, &mut dice);
        assert!(none.median.abs() < none.chance && none.p > 0.001, "{} {}", none.median, none.p);
        let slower: Vec<f64> = noise.iter().map(|n| n + 0.6).collect();
        let some = Paired::of(&slower, &mut dice);
        assert!(some.median > some.chance && some.p < 0.001, "{} {}", some.median, some.p);
    }
}

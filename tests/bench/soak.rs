//! Whether the portal's memory grows while people read for ten minutes.

use crate::cpu;
use crate::load;
use crate::report::{Bound, Report};
use crate::site::{Reader, Site};
use std::sync::Arc;
use std::time::Duration;

/// One look at the memory after the other: so many in the whole time.
const EVERY: u32 = 120;
/// Of the time this part is for the portal to settle: pools, caches of plans and the allocator's own pages.
const SETTLES: u32 = 5;
/// Looks that are taken together, so that one odd moment decides nothing.
const LOOKS: usize = 12;
/// What still counts as none, in megabytes: in ten minutes of some hundred thousand requests not even four bytes of each.
const NONE: f64 = 2.0;
/// Connections for each kind of page: enough to keep both cores busy.
const CONNECTIONS: usize = 8;

pub async fn measure(report: &mut Report, site: &Site, pages: Vec<Arc<Vec<Reader>>>, length: Duration) {
    for readers in &pages {
        // Other parts may have changed what they show.
        load::warm(&site.address, readers).await;
    }
    let mut hands = tokio::task::JoinSet::new();
    for readers in pages {
        let address = site.address.clone();
        hands.spawn(async move { load::at_once(&address, readers, CONNECTIONS, length).await * length.as_secs_f64() });
    }
    tokio::time::sleep(length / SETTLES).await;
    let (mut looks, mut requests) = (Vec::new(), 0.0);
    while !hands.is_empty() {
        tokio::select! {
            Some(hand) = hands.join_next() => requests += hand.expect("a hand of the load"),
            () = tokio::time::sleep(length / EVERY) => looks.push(cpu::resident(site.process()) as f64 / 1_048_576.0),
        }
    }
    let grown = growth(&looks).unwrap_or(f64::NAN);
    let beside = format!(
        "{} s of reading, {requests:.0} requests; the middle of the last {LOOKS} of {} looks less that of the first {LOOKS}, after {} s to settle",
        length.as_secs(),
        looks.len(),
        (length / SETTLES).as_secs()
    );
    report.add("memory: growth while people read", grown, "MB", Some((Bound::AtMost, NONE)), beside);
    let most = looks.iter().copied().fold(0.0, f64::max);
    report.add("memory: most of it while people read", most, "MB", Some((Bound::AtMost, 150.0)), "");
}

/// By how much the memory has grown: the middle one of the last looks less the middle one of the first. None when there are not enough of
/// them to have a first and a last.
fn growth(looks: &[f64]) -> Option<f64> {
    let middle = |looks: &[f64]| {
        let mut looks = looks.to_vec();
        looks.sort_by(f64::total_cmp);
        looks[looks.len() / 2]
    };
    (looks.len() >= LOOKS * 2).then(|| middle(&looks[looks.len() - LOOKS..]) - middle(&looks[..LOOKS]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ninety-six looks, five seconds apart: as many as ten minutes have once two have passed.
    fn series(at: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..96).map(|n| at(f64::from(n) * 5.0)).collect()
    }

    fn grows(looks: &[f64]) -> bool {
        growth(looks).is_none_or(|grown| grown > NONE)
    }

    #[test]
    fn what_leaks_is_found() {
        // Eight bytes of each of a thousand requests a second: 8 kB/s on 60 MB.
        assert!(grows(&series(|second| 60.0 + second * 8_000.0 / 1_048_576.0)));
        // A leak under the noise of an allocator that gives back and takes anew.
        assert!(grows(&series(|second| 60.0 + second * 0.01 + (second * 7.0).sin())));
        // What is taken once and for good, in the middle of the run.
        assert!(grows(&series(|second| if second < 240.0 { 60.0 } else { 63.0 })));
    }

    #[test]
    fn what_stays_is_left_alone() {
        assert!(!grows(&series(|_| 60.0)));
        assert!(!grows(&series(|second| 60.0 + (second * 7.0).sin())));
        // One odd look, and memory that is given back.
        assert!(!grows(&series(|second| if second == 470.0 { 90.0 } else { 60.0 })));
        assert!(!grows(&series(|second| 60.0 - second / 100.0)));
    }

    #[test]
    fn too_few_looks_prove_nothing() {
        assert_eq!(growth(&[60.0; 23]), None);
        assert_eq!(growth(&[60.0; 24]), Some(0.0));
    }
}

//! Whether the portal's memory grows while people read for ten minutes.

use crate::cpu;
use crate::load;
use crate::report::{Bound, Report};
use crate::site::{Reader, Site};
use std::sync::Arc;
use std::time::Duration;

/// How long they read, and how long of it the portal has to settle: pools, caches of plans and the allocator's own pages.
const LENGTH: Duration = Duration::from_secs(600);
const SETTLES: Duration = Duration::from_secs(120);
/// One look at the memory after the other.
const EVERY: Duration = Duration::from_secs(5);
/// Looks that are taken together, so that one odd moment decides nothing.
const LOOKS: usize = 12;
/// Readers at once: enough to keep both cores busy.
const CONNECTIONS: usize = 8;

pub async fn measure(report: &mut Report, site: &Site, pages: Vec<Arc<Vec<Reader>>>) {
    let mut hands = tokio::task::JoinSet::new();
    for readers in pages {
        let address = site.address.clone();
        hands.spawn(async move { load::at_once(&address, readers, CONNECTIONS, LENGTH).await });
    }
    tokio::time::sleep(SETTLES).await;
    let mut looks = Vec::new();
    while !hands.is_empty() {
        tokio::select! {
            Some(hand) = hands.join_next() => drop(hand.expect("a hand of the load")),
            () = tokio::time::sleep(EVERY) => looks.push(cpu::resident(site.process()) as f64 / 1_048_576.0),
        }
    }
    let typical = |looks: &[f64]| {
        let mut looks = looks.to_vec();
        looks.sort_by(f64::total_cmp);
        looks[looks.len() / 2]
    };
    let (first, last) = (typical(&looks[..LOOKS]), typical(&looks[looks.len() - LOOKS..]));
    let beside =
        format!("{} minutes of reading: {first:.1} MB after {} s, {last:.1} MB at the end", LENGTH.as_secs() / 60, SETTLES.as_secs());
    report.add("memory: growth while people read", last - first, "MB", Some((Bound::AtMost, 2.0)), beside);
}

//! What this process has heard, in order, and who is there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Doing, News};
use time::{Duration, OffsetDateTime};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

/// How much is kept for streams that come back: minutes on the busiest day.
const KEPT: usize = 8_192;
/// How many news a stream may be behind before it is told that it has missed some.
const BEHIND: usize = 1_024;
/// How long somebody counts as there after the last sign of it.
const VIEWS: Duration = Duration::seconds(40);
/// How long somebody counts as writing after the last key.
const WRITES: Duration = Duration::seconds(8);

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// Something moved.
    News(News),
    /// Something may have happened that was not heard.
    Gap,
}

/// One thing that was heard, with its place in the order.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its place, from 1.
    pub seq: u64,
    /// What.
    pub what: What,
}

/// Somebody at an open case.
#[derive(Default)]
struct Sign {
    /// Their open pages of it, with the last sign of each.
    pages: BTreeMap<Uuid, OffsetDateTime>,
    wrote: Option<OffsetDateTime>,
}

struct Heard {
    last: u64,
    kept: VecDeque<Arc<Told>>,
    here: BTreeMap<Uuid, BTreeMap<Uuid, Sign>>,
}

/// The news of one process. Places in its order begin with a word of its own: those of another process mean nothing here.
pub struct Hub {
    heard: Mutex<Heard>,
    news: broadcast::Sender<Arc<Told>>,
    process: String,
    stop: watch::Sender<bool>,
}

/// Where a stream begins.
pub struct Joined {
    /// What was told since its page was read; None when that cannot be known.
    pub missed: Option<Vec<Arc<Told>>>,
    /// What follows.
    pub news: broadcast::Receiver<Arc<Told>>,
    /// Turns true when the process ends.
    pub stop: watch::Receiver<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            heard: Mutex::new(Heard { last: 0, kept: VecDeque::new(), here: BTreeMap::new() }),
            news: broadcast::channel(BEHIND).0,
            process: kernel::secret::new_key()[..12].to_owned(),
            stop: watch::channel(false).0,
        }
    }
}

impl Hub {
    /// Passes on what was heard at `now`.
    pub fn tell(&self, what: What, now: OffsetDateTime) {
        let mut heard = self.lock();
        if let What::News(news) = &what {
            heard.note(news, now);
        }
        heard.last += 1;
        let told = Arc::new(Told { seq: heard.last, what });
        if heard.kept.len() == KEPT {
            heard.kept.pop_front();
        }
        heard.kept.push_back(told.clone());
        // Nobody has a page open: nobody is told.
        let _ = self.news.send(told);
    }

    /// The place that a page which is read from now on has in the order.
    pub fn mark(&self) -> String {
        self.place(self.lock().last)
    }

    /// A place as addresses and event ids say it.
    pub fn place(&self, seq: u64) -> String {
        format!("{}-{seq}", self.process)
    }

    /// Joins after a place.
    pub fn join(&self, after: &str) -> Joined {
        let heard = self.lock();
        let news = self.news.subscribe();
        let since = after.split_once('-').filter(|(process, _)| *process == self.process).and_then(|(_, seq)| seq.parse::<u64>().ok());
        let missed =
            since.filter(|since| heard.reaches(*since)).map(|since| heard.kept.iter().filter(|t| t.seq > since).cloned().collect());
        Joined { missed, news, stop: self.stop.subscribe() }
    }

    /// The seats at a case at `now`, and what they do.
    pub fn here(&self, case: Uuid, now: OffsetDateTime) -> Vec<(Uuid, Doing)> {
        let heard = self.lock();
        let signs = heard.here.get(&case).into_iter().flatten();
        signs.filter_map(|(seat, sign)| sign.doing(now).map(|doing| (*seat, doing))).collect()
    }

    /// Ends all streams.
    pub fn close(&self) {
        // No stream is open: nothing to end.
        let _ = self.stop.send(true);
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sign {
    fn doing(&self, now: OffsetDateTime) -> Option<Doing> {
        if self.wrote.is_some_and(|wrote| now - wrote <= WRITES) {
            return Some(Doing::Writes);
        }
        let mut signs = self.pages.values().copied().chain(self.wrote);
        signs.any(|seen| now - seen <= VIEWS).then_some(Doing::Views)
    }

    /// Nobody is gone as long as another page of theirs is open.
    fn leave(&mut self, page: Uuid, now: OffsetDateTime) {
        self.pages.retain(|open, seen| *open != page && now - *seen <= VIEWS);
        if self.pages.is_empty() {
            self.wrote = None;
        }
    }
}

impl Heard {
    /// Whether everything after a place is still kept.
    fn reaches(&self, since: u64) -> bool {
        since <= self.last && self.kept.front().is_none_or(|first| first.seq <= since + 1)
    }

    fn note(&mut self, news: &News, now: OffsetDateTime) {
        let (Some(doing), Some(seat)) = (news.doing, news.seat) else { return };
        let signs = self.here.entry(news.case).or_default();
        let (sign, page) = (signs.entry(seat).or_default(), news.page.unwrap_or_default());
        match doing {
            Doing::Left => sign.leave(page, now),
            Doing::Views => drop(sign.pages.insert(page, now)),
            Doing::Writes => sign.wrote = Some(now),
        }
        signs.retain(|_, sign| sign.doing(now).is_some());
        if signs.is_empty() {
            self.here.remove(&news.case);
        }
        // Cases that nobody gives a sign of any more are swept now and then.
        if self.last.is_multiple_of(256) {
            self.here.retain(|_, signs| signs.values().any(|sign| sign.doing(now).is_some()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-17 00:12 UTC);

    fn news(case: u128, doing: Option<Doing>) -> What {
        at_page(case, doing, None)
    }

    fn at_page(case: u128, doing: Option<Doing>, page: Option<u128>) -> What {
        What::News(News {
            case: Uuid::from_u128(case),
            federation: 1,
            seat: Some(Uuid::from_u128(9)),
            units: vec![],
            queues: vec![],
            areas: vec![],
            doing,
            page: page.map(Uuid::from_u128),
        })
    }

    fn missed(hub: &Hub, after: &str) -> Option<Vec<u64>> {
        hub.join(after).missed.map(|told| told.iter().map(|t| t.seq).collect())
    }

    #[test]
    fn a_page_hears_what_was_told_since_it_was_read() {
        let hub = Hub::default();
        let mark = hub.mark();
        assert_eq!(missed(&hub, &mark), Some(vec![]));
        hub.tell(news(1, None), NOW);
        hub.tell(What::Gap, NOW);
        assert_eq!(missed(&hub, &mark), Some(vec![1, 2]));
        assert_eq!(missed(&hub, &hub.mark()), Some(vec![]));
    }

    #[test]
    fn what_cannot_be_known_is_said() {
        let hub = Hub::default();
        let mark = hub.mark();
        for n in 0..=KEPT as u128 {
            hub.tell(news(n, None), NOW);
        }
        for unknown in [mark.as_str(), "", "x-1", "-", &hub.place(u64::MAX), &Hub::default().mark()] {
            assert_eq!(missed(&hub, unknown), None, "{unknown}");
        }
        assert_eq!(missed(&hub, &hub.place(1)).map(|m| m.len()), Some(KEPT));
    }

    #[tokio::test]
    async fn nothing_is_lost_or_doubled_between_what_was_missed_and_what_follows() {
        let hub = Hub::default();
        hub.tell(news(1, None), NOW);
        let mut joined = hub.join(&hub.place(0));
        hub.tell(news(2, None), NOW);
        assert_eq!(joined.missed.map(|m| m.len()), Some(1));
        assert_eq!(joined.news.recv().await.map(|t| t.seq), Ok(2));
    }

    #[test]
    fn who_is_there_is_forgotten_by_itself() {
        let (hub, case) = (Hub::default(), Uuid::from_u128(1));
        hub.tell(news(1, Some(Doing::Writes)), NOW);
        let at = |seconds| hub.here(case, NOW + Duration::seconds(seconds)).first().map(|(_, doing)| *doing);
        assert_eq!(
            (at(0), at(8), at(9), at(40), at(41)),
            (Some(Doing::Writes), Some(Doing::Writes), Some(Doing::Views), Some(Doing::Views), None)
        );
        hub.tell(news(1, Some(Doing::Left)), NOW);
        assert_eq!(at(0), None);
    }

    #[test]
    fn whoever_closes_one_of_two_pages_is_still_there() {
        let (hub, case) = (Hub::default(), Uuid::from_u128(1));
        let at = |seconds| hub.here(case, NOW + Duration::seconds(seconds)).first().map(|(_, doing)| *doing);
        for page in [1, 2] {
            hub.tell(at_page(1, Some(Doing::Views), Some(page)), NOW);
        }
        hub.tell(at_page(1, Some(Doing::Left), Some(1)), NOW);
        assert_eq!(at(40), Some(Doing::Views));
        hub.tell(at_page(1, Some(Doing::Left), Some(2)), NOW);
        assert_eq!(at(0), None);
        // A page that was never heard of again does not keep its reader there either.
        hub.tell(at_page(1, Some(Doing::Views), Some(3)), NOW);
        hub.tell(at_page(1, Some(Doing::Views), Some(4)), NOW + Duration::seconds(41));
        hub.tell(at_page(1, Some(Doing::Left), Some(4)), NOW + Duration::seconds(42));
        assert_eq!(at(42), None);
    }
}

//! One open page: a stream that says what has moved, until its reader may not read any more.

use super::hub::{Joined, Told, What};
use crate::request::{Answer, Cx, Problem};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::{News, Tx};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;
use tracing::Instrument;

/// How often a stream asks whether its reader still sits in the seat: a lost seat ends it within 5 s.
const BEAT: Duration = Duration::from_secs(3);
/// What comes in together is read together.
const GATHER: Duration = Duration::from_millis(150);
/// A comment now and then, so that no proxy takes a quiet stream for a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a stream waits before it asks a busy database again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long it waits for somebody who does not take what is said, before it lets them go: the browser comes back by itself, and
/// nothing is asked about its reader meanwhile. With a beat it stays within 5 s.
const SLOW: Duration = Duration::from_secs(2);

/// Something for the page, in the reader's words.
pub struct Saying {
    /// Event name; the page's script knows it.
    pub event: &'static str,
    /// What it says.
    pub data: String,
}

/// Browsers pass over an event without data.
const NOTHING: &str = "{}";

impl Saying {
    /// Something may have changed that the stream cannot tell.
    pub fn gap() -> Self {
        Self { event: "gap", data: NOTHING.to_owned() }
    }
}

/// What an open page follows. A page that would not be given any more answers `NotFound` or `Forbidden`, as its handler would.
pub trait Followed: Send + Sync + 'static {
    /// Whether a stream that comes back begins where its page was read, because it says what is different from the page; otherwise
    /// it goes on after what it said last.
    const FROM_PAGE: bool;
    /// Whether news may concern the page. A hint that spares reading, never a right.
    fn concerns(&self, cx: &Cx, news: &News) -> bool;
    /// Reads, in the reader's own scope, what became of what moved.
    fn read(&mut self, cx: &Cx, tx: &Tx, news: &[News]) -> impl Future<Output = Result<Vec<Saying>, Problem>> + Send;
    /// Every few seconds, and at the beginning.
    fn beat(&mut self, cx: &Cx, tx: &Tx) -> impl Future<Output = Result<Vec<Saying>, Problem>> + Send;
    /// What colleagues are told when the page is closed.
    fn farewell(&self, cx: &Cx) -> Option<News>;
}

/// Answers with a stream that goes on after `since`, or after the last event that the browser has had.
pub fn follow<F: Followed>(cx: Cx, headers: &HeaderMap, since: &str, followed: F) -> Answer {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|_| !F::FROM_PAGE);
    let joined = cx.app.live.join(last.unwrap_or(since));
    let (out, events) = mpsc::channel(16);
    let stream = Stream { cx, followed, out, place: String::new() };
    tokio::spawn(stream.run(joined).instrument(tracing::Span::current()));
    let events = futures::stream::unfold(events, |mut events| async { events.recv().await.map(|event| (event, events)) });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A proxy that gathers before it passes on would make news of an hour ago.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

struct Stream<F> {
    cx: Cx,
    followed: F,
    out: mpsc::Sender<Result<Event, Infallible>>,
    /// Up to where the reader has been told.
    place: String,
}

/// Why a stream ends.
enum End {
    /// The reader has closed the page, or the process ends.
    Closed,
    /// The reader does not sit in the seat any more.
    Gone,
    /// The reader sits there, and the page is not theirs to read any more.
    Over,
}

/// What a quiet stream wakes up for.
enum Woken {
    Closed,
    Beat,
    Told(Result<Arc<Told>, RecvError>),
}

/// Resolves when the process ends.
async fn ended(stop: &mut watch::Receiver<bool>) {
    // An error means that the teller is gone, which is the same news.
    let _ = stop.wait_for(|stop| *stop).await.is_ok();
}

impl<F: Followed> Stream<F> {
    async fn run(mut self, joined: Joined) {
        metrics::gauge!("portal_live_streams").increment(1.0);
        let word = match self.go_on(joined).await {
            Err(End::Gone) => Some("gone"),
            Err(End::Over) => Some("over"),
            Ok(()) | Err(End::Closed) => None,
        };
        if let Some(event) = word {
            // The browser has left as well: nobody to tell.
            let _ = self.say(Saying { event, data: NOTHING.to_owned() }).await;
        }
        if let Some(news) = self.followed.farewell(&self.cx)
            && self.tell(&news).await.is_err()
        {
            // Whoever has lost the seat tells nobody any more: here it is known at once, elsewhere the sign runs out by itself.
            self.cx.app.live.tell(What::News(news), self.cx.app.clock.now());
        }
        metrics::gauge!("portal_live_streams").decrement(1.0);
    }

    async fn tell(&mut self, news: &News) -> Result<(), Problem> {
        let tx = self.cx.arrive_anew().await?;
        tx.tell_live(news).await?;
        Ok(tx.commit().await?)
    }

    async fn go_on(&mut self, joined: Joined) -> Result<(), End> {
        let Joined { missed, mut news, mut stop } = joined;
        let mut waiting = match missed {
            Some(missed) => missed,
            None => {
                self.gap().await?;
                Vec::new()
            }
        };
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if waiting.is_empty() {
                let woken = tokio::select! {
                    () = self.out.closed() => Woken::Closed,
                    () = ended(&mut stop) => Woken::Closed,
                    _ = beat.tick() => Woken::Beat,
                    told = news.recv() => Woken::Told(told),
                };
                match woken {
                    Woken::Closed | Woken::Told(Err(RecvError::Closed)) => return Err(End::Closed),
                    Woken::Beat => self.beat().await?,
                    Woken::Told(Ok(told)) => waiting.push(told),
                    Woken::Told(Err(RecvError::Lagged(_))) => self.gap().await?,
                }
                if waiting.is_empty() {
                    continue;
                }
                tokio::time::sleep(GATHER).await;
            }
            loop {
                match news.try_recv() {
                    Ok(told) => waiting.push(told),
                    Err(TryRecvError::Lagged(_)) => self.gap().await?,
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            if self.read(&waiting).await? {
                waiting.clear();
            } else {
                // That something is missing has been said.
                waiting.retain(|told| matches!(told.what, What::News(_)));
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    /// Reads what became of what was told; false when the database is busy and has to be asked again.
    async fn read(&mut self, told: &[Arc<Told>]) -> Result<bool, End> {
        let mut concerned: Vec<News> = Vec::new();
        for told in told {
            match &told.what {
                What::Gap => self.gap().await?,
                What::News(news) if self.followed.concerns(&self.cx, news) => concerned.push(news.clone()),
                What::News(_) => {}
            }
        }
        if let Some(last) = told.last() {
            self.place = self.cx.app.live.place(last.seq);
        }
        if concerned.is_empty() {
            return Ok(true);
        }
        let sayings = self.ask(Some(&concerned)).await;
        self.say_all(sayings).await
    }

    async fn beat(&mut self) -> Result<(), End> {
        let sayings = self.ask(None).await;
        self.say_all(sayings).await.map(drop)
    }

    /// Asks what there is to say, as the reader that the session names now: queues are given and taken while a page is open.
    async fn ask(&mut self, news: Option<&[News]>) -> Result<Vec<Saying>, Problem> {
        let tx = self.cx.arrive_anew().await?;
        let sayings = match news {
            Some(news) => self.followed.read(&self.cx, &tx, news).await?,
            None => self.followed.beat(&self.cx, &tx).await?,
        };
        tx.commit().await?;
        Ok(sayings)
    }

    async fn say_all(&mut self, sayings: Result<Vec<Saying>, Problem>) -> Result<bool, End> {
        match sayings {
            Ok(sayings) => {
                for saying in sayings {
                    self.say(saying).await?;
                }
                Ok(true)
            }
            Err(Problem::SignIn) => Err(End::Gone),
            Err(Problem::NotFound | Problem::Forbidden(_)) => Err(End::Over),
            Err(Problem::Busy(why)) => {
                tracing::warn!(why, "a stream waits for the database");
                Ok(false)
            }
            Err(problem) => {
                tracing::error!(?problem, "a stream cannot read");
                self.gap().await?;
                Ok(true)
            }
        }
    }

    async fn gap(&mut self) -> Result<(), End> {
        self.say(Saying::gap()).await
    }

    async fn say(&self, saying: Saying) -> Result<(), End> {
        let event = Event::default().event(saying.event).data(saying.data);
        let event = if F::FROM_PAGE || self.place.is_empty() { event } else { event.id(&self.place) };
        self.out.send_timeout(Ok(event), SLOW).await.map_err(|_| End::Closed)
    }
}

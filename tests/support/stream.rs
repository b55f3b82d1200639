//! A stream of an open page, as its script reads it.

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt;
use std::time::Duration;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its name.
    pub event: String,
    /// What it says.
    pub data: String,
    /// Its place, for coming back.
    pub id: Option<String>,
}

/// A stream.
pub struct Stream {
    body: Body,
    rest: String,
}

impl Stream {
    /// From an answer.
    ///
    /// # Panics
    /// When it is none of a stream.
    pub fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { body: response.into_body(), rest: String::new() }
    }

    /// The next event within a time; None when there is none or the stream has ended.
    pub async fn within(&mut self, time: Duration) -> Option<Heard> {
        tokio::time::timeout(time, self.next()).await.ok().flatten()
    }

    /// The next event of this name, past others.
    ///
    /// # Panics
    /// When none comes in ten seconds.
    pub async fn hear(&mut self, event: &str) -> Heard {
        loop {
            let heard = self.within(Duration::from_secs(10)).await.unwrap_or_else(|| panic!("no {event:?} was said"));
            if heard.event == event {
                return heard;
            }
        }
    }

    /// Whether the stream ends within a time.
    pub async fn ends(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, async { while self.next().await.is_some() {} }).await.is_ok()
    }

    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let of = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim_start().to_owned());
                // As browsers do: an event without data is none.
                let heard = of("event:").zip(of("data:")).map(|(event, data)| Heard { event, data, id: of("id:") });
                self.rest = rest.to_owned();
                if heard.is_some() {
                    return heard;
                }
                continue;
            }
            let bytes: Bytes = self.body.frame().await?.ok()?.into_data().ok()?;
            self.rest.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
        }
    }
}

//! Requests over HTTP/1.1 on connections that are kept open. They cost the loader little, for it works on the server's own processors:
//! what is looked into is said beside each function.

use crate::site::Reader;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Under load one answer of so many is read through; of the others status and length are looked at.
pub const THOROUGH: usize = 16;

/// One connection that is kept open.
pub struct Line {
    send: SendRequest<Empty<Bytes>>,
    host: String,
}

impl Line {
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the portal answers");
        stream.set_nodelay(true).expect("nodelay");
        let (send, connection) = http1::handshake(TokioIo::new(stream)).await.expect("http");
        tokio::spawn(async move {
            // The end of the run ends the connection.
            let _ = connection.await;
        });
        Self { send, host: address.to_owned() }
    }

    async fn ask(&mut self, reader: &Reader) -> Response<Incoming> {
        let request = Request::get(&reader.path)
            .header(header::HOST, &self.host)
            .header(header::COOKIE, &reader.cookie)
            .header(header::ACCEPT_LANGUAGE, "ja")
            .body(Empty::new())
            .expect("request");
        self.send.ready().await.expect("an open connection");
        let answer = self.send.send_request(request).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{}", reader.path);
        answer
    }

    /// Fetches a reader's page and finds every row in it; how long it took until its last byte was there.
    pub async fn read(&mut self, reader: &Reader) -> Duration {
        let began = Instant::now();
        let body = self.ask(reader).await.into_body().collect().await.expect("body").to_bytes();
        let took = began.elapsed();
        let rows = std::str::from_utf8(&body).expect("UTF-8").matches(reader.mark).count();
        assert!(rows >= reader.rows, "{}: {rows} rows instead of {}", reader.path, reader.rows);
        reader.found.store(rows, Ordering::Relaxed);
        reader.bytes.store(body.len(), Ordering::Relaxed);
        took
    }

    /// Fetches a page that was read before; its status, and that it is as long as it was when last read, give or take a tenth (times of day).
    async fn skim(&mut self, reader: &Reader) {
        let mut body = self.ask(reader).await.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            bytes += frame.expect("body").data_ref().map_or(0, Bytes::len);
        }
        let seen = reader.bytes.load(Ordering::Relaxed);
        assert!(bytes.abs_diff(seen) <= seen / 10, "{}: {bytes} bytes instead of {seen}", reader.path);
    }
}

/// Each reader's page once: they are in memory afterwards, their sessions in use, and every row of every page was found.
pub async fn warm(address: &str, readers: &[Reader]) {
    let mut line = Line::open(address).await;
    for reader in readers {
        line.read(reader).await;
    }
}

/// Times of requests one after the other, in rising order, beginning with reader `from`; the readers take turns, every answer is read.
pub async fn one_by_one(address: &str, readers: &[Reader], from: usize, rounds: usize) -> Vec<Duration> {
    let mut line = Line::open(address).await;
    let mut times = Vec::with_capacity(rounds);
    for n in from..from + rounds {
        times.push(line.read(&readers[n % readers.len()]).await);
    }
    times.sort();
    times
}

/// Requests per second on so many connections at once; the readers were there before. One of [`THOROUGH`] answers is read.
pub async fn at_once(address: &str, readers: Arc<Vec<Reader>>, connections: usize, length: Duration) -> f64 {
    let done = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..connections {
        let (address, readers, done) = (address.to_owned(), readers.clone(), done.clone());
        hands.spawn(async move {
            let mut line = Line::open(&address).await;
            // Spread over the readers, and no two hands on the same one at a time.
            let mut n = hand * readers.len() / connections;
            while began.elapsed() < length {
                let reader = &readers[n % readers.len()];
                if n.is_multiple_of(THOROUGH) {
                    line.read(reader).await;
                } else {
                    line.skim(reader).await;
                }
                done.fetch_add(1, Ordering::Relaxed);
                n += 1;
            }
        });
    }
    while let Some(hand) = hands.join_next().await {
        hand.expect("a hand of the load");
    }
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

//! Requests over HTTP/1.1 that cost the loader little, each answer looked into.

use crate::site::Reader;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

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

    /// Fetches a reader's page; its bytes. Fails unless every row stands in it.
    pub async fn get(&mut self, reader: &Reader) -> usize {
        let request = Request::get(&reader.path)
            .header(header::HOST, &self.host)
            .header(header::COOKIE, &reader.cookie)
            .header(header::ACCEPT_LANGUAGE, "ja")
            .body(Empty::new())
            .expect("request");
        let answer = self.send.send_request(request).await.expect("an answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("body").to_bytes();
        let text = std::str::from_utf8(&body).expect("UTF-8");
        let rows = text.matches(reader.mark).count();
        assert!(status == 200 && rows >= reader.rows, "{}: {status}, {rows} rows instead of {}", reader.path, reader.rows);
        body.len()
    }
}

/// Times of requests one after the other, in rising order; the readers take turns.
pub async fn one_by_one(address: &str, readers: &[Reader], rounds: usize) -> Vec<Duration> {
    let mut line = Line::open(address).await;
    let mut times = Vec::with_capacity(rounds);
    for n in 0..rounds {
        let began = Instant::now();
        line.get(&readers[n % readers.len()]).await;
        times.push(began.elapsed());
    }
    times.sort();
    times
}

/// Requests per second on so many connections at once.
pub async fn at_once(address: &str, readers: Arc<Vec<Reader>>, connections: usize, length: Duration) -> f64 {
    let done = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..connections {
        let (address, readers, done) = (address.to_owned(), readers.clone(), done.clone());
        hands.spawn(async move {
            let mut line = Line::open(&address).await;
            let mut n = hand * 7;
            while began.elapsed() < length {
                line.get(&readers[n % readers.len()]).await;
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

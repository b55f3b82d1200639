//! How much one client may ask for: so many requests a minute, counted per person for whoever is signed in and per address
//! for everybody else. A hospital behind one address is many people; somebody without a session is only an address.
//!
//! Counts are kept in memory, per process, for two minutes. This keeps one client from using up the portal; a flood from
//! many is for the proxy in front.

use crate::app::App;
use crate::client::Proxies;
use crate::request::{Problem, Visit};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use kernel::PersonId;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;

const MINUTE: i64 = 60;
/// Clients counted apart in one minute; whoever comes beyond them shares one count, so that memory has an end.
const CLIENTS: usize = 50_000;

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Client {
    Person(PersonId),
    Address(IpAddr),
    /// All that came when there were too many to tell apart.
    Rest,
}

/// The limits of this process.
pub struct Limits {
    proxies: Proxies,
    per_address: u32,
    per_person: u32,
    counts: Mutex<Counts>,
}

/// What was asked for in this minute and in the one before.
#[derive(Default)]
struct Counts {
    minute: i64,
    now: HashMap<Client, u32>,
    before: HashMap<Client, u32>,
}

impl Limits {
    /// Requests a minute: `per_address` without a session, `per_person` with one.
    pub fn new(proxies: Proxies, per_address: u32, per_person: u32) -> Self {
        Self { proxies, per_address, per_person, counts: Mutex::default() }
    }

    /// Counts a request; the seconds to wait when it is one too many. What was refused is not counted.
    fn take(&self, client: Client, at: OffsetDateTime) -> Result<(), u32> {
        let most = if matches!(client, Client::Person(_)) { self.per_person } else { self.per_address };
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).take(client, most, at.unix_timestamp())
    }
}

impl Counts {
    /// The minute before counts with the part of it that is less than a minute ago.
    fn take(&mut self, client: Client, most: u32, second: i64) -> Result<(), u32> {
        self.turn(second.div_euclid(MINUTE));
        let client = if self.now.len() < CLIENTS || self.now.contains_key(&client) { client } else { Client::Rest };
        let left = MINUTE - second.rem_euclid(MINUTE);
        let before = i64::from(self.before.get(&client).copied().unwrap_or_default()) * left / MINUTE;
        let now = self.now.entry(client).or_default();
        if before + i64::from(*now) < i64::from(most) {
            *now += 1;
            return Ok(());
        }
        Err(u32::try_from(left).unwrap_or(1))
    }

    fn turn(&mut self, minute: i64) {
        match minute - self.minute {
            0 => return,
            1 => self.before = std::mem::take(&mut self.now),
            _ => {
                self.before.clear();
                self.now.clear();
            }
        }
        self.minute = minute;
    }
}

/// One household or office has a whole /64 of IPv6 and moves within it at will.
fn counted(address: IpAddr) -> Client {
    Client::Address(match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    })
}

/// Refuses what is too much, before any handler runs.
pub async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Arc<Visit>>().cloned() else { return next.run(request).await };
    // Styles and scripts come with every first page, from memory and without a database.
    if ["/assets/", "/favicon", "/apple-touch-icon"].iter().any(|plain| visit.path.starts_with(plain)) {
        return next.run(request).await;
    }
    let client = match &visit.actor {
        Some(actor) => Client::Person(actor.person),
        None => {
            // Without a connection (tests call the router itself) everybody is one client: never more than the limit.
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
            counted(app.limits.proxies.client(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), request.headers()))
        }
    };
    match app.limits.take(client, app.clock.now()) {
        Ok(()) => next.run(request).await,
        Err(seconds) => {
            tracing::warn!("too many requests");
            metrics::counter!("portal_limited_total", "signed_in" => visit.actor.is_some().to_string()).increment(1);
            if visit.method != Method::POST || visit.peer {
                return visit.answer(Problem::TooMany(seconds));
            }
            // No handler runs; the form's guard reads what was typed, to give it back.
            visit.stop(Problem::TooMany(seconds));
            next.run(request).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> Client {
        counted(IpAddr::V4(Ipv4Addr::from_bits(n)))
    }

    #[test]
    fn so_many_a_minute_and_the_minute_slides() {
        let mut counts = Counts::default();
        let begin = 60 * 1_000_000;
        for _ in 0..10 {
            assert_eq!(counts.take(address(1), 10, begin + 30), Ok(()));
        }
        assert_eq!(counts.take(address(1), 10, begin + 30), Err(30));
        assert_eq!(counts.take(address(2), 10, begin + 30), Ok(()), "another client has its own");
        // In the next minute what was asked half a minute ago still counts in part: no double portion at the turn.
        let mut taken = 0;
        while counts.take(address(1), 10, begin + 60).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 0);
        while counts.take(address(1), 10, begin + 90).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 5);
        assert_eq!(counts.take(address(1), 10, begin + 240), Ok(()), "long after, everything is free again");
    }

    #[test]
    fn memory_has_an_end() {
        let mut counts = Counts::default();
        for n in 0..CLIENTS as u32 + 5_000 {
            let _ = counts.take(address(n), 10, 60);
        }
        assert_eq!(counts.now.len(), CLIENTS + 1, "and the rest in one");
        assert_eq!(counts.take(address(7), 10, 60), Ok(()), "who was counted before is still counted apart");
        assert!(counts.take(address(u32::MAX), 10, 60).is_err());
    }

    #[test]
    fn an_office_is_one_client_however_it_moves_in_its_network() {
        let one = |text: &str| counted(text.parse().expect("address"));
        assert_eq!(one("2001:db8:1:2::1"), one("2001:db8:1:2:ffff:1:2:3"));
        assert_ne!(one("2001:db8:1:2::1"), one("2001:db8:1:3::1"));
        assert_ne!(one("192.0.2.1"), one("192.0.2.2"));
    }
}

//! Where a request comes from. That is the peer of the connection, unless the peer is a proxy of ours: then it is whoever
//! the proxy says it talked to. Anybody can write such a header, so it is read from its end, where our own proxy wrote, and
//! only as far as the proxies are ours (F18).
//!
//! The address is used to keep one client from using up the portal (`limits`) and for nothing else: it is personal data, so
//! it stands in no log and no table.

use axum::http::{HeaderMap, HeaderName, header};
use std::net::{IpAddr, SocketAddr};

kernel::words! {
    /// The header in which proxies write whom they talk to. One is chosen by the settings and the other is never read: a
    /// proxy that writes one passes the other through as the client sent it.
    Header {
        XForwardedFor = "x-forwarded-for",
        Forwarded = "forwarded",
    }
}

/// The proxies that are believed, and where they write.
#[derive(Clone, Debug)]
pub struct Proxies {
    trusted: Vec<Network>,
    header: Header,
}

/// An address or a network (`10.0.0.0/8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// A list of proxies that cannot be read; names the entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an IP address nor a network such as 10.0.0.0/8")]
pub struct NoNetwork(pub String);

impl Proxies {
    /// Reads a comma separated list; an empty one believes nobody.
    ///
    /// # Errors
    /// [`NoNetwork`] for the first entry that is none.
    pub fn read(list: &str, header: Header) -> Result<Self, NoNetwork> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network = |entry: &str| Network::read(entry).ok_or_else(|| NoNetwork(entry.chars().take(60).collect()));
        Ok(Self { trusted: entries.map(network).collect::<Result<_, _>>()?, header })
    }

    /// The client's address: the first one, read from our end of the chain, that is no proxy of ours. What cannot be read
    /// ends the reading at the last address that is known for certain.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for entry in self.chain(headers).iter().rev() {
            if !self.trusts(client) {
                break;
            }
            match entry {
                Some(address) => client = *address,
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.holds(address))
    }

    /// The entries of the header from left to right; several lines of it are one. None is an entry that names no address.
    fn chain(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let name = match self.header {
            Header::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Header::Forwarded => header::FORWARDED,
        };
        let mut chain = Vec::new();
        for line in headers.get_all(name) {
            // Read leniently: a strange byte that the client wrote must not hide what our proxy wrote behind it.
            chain.extend(String::from_utf8_lossy(line.as_bytes()).split(',').map(|entry| match self.header {
                Header::XForwardedFor => node(entry.trim()),
                Header::Forwarded => forwarded_for(entry),
            }));
        }
        chain
    }
}

/// The `for` of one element (RFC 7239, 4): `for=192.0.2.60;proto=http`, `For="[2001:db8::17]:4711"`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let value = value.trim();
    node(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// An address with or without a port; `unknown` and hidden names (RFC 7239, 6) are none.
fn node(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    // A listener for both families sees 192.0.2.1 as ::ffff:192.0.2.1.
    Some(address.to_canonical())
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse::<IpAddr>().ok()?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn proxies(list: &str) -> Proxies {
        Proxies::read(list, Header::XForwardedFor).expect("list")
    }

    fn seen(proxies: &Proxies, peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        let name = HeaderName::from_static(proxies.header.word());
        for line in lines {
            headers.append(name.clone(), HeaderValue::from_bytes(line.as_bytes()).expect("header"));
        }
        proxies.client(peer.parse().expect("peer"), &headers).to_string()
    }

    #[test]
    fn a_peer_that_is_no_proxy_of_ours_is_believed_nothing() {
        for list in ["", "10.0.0.1", "10.0.0.0/8, 2001:db8:1::/48"] {
            assert_eq!(seen(&proxies(list), "203.0.113.9", &["198.51.100.7"]), "203.0.113.9", "{list}");
            assert_eq!(seen(&proxies(list), "203.0.113.9", &["10.0.0.1", "127.0.0.1"]), "203.0.113.9", "{list}");
            assert_eq!(seen(&proxies(list), "2001:db8:2::9", &["198.51.100.7"]), "2001:db8:2::9", "{list}");
        }
    }

    #[test]
    fn a_chain_is_read_from_our_end_as_far_as_the_proxies_are_ours() {
        let ours = proxies("10.0.0.1, 10.1.0.0/16");
        let cases: &[(&[&str], &str)] = &[
            (&[], "10.0.0.1"),
            (&["198.51.100.7"], "198.51.100.7"),
            // What the client wrote itself stands further left.
            (&["192.0.2.66, 198.51.100.7"], "198.51.100.7"),
            (&["127.0.0.1, 10.0.0.1, 198.51.100.7"], "198.51.100.7"),
            (&["192.0.2.66, 198.51.100.7, 10.1.2.3"], "198.51.100.7"),
            (&["198.51.100.7, 10.1.2.3, 10.1.9.9"], "198.51.100.7"),
            // Several lines are one list.
            (&["192.0.2.66", "198.51.100.7", "10.1.2.3"], "198.51.100.7"),
            // Nobody but proxies of ours: the farthest.
            (&["10.1.2.3, 10.1.9.9"], "10.1.2.3"),
            (&["198.51.100.7:51234"], "198.51.100.7"),
            (&["2001:db8::17"], "2001:db8::17"),
            (&["[2001:db8::17]:4711"], "2001:db8::17"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
        ];
        for (lines, client) in cases {
            assert_eq!(seen(&ours, "10.0.0.1", lines), *client, "{lines:?}");
            assert_eq!(seen(&ours, "::ffff:10.0.0.1", lines), *client, "{lines:?} over a listener for both families");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_guessed_at() {
        let ours = proxies("10.0.0.1, 10.1.0.0/16");
        for entry in [
            "",
            " ",
            "unknown",
            "_hidden",
            "localhost",
            "198.51.100",
            "198.51.100.7 198.51.100.8",
            "1.2.3.4:99999",
            "[::1",
            "é",
            "for=198.51.100.7",
            "0x7f.1",
        ] {
            assert_eq!(seen(&ours, "10.0.0.1", &[entry]), "10.0.0.1", "{entry:?}");
            assert_eq!(seen(&ours, "10.0.0.1", &[&format!("198.51.100.7, {entry}")]), "10.0.0.1", "{entry:?} nearest to us");
            assert_eq!(seen(&ours, "10.0.0.1", &[&format!("{entry}, 198.51.100.7")]), "198.51.100.7", "{entry:?} beyond the client");
            assert_eq!(seen(&ours, "10.0.0.1", &[&format!("{entry}, 10.1.2.3")]), "10.1.2.3", "{entry:?} behind a second proxy");
        }
    }

    #[test]
    fn the_forwarded_header_is_read_when_the_settings_say_so_and_then_alone() {
        let ours = Proxies::read("10.0.0.1, 2001:db8:1::/48", Header::Forwarded).expect("list");
        let cases: &[(&[&str], &str)] = &[
            (&["for=198.51.100.7"], "198.51.100.7"),
            (&["For=\"198.51.100.7:4711\";proto=https;by=10.0.0.1"], "198.51.100.7"),
            (&["proto=https; for=\"[2001:db8::17]:4711\""], "2001:db8::17"),
            (&["for=192.0.2.66, for=198.51.100.7"], "198.51.100.7"),
            (&["for=198.51.100.7, for=\"[2001:db8:1::2]\""], "198.51.100.7"),
            (&["for=unknown"], "10.0.0.1"),
            (&["for=_gazonk"], "10.0.0.1"),
            (&["proto=https"], "10.0.0.1"),
            (&["198.51.100.7"], "10.0.0.1"),
        ];
        for (lines, client) in cases {
            assert_eq!(seen(&ours, "10.0.0.1", lines), *client, "{lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
        assert_eq!(ours.client("10.0.0.1".parse().expect("peer"), &headers).to_string(), "10.0.0.1");
        let mut headers = HeaderMap::new();
        headers.insert("forwarded", HeaderValue::from_static("for=198.51.100.7"));
        assert_eq!(proxies("10.0.0.1").client("10.0.0.1".parse().expect("peer"), &headers).to_string(), "10.0.0.1");
    }

    #[test]
    fn networks_end_at_their_bits() {
        let held = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.0.2.128/25", "192.0.2.127", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8:1::/48", "2001:db8:1:ffff::1", true),
            ("2001:db8:1::/48", "2001:db8:2::1", false),
            ("::/0", "2001:db8::1", true),
            ("::1", "::1", true),
        ];
        for (network, address, holds) in held {
            assert_eq!(Network::read(network).expect("network").holds(address.parse().expect("address")), holds, "{network} {address}");
        }
        for bad in ["proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0", "::1/129", "10.0.0.1:80"] {
            assert_eq!(Proxies::read(&format!("127.0.0.1, {bad}"), Header::Forwarded).expect_err("no network"), NoNetwork(bad.into()));
        }
    }
}

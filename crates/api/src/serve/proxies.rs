//! Whose address a request comes from, when proxies stand between.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// Proxies whose word is taken for where a request comes from.
///
/// Each proxy appends the address that it was called from to a header. What the last trusted one wrote is true; what stands
/// left of an address that is not trusted may have been made up by whoever is there, and is not looked at.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    header: ForwardedHeader,
}

/// Where trusted proxies write addresses. The other header is not looked at: a proxy passes on what a stranger wrote there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

/// Where a request comes from, as far as that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl TrustedProxies {
    /// Trusts the proxies in these networks.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>, header: ForwardedHeader) -> Self {
        Self { networks, header }
    }

    /// The right-most address that is not a trusted proxy's, beginning with the one that has connected.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut nearest = peer.to_canonical();
        if !self.trusts(nearest) {
            return ClientAddress(nearest);
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => "x-forwarded-for",
            ForwardedHeader::Forwarded => "forwarded",
        };
        for value in headers.get_all(name).iter().rev() {
            // Commas in quotation marks part hops here too: a quotation mark that a stranger leaves open must not swallow
            // what a proxy appends.
            for hop in value.as_bytes().rsplit(|&byte| byte == b',') {
                let hop = std::str::from_utf8(hop).ok().and_then(|hop| self.address(hop));
                match hop.map(|address| address.to_canonical()) {
                    // Whoever wrote this is as far as we can see.
                    None => return ClientAddress(nearest),
                    Some(address) if self.trusts(address) => nearest = address,
                    Some(address) => return ClientAddress(address),
                }
            }
        }
        ClientAddress(nearest)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    fn address(&self, hop: &str) -> Option<IpAddr> {
        let hop = hop.trim();
        match self.header {
            ForwardedHeader::XForwardedFor => node(hop),
            ForwardedHeader::Forwarded => {
                let mut nodes = hop.split(';').filter_map(|pair| {
                    let (name, value) = pair.trim().split_once('=')?;
                    name.eq_ignore_ascii_case("for").then_some(value)
                });
                let (value, None) = (nodes.next()?, nodes.next()) else {
                    return None;
                };
                let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                node(quoted.unwrap_or(value))
            }
        }
    }
}

/// An address, perhaps with a port, perhaps in brackets.
fn node(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    bracketed
        .unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(header: ForwardedHeader, peer: &str, values: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48"].map(|network| network.parse().unwrap());
        let proxies = TrustedProxies::new(networks.to_vec(), header);
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
            headers.append("forwarded", value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn the_address_is_the_right_most_that_is_not_a_trusted_proxys() {
        let table: [(&str, &[&str], &str); 17] = [
            // Nobody is trusted but those in the networks, whatever they say.
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("203.0.113.9", &[], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            // What stands left of the client is the client's own invention.
            ("10.0.0.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["10.0.0.7, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, 10.0.0.2,10.0.0.3"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            // What is no address tells nothing, nor does what stands left of it.
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
            // IPv6, in every way that it is written.
            ("2001:db8:1::1", &["2001:DB8:0:0::7"], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1"),
        ];
        for (peer, values, expected) in table {
            let got = client(ForwardedHeader::XForwardedFor, peer, values);
            assert_eq!(got, expected, "{peer} {values:?}");
        }
    }

    #[test]
    fn the_standards_header_is_understood_too_and_an_open_quotation_mark_hides_nobody() {
        let table: [(&[&str], &str); 7] = [
            (&["for=198.51.100.1"], "198.51.100.1"),
            (
                &["For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.2"],
                "2001:db8::7",
            ),
            (
                &["for=1.2.3.4, for=198.51.100.1;host=a, for=10.0.0.2"],
                "198.51.100.1",
            ),
            (&["for=\"1.2.3.4, for=198.51.100.1"], "198.51.100.1"),
            (&["for=_hidden, for=10.0.0.2"], "10.0.0.2"),
            (&["proto=https"], "10.0.0.1"),
            (&["for=1.2.3.4;for=198.51.100.1"], "10.0.0.1"),
        ];
        for (values, expected) in table {
            let got = client(ForwardedHeader::Forwarded, "10.0.0.1", values);
            assert_eq!(got, expected, "{values:?}");
        }
    }

    #[test]
    fn without_trusted_proxies_no_header_counts() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.1".parse().unwrap());
        let peer = "127.0.0.1".parse().unwrap();
        assert_eq!(
            TrustedProxies::default().client(peer, &headers),
            ClientAddress(peer)
        );
    }
}

//! Where a call comes from, as far as it can be trusted.

use std::net::{IpAddr, Ipv6Addr};

use http::{Extensions, HeaderMap};

/// The peer's address, which the host puts into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// The key to count calls by: the IPv4 address, or the /64 of an IPv6 address, which is what one customer gets.
///
/// `X-Forwarded-For` is believed as far as `trusted_hops` proxies append to it: each adds the address it was called from, so the client is that many entries
/// from the right. Everything further left was sent by the client itself.
pub(crate) fn prefix(extensions: &Extensions, headers: &HeaderMap, trusted_hops: usize) -> String {
    let peer = extensions.get::<ClientIp>().map(|ip| ip.0);
    match forwarded(headers, trusted_hops).or(peer) {
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => ip.to_string(),
            None => {
                let s = ip.segments();
                format!("{}/64", Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
            }
        },
        None => "unknown".into(),
    }
}

fn forwarded(headers: &HeaderMap, trusted_hops: usize) -> Option<IpAddr> {
    if trusted_hops == 0 {
        return None;
    }
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|h| h.to_str().ok())
        .flat_map(|h| h.split(','))
        .collect();
    entries.len().checked_sub(trusted_hops).and_then(|i| entries[i].trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix_of(peer: &str, forwarded: &[&'static str], hops: usize) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ClientIp(peer.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", http::HeaderValue::from_static(value));
        }
        prefix(&extensions, &headers, hops)
    }

    #[test]
    fn a_spoofed_header_changes_nothing() {
        assert_eq!(prefix_of("192.0.2.1", &["198.51.100.7"], 0), "192.0.2.1");
        assert_eq!(prefix_of("10.0.0.1", &["6.6.6.6, 198.51.100.7"], 1), "198.51.100.7");
        assert_eq!(prefix_of("10.0.0.1", &["6.6.6.6", "198.51.100.7, 10.0.0.2"], 2), "198.51.100.7");
        assert_eq!(prefix_of("10.0.0.1", &["198.51.100.7"], 2), "10.0.0.1", "fewer entries than hops");
        assert_eq!(prefix_of("10.0.0.1", &["nonsense"], 1), "10.0.0.1");
    }

    #[test]
    fn ipv6_counts_by_64_bits_and_mapped_ipv4_as_ipv4() {
        assert_eq!(prefix_of("2001:db8:1:2:3:4:5:6", &[], 0), "2001:db8:1:2::/64");
        assert_eq!(prefix_of("::ffff:192.0.2.1", &[], 0), "192.0.2.1");
    }
}

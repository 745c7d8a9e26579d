//! Who calls, as Spin tells it.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use meridian_edge_api::ClientIp;

/// The header with the peer's address. Spin adds its own behind whatever the caller sent, so only the last one counts.
const CLIENT: &str = "spin-client-addr";

/// The peer's address, if Spin tells one.
pub(crate) fn client(headers: &HeaderMap) -> Option<ClientIp> {
    let text = headers.get_all(CLIENT).iter().next_back()?.to_str().ok()?;
    let address = text.parse::<SocketAddr>().map(|peer| peer.ip());
    address.or_else(|_| text.parse::<IpAddr>()).ok().map(ClientIp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_what_spin_added_counts() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CLIENT, HeaderValue::from_static(value));
            }
            client(&headers).map(|ip| ip.0.to_string())
        };
        assert_eq!(of(&["6.6.6.6:1", "192.0.2.1:4711"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(of(&["[2001:db8::1]:4711"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(of(&["192.0.2.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!((of(&[]), of(&["nonsense"])), (None, None));
    }
}

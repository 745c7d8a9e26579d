//! The headers by which Spin tells a component about a request. They are added behind what the caller sent, as Spin does: a caller may send its own.

use std::net::SocketAddr;

use http::{HeaderName, HeaderValue, request::Parts};

/// Adds them.
pub(crate) fn add(parts: &mut Parts, route: &str, peer: SocketAddr) {
    let host = parts.headers.get(http::header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let info = match route.strip_suffix("/...") {
        Some(prefix) => parts.uri.path().strip_prefix(prefix).unwrap_or_default().to_owned(),
        None => String::new(),
    };
    let values = [
        ("spin-path-info", info),
        ("spin-full-url", format!("http://{host}{path}")),
        ("spin-matched-route", route.to_owned()),
        ("spin-base-path", "/".to_owned()),
        ("spin-client-addr", peer.to_string()),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(&value) {
            parts.headers.append(HeaderName::from_static(name), value);
        }
    }
}

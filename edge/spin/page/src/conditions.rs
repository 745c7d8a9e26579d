//! What a caller has already, and what it can read.

use http::{HeaderMap, header};

/// Whether the caller has this very content (RFC 9110 §13.1.2).
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    values.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || weak(tag) == weak(etag))
}

/// Whether the caller reads gzip (RFC 9110 §12.5.3). One that says nothing is given the plain file.
pub(crate) fn reads_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<f32> = None;
    let mut any: Option<f32> = None;
    for coding in values.flat_map(|value| value.split(',')) {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let quality =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        match name {
            "gzip" | "x-gzip" => best = Some(quality),
            "*" => any = Some(quality),
            _ => {}
        }
    }
    best.or(any).is_some_and(|quality| quality > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn what_the_caller_has() {
        for value in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "*"] {
            assert!(is_known(&with(header::IF_NONE_MATCH, value), "\"a\""), "{value}");
        }
        assert!(
            !is_known(&with(header::IF_NONE_MATCH, "\"b\""), "\"a\"")
                && !is_known(&HeaderMap::new(), "\"a\"")
        );
    }

    #[test]
    fn what_the_caller_reads() {
        for (value, expected) in [
            ("gzip, br", true),
            ("br;q=1, gzip;q=0.5", true),
            ("*", true),
            ("br", false),
            ("gzip;q=0", false),
            ("*, gzip;q=0", false),
        ] {
            assert_eq!(reads_gzip(&with(header::ACCEPT_ENCODING, value)), expected, "{value}");
        }
        assert!(!reads_gzip(&HeaderMap::new()));
    }
}

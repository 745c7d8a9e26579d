//! Cross-origin calls (Fetch standard, CORS): from configured origins, compared exactly.
//!
//! Callers identify themselves with a token in a header, never with cookies, so credentials are not allowed and no origin gets more than any other client.

use http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::trip::POSITION;

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// How long a browser may keep the answer to a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(2 * 60 * 60);

pub(crate) fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let name = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods(METHODS)
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            name("idempotency-key"),
            POSITION,
            name("x-request-id"),
        ])
        .expose_headers([
            header::RETRY_AFTER,
            name("ratelimit"),
            name("ratelimit-policy"),
            name("room-seq"),
            POSITION,
            name("x-request-id"),
            name("idempotency-replayed"),
        ])
        .max_age(PREFLIGHT_AGE)
}

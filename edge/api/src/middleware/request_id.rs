//! `X-Request-Id`: one name for a call in the caller's report, in our log and in the logs behind us.

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderValue;
use tracing::Instrument;

use crate::{Api, auth::secret::hex};

const HEADER: &str = "x-request-id";

pub(crate) async fn request_id(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(HEADER).filter(|id| is_plain(id)).cloned();
    let id = given.unwrap_or_else(|| random(&api));
    request.headers_mut().insert(HEADER, id.clone());
    // The template, not the path: paths hold invitation codes.
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id = ?id, method = %request.method(), route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let _entered = span.enter();
    tracing::debug!(status = response.status().as_u16(), "answered");
    response.headers_mut().insert(HEADER, id);
    response
}

/// What is safe to repeat in a header and in a log.
fn is_plain(id: &HeaderValue) -> bool {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&id.len()) && id.as_bytes().iter().all(plain)
}

fn random(api: &Api) -> HeaderValue {
    let id = api.random::<16>().map(|bytes| hex(&bytes)).unwrap_or_default();
    HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("unknown"))
}

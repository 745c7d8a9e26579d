//! Problem documents that a host answers itself, where the API has no part.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use meridian_shared::{page::SECURITY_HEADERS, problem::Problem};

/// The host can't be used as it is configured. The log names the variable; the caller is told nothing of it.
pub fn misconfigured() -> Response {
    answer(&Problem::new(
        500,
        "internal",
        "Something went wrong",
        "The service is not configured correctly. Its operator finds the reason in the log.",
    ))
}

/// A request that can't even be read.
pub fn unreadable() -> Response {
    answer(&Problem::new(
        400,
        "bad_request",
        "The request can't be read",
        "Send well-formed headers and a valid URL.",
    ))
}

/// The room's node can't be reached.
pub fn unavailable() -> Response {
    answer(&Problem::new(503, "unavailable", "Unavailable for the moment", "Try again in a moment."))
}

/// A problem document as an answer, with the headers of every answer.
pub fn answer(problem: &Problem) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(problem).unwrap_or_default()));
    *response.status_mut() =
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::CONTENT_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if problem.status == 503 {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

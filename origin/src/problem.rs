//! Problem documents (RFC 9457) as answers.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use meridian_shared::problem::Problem;

/// A problem of a kind (`code`, for machines) with what to do about it (`detail`, for people).
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body = Json(Problem::new(status.as_u16(), code, title, detail));
    (status, [(header::CONTENT_TYPE, Problem::CONTENT_TYPE)], body).into_response()
}

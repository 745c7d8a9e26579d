//! Answers: JSON with Upstash's status codes.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use meridian_redis::{
    RedisError, Reply,
    rest::wire::{Encoding, write_answer},
};
use serde_json::{Value, json};

/// How strings are wanted, or a refusal of what isn't offered.
pub(crate) fn encoding(headers: &HeaderMap) -> Result<Encoding, Box<Response>> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?").to_ascii_lowercase());
    if text("upstash-response-format").is_some_and(|format| format != "json") {
        return Err(Box::new(fail(StatusCode::BAD_REQUEST, "ERR the only response format is json")));
    }
    Ok(if text("upstash-encoding").is_some_and(|encoding| encoding == "base64") {
        Encoding::Base64
    } else {
        Encoding::Plain
    })
}

/// One answer.
pub(crate) fn one(answer: &Result<Reply, RedisError>, encoding: Encoding) -> Response {
    json_response(answer.as_ref().map_or_else(status, |_| StatusCode::OK), &write_answer(answer, encoding))
}

/// One answer for each command, or one error for all.
pub(crate) fn all(
    answers: Result<Vec<Result<Reply, RedisError>>, RedisError>,
    encoding: Encoding,
) -> Response {
    match answers {
        Ok(answers) => {
            let list: Value = answers.iter().map(|answer| write_answer(answer, encoding)).collect();
            json_response(StatusCode::OK, &list)
        }
        Err(error) => one(&Err(error), encoding),
    }
}

/// An error of the gateway itself.
pub(crate) fn fail(status: StatusCode, text: &str) -> Response {
    json_response(status, &json!({ "error": text }))
}

fn status(error: &RedisError) -> StatusCode {
    match error {
        RedisError::Refused(_) | RedisError::Protocol(_) => StatusCode::BAD_REQUEST,
        RedisError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, value.to_string()).into_response()
}

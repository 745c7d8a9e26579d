//! Reading bodies, never more than allowed.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

use crate::error::Error;

/// The longest JSON body, in bytes.
pub(crate) const JSON_LIMIT: usize = 64 * 1024;

/// The whole body, if it has at most `limit` bytes.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Error> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|n| n > limit as u64) {
        return Err(Error::TooLarge { limit });
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(e) if e.is::<LengthLimitError>() => Err(Error::TooLarge { limit }),
        Err(_) => Err(Error::Incomplete),
    }
}

/// The media type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// The body as JSON.
pub(crate) fn json(headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Error> {
    if media_type(headers).as_deref() != Some("application/json") {
        return Err(Error::WrongContentType("Content-Type: application/json"));
    }
    serde_json::from_slice(bytes).map_err(|e| Error::MalformedJson { line: e.line(), column: e.column() })
}

//! `GET /v1/rooms/{room}/files/{sha256}`

use axum::{body::Body, response::Response};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use meridian_shared::image::{MEDIA_TYPES, is_name};

use crate::{
    Api,
    error::Error,
    forward::{forward, unexpected},
    request::{Call, body::media_type},
    rooms::Access,
};

/// The name fixes the content for ever, so a browser never needs to ask again. Opened by itself, a file can run nothing.
const HEADERS: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
];

pub(super) async fn get(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let access = Access::of(&api, caller, call.room()?).await?;
    let name = call.param("sha256");
    if !is_name(name) {
        return Err(Error::NoSuchFile);
    }
    let found = forward(&api, caller, &access, Method::GET, &format!("files/{name}"), None).await?;
    match found.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(Error::NoSuchFile),
        _ => return Err(unexpected(&found)),
    }
    let stored = media_type(found.headers()).unwrap_or_default();
    let media_type = MEDIA_TYPES.iter().find(|t| **t == stored);
    let media_type =
        media_type.ok_or_else(|| Error::BadGateway("a file of a type that is not taken".into()))?;
    let mut response = Response::new(Body::from(found.into_body()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

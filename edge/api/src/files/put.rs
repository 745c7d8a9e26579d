//! `PUT /v1/rooms/{room}/files/{sha256}`

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use meridian_shared::image::{MAX_IMAGE_BYTES, is_name};

use super::image;
use crate::{
    Api,
    error::Error,
    forward::{forward, unexpected},
    request::{Call, body},
    rooms::Access,
};

/// 201 when the file is new, 200 when the room had it. Rights are checked before the content is read.
pub(super) async fn put(api: Api, mut call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let access = Access::of(&api, caller, call.room()?).await?;
    access.require_edit()?;
    let name = call.param("sha256").to_owned();
    if !is_name(&name) {
        return Err(Error::NoSuchFile);
    }
    let media_type = image::declared(&call.parts.headers)?;
    let unread = call.take_body();
    let content = body::read(&call.parts.headers, unread, MAX_IMAGE_BYTES).await?;
    image::check(&content, media_type, &name)?;
    let tail = format!("files/{name}");
    let stored = forward(&api, caller, &access, Method::PUT, &tail, Some((media_type, content))).await?;
    match stored.status() {
        StatusCode::CREATED => Ok(StatusCode::CREATED.into_response()),
        StatusCode::OK | StatusCode::NO_CONTENT => Ok(StatusCode::OK.into_response()),
        _ => Err(unexpected(&stored)),
    }
}

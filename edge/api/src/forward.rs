//! Passes a call on to the room's node, with a ticket that says who asks and with which role.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use crate::{Api, error::Error, request::Caller, rooms::Access, tickets};

/// `tail` is what follows the room in the node's path. The caller of this has decided that the call is allowed.
pub(crate) async fn forward(
    api: &Api,
    caller: Caller,
    access: &Access,
    method: Method,
    tail: &str,
    body: Option<(&'static str, Bytes)>,
) -> Result<Response<Bytes>, Error> {
    let node = tickets::place(api, access).await?;
    let ticket = tickets::for_call(api, caller, access)?;
    let mut request = Request::builder()
        .method(method)
        .uri(format!("/node/v1/rooms/{}/{tail}", access.room.id))
        .header(header::AUTHORIZATION, format!("Bearer {ticket}"));
    let mut bytes = Bytes::new();
    if let Some((media_type, content)) = body {
        request = request.header(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        bytes = content;
    }
    let request = request.body(bytes).map_err(|e| Error::Internal(e.to_string()))?;
    let response = api.ports.nodes.call(&node, request).await;
    let response = response.map_err(|e| Error::BadGateway(format!("{}: {e}", node.id)))?;
    match response.status() {
        StatusCode::SERVICE_UNAVAILABLE => Err(Error::Unavailable(format!("{} is not available", node.id))),
        _ => Ok(response),
    }
}

/// What the node should not have answered.
pub(crate) fn unexpected(response: &Response<Bytes>) -> Error {
    Error::BadGateway(format!("unexpected status {}", response.status()))
}

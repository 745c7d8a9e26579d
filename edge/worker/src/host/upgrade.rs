//! Connections to rooms: passed on to the room's node as they are. What follows the handshake flows past this Worker's code.

use axum::response::Response;
use meridian_edge_api::{Api, problems as problem, sync_path};
use meridian_shared::region::Node;
use worker::{
    Url, js_sys,
    wasm_bindgen::JsCast,
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, RequestInit, WorkerGlobalScope},
};

use super::http_client::text;

/// The node's answer to a request of `/v1/sync/{room}`, or ours when there is none.
pub(crate) async fn forward(
    api: &Api,
    request: &web_sys::Request,
    url: &Url,
    room: &str,
) -> Result<web_sys::Response, Response> {
    let subprotocols = request.headers().get("sec-websocket-protocol").ok().flatten();
    let ticket = sync_path::ticket(subprotocols.as_deref(), url.query());
    let node = api.node_of_upgrade(room, ticket).await?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    send(request, &node, &format!("{}{}{query}", node.url, url.path())).await.map_err(|cause| {
        tracing::error!(node = node.id, cause, "a connection could not be passed on");
        problem::unavailable()
    })
}

async fn send(request: &web_sys::Request, node: &Node, target: &str) -> Result<web_sys::Response, String> {
    // A request is a valid dictionary of its own copy: method, headers and body.
    let init: &RequestInit = request.unchecked_ref();
    let copy = web_sys::Request::new_with_str_and_init(target, init).map_err(text)?;
    if let Some(client) = request.headers().get("cf-connecting-ip").ok().flatten() {
        copy.headers().set("x-forwarded-for", &client).map_err(text)?;
    }
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_request(&copy)).await.map_err(text)?;
    tracing::debug!(node = node.id, "a connection is passed on");
    Ok(response.unchecked_into())
}

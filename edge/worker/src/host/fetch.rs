//! The event: a request comes in, an answer goes out.

use std::{net::IpAddr, rc::Rc};

use axum::{body::Body, response::Response};
use meridian_edge_api::{CallerRegion, ClientIp};
use tower::ServiceExt;
use worker::{Cf, Context, Env, Url, event, request_from_wasm, response_to_wasm, send::SendFuture, web_sys};

use super::{
    isolate::{self, Isolate},
    problem,
    request::{self, Held},
    upgrade,
};
use crate::sync_path;

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, ctx: Context) -> worker::Result<web_sys::Response> {
    let held = Rc::new(Held::default());
    let answer = request::scope(held.clone(), answer(request, &env)).await;
    if !held.is_empty() {
        // The answer need not wait for the goodbye.
        ctx.wait_until(async move { held.close().await });
    }
    match answer {
        Ok(response) => Ok(response),
        Err(response) => response_to_wasm(response),
    }
}

/// The answer of a node or of the API as it is, or one of ours.
async fn answer(request: web_sys::Request, env: &Env) -> Result<web_sys::Response, Response> {
    let url = Url::parse(&request.url()).map_err(|_| problem::unreadable())?;
    let cf = worker::Request::from(request.clone().map_err(|_| problem::unreadable())?);
    let continent = cf.cf().and_then(Cf::continent);
    let isolate = isolate::get(env, continent.as_deref()).map_err(|error| {
        worker::console_error!("{error}");
        problem::misconfigured()
    })?;
    if let Some(room) = sync_path::room(url.path()) {
        return upgrade::forward(&isolate.api, &request, &url, room).await;
    }
    call(&isolate, request, continent.as_deref()).await
}

async fn call(
    isolate: &Isolate,
    request: web_sys::Request,
    continent: Option<&str>,
) -> Result<web_sys::Response, Response> {
    let mut request = request_from_wasm(request).map_err(|_| problem::unreadable())?.map(Body::new);
    let ip =
        request.headers().get("cf-connecting-ip").and_then(|ip| ip.to_str().ok()?.parse::<IpAddr>().ok());
    if let Some(ip) = ip {
        request.extensions_mut().insert(ClientIp(ip));
    }
    if let Some(region) = isolate.places.of(continent) {
        request.extensions_mut().insert(CallerRegion(region.clone()));
    }
    let Ok(response) = SendFuture::new(isolate.router.clone().oneshot(request)).await;
    response_to_wasm(response).map_err(|error| {
        tracing::error!(%error, "an answer could not be handed over");
        problem::misconfigured()
    })
}

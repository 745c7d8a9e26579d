//! The event: a request comes in, an answer goes out.

use std::{net::IpAddr, rc::Rc};

use axum::{body::Body, response::Response};
use meridian_edge_api::{CallerRegion, ClientIp, problems as problem, sync_path};
use tower::ServiceExt;
use worker::{
    Context, Env, Url, event, request_from_wasm, send::SendFuture, web_sys, worker_sys::ext::RequestExt,
};

use super::{
    answer,
    isolate::{self, Isolate},
    page,
    request::{self, Held},
    upgrade,
};

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
        Err(response) => answer::to_js(response).await,
    }
}

/// A node's answer as it is, or one of ours.
async fn answer(request: web_sys::Request, env: &Env) -> Result<web_sys::Response, Response> {
    let url = Url::parse(&request.url()).map_err(|_| problem::unreadable())?;
    if let Some(files) = page::of(env, &request.method(), &url) {
        return page::index(&files, &url).await;
    }
    let continent = request.cf().and_then(|cf| cf.continent().ok().flatten());
    let isolate = isolate::get(env, continent.as_deref()).map_err(|error| {
        worker::console_error!("{error}");
        problem::misconfigured()
    })?;
    match sync_path::room(url.path()) {
        Some(room) => upgrade::forward(&isolate.api, &request, &url, room).await,
        None => Err(call(&isolate, request, continent.as_deref()).await),
    }
}

/// The API's answer.
async fn call(isolate: &Isolate, request: web_sys::Request, continent: Option<&str>) -> Response {
    let Ok(request) = request_from_wasm(request) else { return problem::unreadable() };
    let mut request = request.map(Body::new);
    let ip = request.headers().get("cf-connecting-ip");
    if let Some(ip) = ip.and_then(|ip| ip.to_str().ok()?.parse::<IpAddr>().ok()) {
        request.extensions_mut().insert(ClientIp(ip));
    }
    if let Some(region) = isolate.places.of(continent) {
        request.extensions_mut().insert(CallerRegion(region.clone()));
    }
    let Ok(response) = SendFuture::new(isolate.router.clone().oneshot(request)).await;
    response
}

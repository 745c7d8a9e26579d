//! HTTP: one instance of a component for each request.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use wasmtime::Store;
use wasmtime_wasi_http::{WasiHttpView, p3};

use crate::{
    application::{Application, Loaded},
    headers,
    instance::Instance,
};

/// Serves until the process is told to end.
pub(crate) async fn run(application: Application, listen: SocketAddr) -> anyhow::Result<()> {
    let application = Arc::new(application);
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    println!("ready at http://{}", listener.local_addr()?);
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = end.recv() => return Ok(()),
        };
        // An error is of that one connection (or of too many: then some end).
        let Ok((stream, peer)) = accepted else { continue };
        tokio::spawn(connection(application.clone(), stream, peer));
    }
}

async fn connection(application: Arc<Application>, stream: TcpStream, peer: SocketAddr) {
    let service = service_fn(|request| {
        let application = application.clone();
        async move { Ok::<_, Infallible>(answer(&application, request, peer).await) }
    });
    // The peer may hang up at any time.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    application: &Application,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Full<Bytes>> {
    let (mut parts, body) = request.into_parts();
    let Some((route, component)) = application.routes.find(parts.uri.path()) else {
        return plain(404, "no route");
    };
    headers::add(&mut parts, route, peer);
    let name = component.rights.name.clone();
    match call(application, component, Request::from_parts(parts, body)).await {
        Ok(response) => response,
        Err(error) => {
            eprintln!("the component {name} failed: {error:?}");
            plain(500, "the component failed")
        }
    }
}

/// Runs a component on a request. Its answer is taken whole, since nothing of the instance outlives it.
async fn call(
    application: &Application,
    component: &Loaded,
    request: Request<Incoming>,
) -> wasmtime::Result<Response<Full<Bytes>>> {
    let mut store = Store::new(&application.engine, Instance::new(component.rights.clone())?);
    let service = component.service.instantiate_async(&mut store).await?;
    let response = store
        .run_concurrent(async move |accessor| {
            let request = request.map(|body| body.map_err(wasmtime_wasi_http::Error::from));
            let request = accessor.with(|mut access| {
                p3::Request::from_http(WasiHttpView::http(access.data_mut()).hooks, request).0
            });
            let response = service.handle(accessor, request).await??;
            let response = accessor.with(|access| response.into_http(access, async { Ok(()) }))?;
            let (parts, body) = response.into_parts();
            let whole = body.collect().await.map_err(|e| wasmtime::format_err!("the body: {e}"))?;
            wasmtime::error::Ok(Response::from_parts(parts, Full::new(whole.to_bytes())))
        })
        .await??;
    Ok(response)
}

fn plain(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

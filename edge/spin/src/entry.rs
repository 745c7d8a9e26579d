//! What Spin calls for each request.

use axum::{body::Body, response::Response};
use http::{Method, header};
use meridian_edge_api::{problems, sync_path};
use spin_sdk::{http::Request, http_service};
use tower::ServiceExt;

use crate::{api, peer, sync};

#[http_service]
async fn handle(request: Request) -> Response {
    let api = match api::get().await {
        Ok(api) => api,
        Err(error) => {
            tracing::error!(%error, "this component is not configured correctly");
            return problems::misconfigured();
        }
    };
    let mut request = request.map(Body::new);
    if let Some(client) = peer::client(request.headers()) {
        request.extensions_mut().insert(client);
    }
    if let Some(room) = sync_path::room(request.uri().path()) {
        return sync::answer(&api.api, room, request.headers(), request.uri().query()).await;
    }
    let is_head = request.method() == Method::HEAD;
    let Ok(mut response) = api.router.clone().oneshot(request).await;
    if is_head {
        // WASI holds the length against the body that it is given, and this one has none.
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response
}

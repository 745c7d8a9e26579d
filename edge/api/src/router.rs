//! All routes, and what lies around them.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::{MethodFilter, MethodRouter, on},
};
use http::Method;

use crate::{
    Api, auth, endpoint::Endpoint, error::Error, files, invites, me, members, meta, middleware, node_calls,
    participants, rooms, serve::serve, tickets,
};

/// Every route of the API. One that is not here does not exist: nothing else registers routes.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    [
        auth::endpoints(),
        me::endpoints(),
        rooms::endpoints(),
        members::endpoints(),
        invites::endpoints(),
        tickets::endpoints(),
        files::endpoints(),
        participants::endpoints(),
        meta::endpoints(),
        node_calls::endpoints(),
    ]
    .concat()
}

/// The API as a service. Its fallback answers every other path with a 404 problem: mount what the host adds before it.
pub fn router(api: Api) -> Router {
    let mut paths: BTreeMap<&'static str, MethodRouter<Api>> = BTreeMap::new();
    for endpoint in endpoints() {
        let path = endpoint.path;
        let routed = method_router(endpoint);
        let merged = paths.remove(path).unwrap_or_default().merge(routed);
        paths.insert(path, merged);
    }
    let cors = middleware::cors(&api.config.allowed_origins);
    let state = api.clone();
    paths
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| router.route(path, methods))
        .fallback(|| async { Error::NoSuchRoute.into_response() })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed.into_response() })
        // Innermost first: what a layer adds is on every answer of those above it.
        .layer(from_fn(middleware::catch_panic))
        .layer(cors)
        .layer(from_fn(middleware::security_headers))
        .layer(from_fn_with_state(state, middleware::request_id))
        .with_state(api)
}

fn method_router(endpoint: Endpoint) -> MethodRouter<Api> {
    // Only methods that axum knows are in the table: the tests build it.
    let filter = MethodFilter::try_from(endpoint.method.clone()).unwrap_or(MethodFilter::GET);
    on(filter, move |State(api): State<Api>, request: Request| serve(api, endpoint.clone(), request))
}

/// Every operation of the API: method, path template (`{name}` for parameters), and whether it needs an access token, or a node's secret.
pub fn operations() -> Vec<(Method, &'static str, bool)> {
    let signed_in = |e: &Endpoint| e.access != crate::endpoint::Access::Public;
    endpoints().iter().map(|e| (e.method.clone(), e.path, signed_in(e))).collect()
}

/// Whether a path belongs to the API rather than to a page: for hosts that serve both on one name.
pub fn is_api_path(path: &str) -> bool {
    path == "/v1"
        || path.starts_with("/v1/")
        || path.starts_with("/.well-known/")
        || path == "/healthz"
        || path == "/readyz"
}

//! The board page: static files, with the caching and the content policy that a CDN would set in production.

use std::path::Path;

use axum::{Router, extract::Request, middleware::Next, response::Response};
use http::{HeaderValue, header};
use meridian_shared::page::{CONTENT_SECURITY_POLICY, cache_control};
use tower_http::services::{ServeDir, ServeFile};

/// Serves a built page. Paths that are no file are the page's own (`/rooms/…`), so they get `index.html`; a missing file of the build is 404, since browsers
/// would keep what they get under its name.
pub(crate) fn router(dist: &Path) -> Router {
    let index = ServeFile::new(dist.join("index.html"));
    let files = ServeDir::new(dist).precompressed_gzip().fallback(index);
    let assets = ServeDir::new(dist.join("assets")).precompressed_gzip();
    Router::new()
        .nest_service("/assets", assets)
        .fallback_service(files)
        .layer(axum::middleware::from_fn(headers))
}

async fn headers(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let cache = cache_control(&path, response.status().is_success());
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CACHE_CONTROL, cache), (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

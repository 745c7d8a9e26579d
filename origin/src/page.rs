//! The board page: static files, with the caching and the content policy that a CDN would set in production.

use std::path::Path;

use axum::{Router, extract::Request, middleware::Next, response::Response};
use http::{HeaderValue, header};
use tower_http::services::{ServeDir, ServeFile};

/// Everything comes from this origin; Excalidraw sets style attributes and draws into blobs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss: data: blob:; worker-src 'self' blob:; \
    object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// Serves a built page. Paths that are no file are the page's own (`/rooms/…`), so they get `index.html`.
pub(crate) fn router(dist: &Path) -> Router {
    let index = ServeFile::new(dist.join("index.html"));
    let files = ServeDir::new(dist).precompressed_gzip().fallback(index);
    Router::new().fallback_service(files).layer(axum::middleware::from_fn(headers))
}

async fn headers(request: Request, next: Next) -> Response {
    // The build names these by their content, but for some fonts.
    let path = request.uri().path();
    let is_immutable = path.starts_with("/assets/") && !path.starts_with("/assets/fonts/");
    let mut response = next.run(request).await;
    let is_found = response.status().is_success();
    let headers = response.headers_mut();
    let cache = if is_immutable && is_found { "public, max-age=31536000, immutable" } else { "no-cache" };
    for (name, value) in
        [(header::CACHE_CONTROL, cache), (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

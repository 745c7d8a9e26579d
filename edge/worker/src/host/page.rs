//! Paths of the page that are no files (`/rooms/…`). Files are answered before this Worker is asked (`[assets]` in wrangler.toml).

use axum::response::Response;
use meridian_edge_api::{is_api_path, problems as problem};
use worker::{Env, Fetcher, Url, web_sys};

/// The page's files, if the path is one that the page shows something under. A file that is missing is none: its name must not get the page's content, which
/// browsers would keep for it.
pub(crate) fn of(env: &Env, method: &str, url: &Url) -> Option<Fetcher> {
    let path = url.path();
    let is_page = matches!(method, "GET" | "HEAD") && !is_api_path(path) && !path.starts_with("/assets/");
    env.assets("ASSETS").ok().filter(|_| is_page)
}

/// The page itself.
pub(crate) async fn index(files: &Fetcher, url: &Url) -> Result<web_sys::Response, Response> {
    let mut index = url.clone();
    index.set_path("/");
    index.set_query(None);
    let found = files.fetch(index, None).await.and_then(worker::response_to_wasm);
    found.map_err(|cause| {
        tracing::error!(%cause, "the page could not be had");
        problem::unavailable()
    })
}

//! What Spin calls for each request.

use std::path::Path;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use spin_sdk::{http::Request, http_service};

use crate::answer::answer;

/// Where the manifest mounts the files.
const FILES: &str = "/";

#[http_service]
async fn handle(request: Request) -> Response<Full<Bytes>> {
    answer(Path::new(FILES), request.method(), request.uri().path(), request.headers())
}

//! The answer to a request, from a folder.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use meridian_shared::page::{CONTENT_SECURITY_POLICY, SECURITY_HEADERS, cache_control};

use crate::{
    conditions::{is_known, reads_gzip},
    path::{Wanted, wanted},
};

/// A file's content as it travels.
struct Content {
    bytes: Vec<u8>,
    kind: &'static str,
    is_gzip: bool,
}

/// Answers from the files in `root`.
pub(crate) fn answer(root: &Path, method: &Method, path: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let found = if method == Method::GET || method == Method::HEAD {
        find(root, path, reads_gzip(headers))
    } else {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        Err(StatusCode::METHOD_NOT_ALLOWED)
    };
    match found {
        Ok(content) => fill(&mut response, content, method == Method::HEAD, headers),
        Err(status) => *response.status_mut() = status,
    }
    let cache = cache_control(path, found_or_kept(response.status()));
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn found_or_kept(status: StatusCode) -> bool {
    status.is_success() || status == StatusCode::NOT_MODIFIED
}

/// The file of a path, or the page for paths of its own. An asset that is missing is missing: the page in its place would be kept as a script for a year.
fn find(root: &Path, path: &str, gzip: bool) -> Result<Content, StatusCode> {
    let page = || read(&root.join("index.html"), gzip).ok_or(StatusCode::NOT_FOUND);
    match wanted(root, path) {
        Wanted::Page => page(),
        Wanted::File(file) => match read(&file, gzip) {
            Some(content) => Ok(content),
            None if path.starts_with("/assets/") => Err(StatusCode::NOT_FOUND),
            None => page(),
        },
    }
}

/// A file, compressed where the build put that beside it and the caller reads it.
fn read(file: &Path, gzip: bool) -> Option<Content> {
    let kind = mime_guess::from_path(file).first_raw().unwrap_or("application/octet-stream");
    if !fs::metadata(file).ok()?.is_file() {
        return None;
    }
    if gzip {
        let mut compressed = file.as_os_str().to_owned();
        compressed.push(".gz");
        if let Ok(bytes) = fs::read(PathBuf::from(compressed)) {
            return Some(Content { bytes, kind, is_gzip: true });
        }
    }
    Some(Content { bytes: fs::read(file).ok()?, kind, is_gzip: false })
}

fn fill(response: &mut Response<Full<Bytes>>, content: Content, is_head: bool, asked: &HeaderMap) {
    // By content: times and inodes differ between machines that serve the same build. Weak, since it isn't cryptographic.
    let mut hasher = DefaultHasher::new();
    content.bytes.hash(&mut hasher);
    let etag = format!("W/\"{:016x}\"", hasher.finish());
    let is_known = is_known(asked, &etag);
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return;
    }
    let kind = match content.kind {
        "text/html" => "text/html; charset=utf-8",
        other => other,
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if content.is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if !is_head {
        // Without a body there must be no length: WASI holds one against the other.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(content.bytes.len()));
        *response.body_mut() = Full::new(Bytes::from(content.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> tempfile::TempDir {
        let site = tempfile::tempdir().unwrap();
        fs::create_dir(site.path().join("assets")).unwrap();
        for (name, content) in [
            ("index.html", "<html>"),
            ("assets/a-1.js", "plain"),
            ("assets/a-1.js.gz", "packed"),
            ("icon.svg", "<svg>"),
        ] {
            fs::write(site.path().join(name), content).unwrap();
        }
        site
    }

    fn get(site: &tempfile::TempDir, path: &str, asked: &[(&'static str, &str)]) -> Response<Full<Bytes>> {
        let headers = asked.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        answer(site.path(), &Method::GET, path, &headers.collect())
    }

    fn header<'a>(response: &'a Response<Full<Bytes>>, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn files_have_their_types_and_caching_and_paths_of_the_page_get_the_page() {
        let site = site();
        let asset = get(&site, "/assets/a-1.js", &[]);
        assert_eq!(header(&asset, "content-type"), "text/javascript");
        assert!(header(&asset, "cache-control").contains("immutable"));
        assert_eq!(header(&get(&site, "/icon.svg", &[]), "content-type"), "image/svg+xml");
        for path in ["/", "/rooms/01J", "/../../etc/passwd", "/assets"] {
            let page = get(&site, path, &[]);
            assert_eq!(
                (page.status().as_u16(), header(&page, "content-type")),
                (200, "text/html; charset=utf-8"),
                "{path}"
            );
            assert_eq!(header(&page, "cache-control"), "no-cache");
            assert_eq!(header(&page, "content-security-policy"), CONTENT_SECURITY_POLICY);
            assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        }
        let missing = get(&site, "/assets/b-2.js", &[]);
        assert_eq!((missing.status().as_u16(), header(&missing, "cache-control")), (404, "no-cache"));
    }

    #[test]
    fn a_compressed_file_goes_to_who_reads_it_and_what_is_known_is_not_sent() {
        let site = site();
        let packed = get(&site, "/assets/a-1.js", &[("accept-encoding", "gzip")]);
        assert_eq!((header(&packed, "content-encoding"), header(&packed, "content-length")), ("gzip", "6"));
        assert_eq!(header(&packed, "content-type"), "text/javascript");
        let etag = header(&get(&site, "/", &[]), "etag").to_owned();
        assert_eq!(get(&site, "/", &[("if-none-match", &etag)]).status(), 304);
        let head = answer(site.path(), &Method::HEAD, "/", &HeaderMap::new());
        assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, ""));
        assert_eq!(answer(site.path(), &Method::POST, "/", &HeaderMap::new()).status(), 405);
    }
}

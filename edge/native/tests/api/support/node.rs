//! A node that stores files, and believes nothing but tickets.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use meridian_edge_api::ports::Clock;
use meridian_shared::{
    keys::PublicKeys,
    token::{Scope, TicketClaims},
};

use super::TestClock;

#[derive(Clone)]
pub(crate) struct FakeNode {
    keys: PublicKeys,
    clock: Arc<TestClock>,
    files: Arc<Mutex<HashMap<String, (String, Bytes)>>>,
    /// Answers everything with this status.
    pub(crate) broken: Arc<Mutex<Option<StatusCode>>>,
    /// The ticket of the last call.
    pub(crate) last: Arc<Mutex<Option<TicketClaims>>>,
}

impl FakeNode {
    pub(super) fn new(keys: PublicKeys, clock: Arc<TestClock>) -> Self {
        Self { keys, clock, files: Arc::default(), broken: Arc::default(), last: Arc::default() }
    }

    pub(super) fn router(&self) -> Router {
        Router::new()
            .route("/node/v1/rooms/{room}/files/{sha256}", get(get_file).put(put_file))
            .route("/node/v1/rooms/{room}/participants", get(participants))
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }

    /// Checks the call's ticket, as a node must.
    fn admit(&self, headers: &HeaderMap, room: &str) -> Result<(), StatusCode> {
        if let Some(status) = *self.broken.lock().expect("no panic") {
            return Err(status);
        }
        let token = headers[header::AUTHORIZATION].to_str().expect("text").trim_start_matches("Bearer ");
        let claims: TicketClaims = self.keys.verify(token, self.clock.now()).expect("a ticket of ours");
        assert_eq!((claims.scope, claims.room.to_string().as_str()), (Scope::Call, room));
        *self.last.lock().expect("no panic") = Some(claims);
        Ok(())
    }
}

/// Rooms share nothing.
fn key(path: &HashMap<String, String>) -> String {
    format!("{}/{}", path["room"], path["sha256"])
}

type FilePath = Path<HashMap<String, String>>;

async fn get_file(State(node): State<FakeNode>, Path(path): FilePath, headers: HeaderMap) -> Response {
    if let Err(refusal) = node.admit(&headers, &path["room"]) {
        return refusal.into_response();
    }
    match node.files.lock().expect("no panic").get(&key(&path)) {
        Some((media_type, content)) => {
            ([(header::CONTENT_TYPE, media_type.clone())], content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn put_file(
    State(node): State<FakeNode>,
    Path(path): FilePath,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = node.admit(&headers, &path["room"]) {
        return refusal.into_response();
    }
    let media_type = headers[header::CONTENT_TYPE].to_str().expect("text").to_owned();
    let known = node.files.lock().expect("no panic").insert(key(&path), (media_type, body)).is_some();
    if known { StatusCode::OK.into_response() } else { StatusCode::CREATED.into_response() }
}

async fn participants(State(node): State<FakeNode>, Path(path): FilePath, headers: HeaderMap) -> Response {
    if let Err(refusal) = node.admit(&headers, &path["room"]) {
        return refusal.into_response();
    }
    ([(header::CONTENT_TYPE, "application/json")], r#"{"items":[]}"#).into_response()
}

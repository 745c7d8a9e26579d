//! The images of a board: stored once by the hash of their content, by room, so that a room's images end with it.

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use meridian_shared::{
    ids::RoomId,
    image::{ImageKind, is_name},
};
use object_store::{ObjectStoreExt, PutMode, PutOptions, path::Path as ObjectPath};
use sha2::{Digest, Sha256};

use super::{NodeState, ticket::Call};
use crate::problem::problem;

fn object_path(room: RoomId, name: &str) -> Option<ObjectPath> {
    is_name(name).then(|| ObjectPath::from(format!("rooms/{room}/{name}")))
}

/// Stores an image. 201, or 200 when it was there already.
pub(super) async fn put(
    State(state): State<NodeState>,
    call: Call,
    Path((_, sha256)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    if !call.claims.role.can_edit() {
        return problem(StatusCode::FORBIDDEN, "forbidden", "viewers add no images");
    }
    let Some(path) = object_path(call.room, &sha256) else { return no_such_file() };
    let hash = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if hash != sha256 || ImageKind::of(&body).is_none() {
        return problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "file_mismatch",
            "the content is not the image that was named",
        );
    }
    let once = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match state.files.put_opts(&path, body.into(), once).await {
        Ok(_) => StatusCode::CREATED.into_response(),
        Err(object_store::Error::AlreadyExists { .. }) => StatusCode::OK.into_response(),
        Err(error) => unavailable(&error),
    }
}

/// An image.
pub(super) async fn get(
    State(state): State<NodeState>,
    call: Call,
    Path((_, sha256)): Path<(String, String)>,
) -> Response {
    let Some(path) = object_path(call.room, &sha256) else { return no_such_file() };
    let bytes = match state.files.get(&path).await {
        Ok(found) => found.bytes().await,
        Err(error) => Err(error),
    };
    match bytes {
        Ok(bytes) => {
            let media_type = ImageKind::of(&bytes).map_or("application/octet-stream", ImageKind::media_type);
            ([(header::CONTENT_TYPE, media_type)], bytes).into_response()
        }
        Err(object_store::Error::NotFound { .. }) => no_such_file(),
        Err(error) => unavailable(&error),
    }
}

fn no_such_file() -> Response {
    problem(StatusCode::NOT_FOUND, "not_found", "the room has no such file")
}

fn unavailable(error: &object_store::Error) -> Response {
    tracing::error!(%error, "the object store failed");
    problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "files can't be reached now; try again soon")
}

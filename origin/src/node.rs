//! Calls that the edge forwards to the node of a room: `/node/v1/rooms/{id}/…`, each with a ticket of the person behind it (invariant 5).

mod files;
mod participants;
mod ticket;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, put},
};
use meridian_shared::image::MAX_IMAGE_BYTES;
use object_store::ObjectStore;

use crate::sync::connection::Context;

/// What the node's calls need.
#[derive(Clone)]
pub struct NodeState {
    /// What connections share: the rooms and who may call.
    pub context: Arc<Context>,
    /// Where images are.
    pub files: Arc<dyn ObjectStore>,
}

/// The node's routes.
pub fn router(state: NodeState) -> Router {
    Router::new()
        .route("/node/v1/rooms/{room}/participants", get(participants::list))
        .route("/node/v1/rooms/{room}/files/{sha256}", put(files::put).get(files::get))
        .layer(DefaultBodyLimit::max(MAX_IMAGE_BYTES))
        .with_state(state)
}

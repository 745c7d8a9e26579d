//! Images of a board, by the SHA-256 of their content. Size, type and hash are checked here; the room's node stores.

mod get;
mod image;
mod put;

use http::Method;

use meridian_shared::image::MEDIA_TYPES;

use crate::{
    endpoint::{Answer, BodySpec, Endpoint},
    error,
};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const FILE: &str = "/v1/rooms/{room}/files/{sha256}";
    vec![
        Endpoint::new(Method::PUT, FILE, "putFile", "Store an image of the board", put::put)
            .placed()
            .body(BodySpec::Bytes(MEDIA_TYPES))
            .answer(201, Answer::Empty)
            .answer(200, Answer::Empty)
            .errors(&[error::FORBIDDEN, error::FILE_NOT_FOUND, error::BAD_GATEWAY]),
        Endpoint::new(Method::GET, FILE, "getFile", "An image of the board", get::get)
            .placed()
            .answer(200, Answer::Image)
            .errors(&[error::FILE_NOT_FOUND, error::BAD_GATEWAY]),
    ]
}

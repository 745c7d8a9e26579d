//! Rooms.

pub(crate) mod access;
mod create;
mod list;
mod room;

use http::Method;

use crate::{
    endpoint::{Answer, BodySpec, Endpoint},
    error,
    request::fields::{Field, Rule, optional, required},
    schema,
};

pub(crate) use access::Access;
pub(crate) use room::Room;

/// What a room may be. Games and others come with what they need.
pub(crate) const KINDS: &[&str] = &["board"];

const CREATE: &[Field] =
    &[required("name", Rule::Name), optional("region", Rule::Region), optional("kind", Rule::OneOf(KINDS))];
const PATCH: &[Field] = &[optional("name", Rule::Name), optional("viewers_visible", Rule::Bool)];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let room = Answer::Json(&schema::ROOM);
    vec![
        Endpoint::new(Method::POST, "/v1/rooms", "createRoom", "Create a room that I own", create::create)
            .body(BodySpec::Json(CREATE))
            .idempotent()
            .answer(201, room),
        Endpoint::new(
            Method::GET,
            "/v1/rooms",
            "listRooms",
            "Rooms I am a member of, newest first",
            list::list,
        )
        .paged()
        .answer(200, Answer::Json(&schema::ROOMS)),
        Endpoint::new(Method::GET, "/v1/rooms/{room}", "getRoom", "One room", room::get).answer(200, room),
        Endpoint::new(Method::PATCH, "/v1/rooms/{room}", "patchRoom", "Change a room", room::patch)
            .body(BodySpec::Json(PATCH))
            .answer(200, room)
            .errors(&[error::FORBIDDEN]),
        Endpoint::new(Method::DELETE, "/v1/rooms/{room}", "deleteRoom", "Delete a room", room::delete)
            .answer(204, Answer::Empty)
            .errors(&[error::FORBIDDEN]),
    ]
}

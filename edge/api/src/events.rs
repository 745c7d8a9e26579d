//! Rights that end or change: written down with the change, then told.
//!
//! The row is in the batch of the change itself, so that it is there if and only if the change is. Origin nodes read the rows twice a second; the message on
//! the bus makes that faster and may be lost.

use meridian_shared::{
    database::Statement,
    event::Event,
    ids::{RoomId, UserId},
};

use crate::{Api, auth::secret::hex, error::Error};

/// The key under which a room's place is remembered.
pub(crate) fn route_key(room: RoomId) -> String {
    format!("route:{room}")
}

/// Notes an event whose subject is known beforehand.
pub(crate) fn record(api: &Api, event: &Event) -> Result<Statement, Error> {
    let (session, user, room) = match event {
        Event::SessionEnded { session } => (Some(*session), None, None),
        Event::UserErased { user } => (None, Some(*user), None),
        Event::MemberChanged { room, user } => (None, Some(*user), Some(*room)),
        Event::RoomChanged { room } | Event::RoomDeleted { room } => (None, None, Some(*room)),
    };
    let insert = Statement::new(
        "INSERT INTO revocations (id, at, session_id, user_id, room_id) VALUES ($1, $2, $3, $4, $5)",
    );
    Ok(insert.bind(id(api)?).bind(api.now()).bind(session).bind(user).bind(room))
}

/// Notes the end of the session that a refresh token belongs to, if it ended with this batch, whose time is `now`.
pub(crate) fn record_end_of_session(
    api: &Api,
    token_hash: &str,
    now: meridian_shared::time::Millis,
) -> Result<Statement, Error> {
    let insert = Statement::new(
        "INSERT INTO revocations (id, at, session_id) SELECT $3, $2, s.id FROM sessions s
         WHERE s.id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) AND s.ended_at = $2",
    );
    Ok(insert.bind(token_hash).bind(now).bind(id(api)?))
}

/// Notes the end of the rooms that nobody but this person owned, and which this batch, whose time is `now`, has deleted.
pub(crate) fn record_end_of_rooms(
    api: &Api,
    user: UserId,
    now: meridian_shared::time::Millis,
) -> Result<Statement, Error> {
    let insert = Statement::new(
        "INSERT INTO revocations (id, at, room_id) SELECT CAST($3 AS TEXT) || r.id, $2, r.id FROM rooms r
         JOIN members m ON m.room_id = r.id AND m.user_id = $1 AND m.role = 'owner' WHERE r.deleted_at = $2",
    );
    Ok(insert.bind(user).bind(now).bind(id(api)?))
}

fn id(api: &Api) -> Result<String, Error> {
    Ok(hex(&api.random::<16>()?))
}

/// Tells what was noted and committed.
pub(crate) async fn announce(api: &Api, event: Event) {
    let at = api.written().await;
    if let Event::RoomChanged { room } | Event::RoomDeleted { room } = &event {
        api.ports.memory.forget(&route_key(*room)).await;
    }
    api.ports.memory.publish(event, at).await;
}

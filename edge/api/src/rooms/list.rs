//! `GET /v1/rooms`

use axum::response::Response;
use meridian_shared::{database::Statement, ids::RoomId};
use serde_json::Value;

use super::Room;
use crate::{
    Api,
    auth::session,
    error::Error,
    request::{Call, page::Page},
    serve,
};

/// Rooms of the caller. Ids are UUIDv7: their order is the order of creation, and the cursor.
pub(super) async fn list(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let page = Page::<RoomId>::of(&call)?;
    let rooms = Statement::new(
        "SELECT r.id, r.name, r.kind, r.region, m.role, r.viewers_visible, r.created_at
         FROM members m JOIN rooms r ON r.id = m.room_id
         WHERE m.user_id = $1 AND r.deleted_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR m.room_id < $2)
         ORDER BY m.room_id DESC LIMIT $3",
    );
    let rooms = rooms.bind(caller.user).bind(page.after).bind(page.fetch());
    let [alive, rooms] = api.batch([session::alive(&api, caller), rooms]).await?;
    if alive.rows.is_empty() {
        return Err(Error::Unauthorized);
    }
    let items = rooms.rows.iter().map(|row| Room::from_row(row, 0).map(|room| (room.id, room.json())));
    let items: Vec<(RoomId, Value)> = items.collect::<Result<_, _>>()?;
    serve::ok(&page.body(items))
}

//! `GET /v1/rooms`

use axum::response::Response;
use meridian_shared::{
    database::{Statement, Value},
    ids::RoomId,
};

use super::Room;
use crate::{
    Api,
    error::Error,
    request::{Call, page::Page},
    serve,
};

/// Rooms of the caller. Ids are UUIDv7: their order is the order of creation, and the cursor.
///
/// One query for the session too: no row says that it has ended, a row without a room that there is none.
pub(super) async fn list(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let page = Page::<RoomId>::of(&call)?;
    let find = Statement::new(
        "SELECT r.id, r.name, r.kind, r.region, m.role, r.viewers_visible, r.created_at
         FROM sessions s LEFT JOIN (members m JOIN rooms r ON r.id = m.room_id AND r.deleted_at IS NULL)
           ON m.user_id = s.user_id AND (CAST($4 AS TEXT) IS NULL OR m.room_id < $4)
         WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3
         ORDER BY m.room_id DESC LIMIT $5",
    );
    let find =
        find.bind(caller.session).bind(caller.user).bind(api.now()).bind(page.after).bind(page.fetch());
    let rows = api.read(find).await?.rows;
    if rows.is_empty() {
        return Err(Error::Unauthorized);
    }
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| !matches!(row.0.first(), Some(Value::Null))) {
        let room = Room::from_row(row, 0)?;
        items.push((room.id, room.json()));
    }
    serve::ok(&page.body(items))
}

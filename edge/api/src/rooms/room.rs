//! `/v1/rooms/{room}`: one room.

use axum::response::Response;
use meridian_shared::{
    database::{DbError, Row, Statement},
    event::Event,
    ids::RoomId,
    role::Role,
    time::Millis,
};
use serde_json::{Value, json};

use super::Access;
use crate::{Api, error::Error, events, request::Call, serve};

/// A room as one of its members sees it.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) region: String,
    pub(crate) role: Role,
    pub(crate) viewers_visible: bool,
    pub(crate) created_at: Millis,
}

impl Room {
    /// From the columns id, name, kind, region, role, viewers_visible, created_at, beginning at column `i`.
    pub(crate) fn from_row(row: &Row, i: usize) -> Result<Self, DbError> {
        Ok(Self {
            id: row.parse(i)?,
            name: row.text(i + 1)?.to_owned(),
            kind: row.text(i + 2)?.to_owned(),
            region: row.text(i + 3)?.to_owned(),
            role: row.parse(i + 4)?,
            viewers_visible: row.int(i + 5)? != 0,
            created_at: Millis(row.int(i + 6)?),
        })
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "region": self.region,
            "role": self.role,
            "viewers_visible": self.viewers_visible,
            "created_at": self.created_at.rfc3339(),
        })
    }
}

pub(super) async fn get(api: Api, call: Call) -> Result<Response, Error> {
    serve::ok(&Access::to_show(&api, call.caller()?, call.room()?).await?.room.json())
}

pub(super) async fn patch(api: Api, call: Call) -> Result<Response, Error> {
    let access = Access::of(&api, call.caller()?, call.room()?).await?;
    access.require_manage()?;
    let (name, visible) = (call.fields.text_opt("name"), call.fields.bool("viewers_visible"));
    let update = Statement::new(
        "UPDATE rooms SET name = COALESCE(CAST($2 AS TEXT), name), viewers_visible = COALESCE(CAST($3 AS BIGINT), viewers_visible)
         WHERE id = $1 AND deleted_at IS NULL RETURNING name, viewers_visible",
    );
    let changed = Event::RoomChanged { room: access.room.id };
    let update = update.bind(access.room.id).bind(name).bind(visible);
    let [updated, _] = api.batch([update, events::record(&api, &changed)?]).await?;
    let row = updated.rows.first().ok_or(Error::NoSuchRoom)?;
    let room = Room { name: row.text(0)?.to_owned(), viewers_visible: row.int(1)? != 0, ..access.room };
    api.publish(changed).await;
    serve::ok(&room.json())
}

/// Deletes the room for everyone at once. Its log is left to the retention of the nodes.
pub(super) async fn delete(api: Api, call: Call) -> Result<Response, Error> {
    let access = Access::of(&api, call.caller()?, call.room()?).await?;
    access.require_manage()?;
    let gone = Event::RoomDeleted { room: access.room.id };
    let of_room = |sql| Statement::new(sql).bind(access.room.id);
    let statements = [
        of_room("UPDATE rooms SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL").bind(api.now()),
        of_room("DELETE FROM members WHERE room_id = $1"),
        of_room("DELETE FROM invites WHERE room_id = $1"),
        events::record(&api, &gone)?,
    ];
    let [deleted, ..] = api.batch(statements).await?;
    if deleted.affected > 0 {
        api.publish(gone).await;
    }
    serve::no_content()
}

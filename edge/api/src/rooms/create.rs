//! `POST /v1/rooms`

use axum::response::Response;
use meridian_shared::{database::Statement, ids::RoomId, region::Region, role::Role};

use super::{KINDS, Room};
use crate::{
    Api,
    auth::session,
    error::Error,
    request::{Call, caller_region::CallerRegion, idempotency},
};

pub(super) async fn create(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    session::require_alive(&api, caller).await?;
    let now = api.now();
    let room = Room {
        id: RoomId::new(now, api.random()?),
        name: call.fields.text("name")?.to_owned(),
        kind: call.fields.text_opt("kind").unwrap_or(KINDS[0]).to_owned(),
        region: call.fields.text_opt("region").unwrap_or(home(&api, &call).as_str()).to_owned(),
        role: Role::Owner,
        viewers_visible: true,
        created_at: now,
    };
    let insert = Statement::new(
        "INSERT INTO rooms (id, name, kind, region, viewers_visible, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    let insert =
        insert.bind(room.id).bind(room.name.as_str()).bind(room.kind.as_str()).bind(room.region.as_str());
    let insert = insert.bind(room.viewers_visible).bind(caller.user).bind(now);
    let join =
        Statement::new("INSERT INTO members (room_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)");
    let join = join.bind(room.id).bind(caller.user).bind(room.role).bind(now);
    idempotency::create(&api, &call, &room.json(), vec![insert, join]).await
}

/// The home of a room whose creator names none: where the creator is, if rooms may live there.
fn home<'a>(api: &'a Api, call: &'a Call) -> &'a Region {
    let near = call.parts.extensions.get::<CallerRegion>().map(|caller| &caller.0);
    near.filter(|region| api.config.regions.contains(region)).unwrap_or(&api.config.region)
}

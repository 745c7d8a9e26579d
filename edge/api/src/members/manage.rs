//! `PUT` and `DELETE /v1/rooms/{room}/members/{user}`
//!
//! A room always has an owner. The batch locks the room first and then carries the condition itself, so that it also holds when two owners step down at once.

use axum::response::Response;
use meridian_shared::{
    database::{Outcome, Statement},
    event::Event,
    ids::{RoomId, UserId},
    role::Role,
};

use super::member;
use crate::{Api, error::Error, events, request::Call, rooms::Access, serve};

/// Gives a member another role. People become members by invitation, never by being put here.
pub(super) async fn put(api: Api, call: Call) -> Result<Response, Error> {
    let access = Access::of(&api, call.caller()?, call.room()?).await?;
    access.require_manage()?;
    let (room, user) = (access.room.id, target(&call)?);
    let change = Statement::new(
        "UPDATE members SET role = $3 WHERE room_id = $1 AND user_id = $2 AND role <> $3 AND (role <> 'owner' OR EXISTS (
           SELECT 1 FROM members o WHERE o.room_id = $1 AND o.role = 'owner' AND o.user_id <> $2))",
    );
    let role = call.fields.text("role")?;
    let change = change.bind(room).bind(user).bind(role);
    let noted = events::record(&api, &Event::MemberChanged { room, user })?;
    let [_, changed, found, _] = api.batch([lock(room), change, find(room, user), noted]).await?;
    let row = found.rows.first().ok_or(Error::NoSuchMember)?;
    if row.text(2)? != role {
        return Err(Error::LastOwner);
    }
    announce(&api, &changed, room, user).await;
    serve::ok(&member(row)?.1)
}

/// Removes a member: an owner anyone, others themselves.
pub(super) async fn delete(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let access = Access::of(&api, caller, call.room()?).await?;
    let (room, user) = (access.room.id, target(&call)?);
    if user != caller.user {
        access.require_manage()?;
    }
    let remove = Statement::new(
        "DELETE FROM members WHERE room_id = $1 AND user_id = $2 AND (role <> 'owner' OR EXISTS (
           SELECT 1 FROM members o WHERE o.room_id = $1 AND o.role = 'owner' AND o.user_id <> $2))",
    );
    let noted = events::record(&api, &Event::MemberChanged { room, user })?;
    let remove = remove.bind(room).bind(user);
    let [_, removed, left, _] = api.batch([lock(room), remove, find(room, user), noted]).await?;
    match left.rows.first().map(|row| row.parse::<Role>(2)).transpose()? {
        Some(_) => Err(Error::LastOwner),
        None if removed.affected == 0 => Err(Error::NoSuchMember),
        None => {
            announce(&api, &removed, room, user).await;
            serve::no_content()
        }
    }
}

/// The member in the path. What is no id names nobody.
fn target(call: &Call) -> Result<UserId, Error> {
    call.param("user").parse().map_err(|_| Error::NoSuchMember)
}

/// Takes the row lock of the room, so that changes of its members happen one after the other.
fn lock(room: RoomId) -> Statement {
    Statement::new("UPDATE rooms SET name = name WHERE id = $1").bind(room)
}

fn find(room: RoomId, user: UserId) -> Statement {
    Statement::new(
        "SELECT u.id, u.name, m.role, m.joined_at FROM members m JOIN users u ON u.id = m.user_id WHERE m.room_id = $1 AND m.user_id = $2",
    )
    .bind(room)
    .bind(user)
}

async fn announce(api: &Api, change: &Outcome, room: RoomId, user: UserId) {
    if change.affected > 0 {
        api.publish(Event::MemberChanged { room, user }).await;
    }
}

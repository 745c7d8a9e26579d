//! `POST /v1/invites/{code}/accept`

use axum::response::Response;
use meridian_shared::{database::Statement, event::Event};

use crate::{
    Api,
    auth::{
        secret::{self, hex},
        session,
    },
    error::Error,
    request::{Call, Caller},
    rooms::Room,
    serve,
};

/// Makes the caller a member. Who is one already keeps the higher role, and counts as a use only when the role rises.
///
/// An invitation that is unknown, expired, used up or for someone else is answered alike; to a member, one that was accepted before is answered as before.
pub(super) async fn accept(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    session::require_alive(&api, caller).await?;
    let code = secret::hash(call.param("code"));
    let [_, _, joined, room, _] = api.batch(statements(&api, caller, &code)?).await?;
    let row = room.rows.first().ok_or(Error::NoSuchInvite)?;
    let room = Room::from_row(row, 0)?;
    if joined.affected > 0 {
        api.publish(Event::MemberChanged { room: room.id, user: caller.user }).await;
    }
    serve::ok(&room.json())
}

fn statements(api: &Api, caller: Caller, code: &str) -> Result<[Statement; 5], Error> {
    // Takes the row lock: what follows sees every earlier acceptance.
    let lock = Statement::new("UPDATE invites SET uses = uses WHERE code_hash = $1").bind(code);
    let take = Statement::new(
        "UPDATE invites SET uses = uses + 1, last_use = $4
         WHERE code_hash = $1 AND expires_at > $3 AND uses < max_uses
           AND (email_key IS NULL OR email_key = (SELECT u.email_key FROM users u WHERE u.id = $2))
           AND EXISTS (SELECT 1 FROM rooms r WHERE r.id = invites.room_id AND r.deleted_at IS NULL)
           AND NOT EXISTS (SELECT 1 FROM members m WHERE m.room_id = invites.room_id AND m.user_id = $2
                           AND (m.role <> 'viewer' OR invites.role = 'viewer'))",
    );
    // Only if this call was counted: its own id is the condition.
    let join = Statement::new(
        "INSERT INTO members (room_id, user_id, role, joined_at)
         SELECT i.room_id, $2, i.role, $3 FROM invites i WHERE i.code_hash = $1 AND i.last_use = $4
         ON CONFLICT (room_id, user_id) DO UPDATE SET role = excluded.role",
    );
    let room = Statement::new(
        "SELECT r.id, r.name, r.kind, r.region, m.role, r.viewers_visible, r.created_at
         FROM invites i JOIN rooms r ON r.id = i.room_id JOIN members m ON m.room_id = r.id
         WHERE i.code_hash = $1 AND m.user_id = $2 AND r.deleted_at IS NULL",
    );
    let id = hex(&api.random::<16>()?);
    let with = |s: Statement| s.bind(code).bind(caller.user).bind(api.now()).bind(id.as_str());
    // A live connection of the new member has another role now.
    let noted = Statement::new(
        "INSERT INTO revocations (id, at, user_id, room_id)
         SELECT $4, $3, $2, i.room_id FROM invites i WHERE i.code_hash = $1 AND i.last_use = $4",
    );
    Ok([lock, with(take), with(join), room.bind(code).bind(caller.user), with(noted)])
}

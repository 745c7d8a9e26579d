//! `/v1/me`: one's own account.

use axum::response::Response;
use http::Method;
use meridian_shared::{
    database::{Row, Statement},
    event::Event,
    ids::UserId,
    time::Millis,
};
use serde_json::json;

use crate::{
    Api,
    auth::session,
    endpoint::{Answer, BodySpec, Endpoint},
    error::Error,
    events,
    request::{
        Call, Caller,
        fields::{Field, Rule, optional},
    },
    schema, serve,
};

const PATCH: &[Field] = &[optional("name", Rule::Name)];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/v1/me", "getMe", "My account", get)
            .answer(200, Answer::Json(&schema::ME)),
        Endpoint::new(Method::PATCH, "/v1/me", "patchMe", "Change my name", patch)
            .body(BodySpec::Json(PATCH))
            .answer(200, Answer::Json(&schema::ME)),
        Endpoint::new(Method::DELETE, "/v1/me", "deleteMe", "Erase my account", delete)
            .answer(204, Answer::Empty),
    ]
}

async fn get(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let find = Statement::new(
        "SELECT u.id, u.email, u.name, u.email_verified, u.created_at FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3",
    );
    let found = api.read(find.bind(caller.session).bind(caller.user).bind(api.now())).await?;
    account(found.rows.first())
}

async fn patch(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let update = Statement::new(
        "UPDATE users SET name = COALESCE(CAST($4 AS TEXT), name) WHERE id = $2 AND EXISTS (
           SELECT 1 FROM sessions s WHERE s.id = $1 AND s.user_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3)
         RETURNING id, email, name, email_verified, created_at",
    );
    let update =
        update.bind(caller.session).bind(caller.user).bind(api.now()).bind(call.fields.text_opt("name"));
    account(api.run(update).await?.rows.first())
}

/// No row: the session has ended, or the account is gone.
fn account(row: Option<&Row>) -> Result<Response, Error> {
    let row = row.ok_or(Error::Unauthorized)?;
    let id: UserId = row.parse(0)?;
    serve::ok(&json!({
        "id": id,
        "email": row.text(1)?,
        "name": row.text(2)?,
        "email_verified": row.int(3)? != 0,
        "created_at": Millis(row.int(4)?).rfc3339(),
    }))
}

/// Erases the account at once: sign-ins, memberships, invitations given out, stored answers. Rooms that nobody else owns are deleted. What was drawn in
/// other rooms stays, without its author.
async fn delete(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    session::require_alive(&api, caller).await?;
    let erased = Event::UserErased { user: caller.user };
    let [_, orphaned, ..] = api.batch(erasure(&api, caller, &erased)?).await?;
    api.publish(erased).await;
    for room in &orphaned.rows {
        api.publish(Event::RoomDeleted { room: room.parse(0)? }).await;
    }
    serve::no_content()
}

fn erasure(api: &Api, caller: Caller, erased: &Event) -> Result<[Statement; 10], Error> {
    let now = api.now();
    let of_user = |sql| Statement::new(sql).bind(caller.user);
    Ok([
        // Locks the rooms, so that two owners who leave at once don't each count on the other.
        of_user("UPDATE rooms SET name = name WHERE id IN (SELECT room_id FROM members WHERE user_id = $1 AND role = 'owner')"),
        of_user(
            "UPDATE rooms SET deleted_at = $2 WHERE deleted_at IS NULL AND id IN (
               SELECT m.room_id FROM members m WHERE m.user_id = $1 AND m.role = 'owner' AND NOT EXISTS (
                 SELECT 1 FROM members o WHERE o.room_id = m.room_id AND o.role = 'owner' AND o.user_id <> $1))
             RETURNING id",
        )
        .bind(now),
        events::record(api, erased)?,
        events::record_end_of_rooms(api, caller.user, now)?,
        of_user(
            "DELETE FROM invites WHERE room_id IN (
               SELECT m.room_id FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.user_id = $1 AND r.deleted_at IS NOT NULL)",
        ),
        of_user(
            "DELETE FROM members WHERE room_id IN (
               SELECT m.room_id FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.user_id = $1 AND r.deleted_at IS NOT NULL)",
        ),
        of_user("UPDATE rooms SET created_by = NULL WHERE created_by = $1"),
        of_user("UPDATE room_updates SET author = NULL WHERE author = $1"),
        of_user("DELETE FROM idempotency WHERE user_id = $1"),
        // Sessions, their tokens, memberships and invitations go with the row.
        of_user("DELETE FROM users WHERE id = $1"),
    ])
}

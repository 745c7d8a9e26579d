//! Members of a room and their roles.

mod list;
mod manage;

use http::Method;
use meridian_shared::{
    database::{DbError, Row},
    ids::UserId,
    time::Millis,
};
use serde_json::{Value, json};

use crate::{
    endpoint::{Answer, BodySpec, Endpoint},
    error,
    request::fields::{Field, Rule, required},
    schema,
};

const PUT: &[Field] = &[required("role", Rule::OneOf(&["owner", "editor", "viewer"]))];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const MEMBERS: &str = "/v1/rooms/{room}/members";
    const MEMBER: &str = "/v1/rooms/{room}/members/{user}";
    let refusals = [error::FORBIDDEN, error::MEMBER_NOT_FOUND, error::LAST_OWNER];
    vec![
        Endpoint::new(
            Method::GET,
            MEMBERS,
            "listMembers",
            "Members of a room, oldest account first",
            list::list,
        )
        .paged()
        .answer(200, Answer::Json(&schema::MEMBERS)),
        Endpoint::new(Method::PUT, MEMBER, "putMember", "Give a member another role", manage::put)
            .body(BodySpec::Json(PUT))
            .answer(200, Answer::Json(&schema::MEMBER))
            .errors(&refusals),
        Endpoint::new(Method::DELETE, MEMBER, "deleteMember", "Remove a member, or leave", manage::delete)
            .answer(204, Answer::Empty)
            .errors(&refusals),
    ]
}

/// From the columns user_id, name, role, joined_at. The e-mail address is the member's own business.
fn member(row: &Row) -> Result<(UserId, Value), DbError> {
    let id: UserId = row.parse(0)?;
    let joined_at = Millis(row.int(3)?).rfc3339();
    Ok((id, json!({"user_id": id, "name": row.text(1)?, "role": row.text(2)?, "joined_at": joined_at})))
}

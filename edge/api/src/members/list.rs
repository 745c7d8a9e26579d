//! `GET /v1/rooms/{room}/members`

use axum::response::Response;
use meridian_shared::{database::Statement, ids::UserId};

use super::member;
use crate::{
    Api,
    error::Error,
    request::{Call, page::Page},
    rooms::Access,
    serve,
};

pub(super) async fn list(api: Api, call: Call) -> Result<Response, Error> {
    let page = Page::<UserId>::of(&call)?;
    let access = Access::to_show(&api, call.caller()?, call.room()?).await?;
    let members = Statement::new(
        "SELECT u.id, u.name, m.role, m.joined_at FROM members m JOIN users u ON u.id = m.user_id
         WHERE m.room_id = $1 AND (CAST($2 AS TEXT) IS NULL OR m.user_id > $2) ORDER BY m.user_id LIMIT $3",
    );
    let members = api.read(members.bind(access.room.id).bind(page.after).bind(page.fetch())).await?;
    serve::ok(&page.body(members.rows.iter().map(member).collect::<Result<_, _>>()?))
}

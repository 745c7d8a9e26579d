//! `POST /v1/rooms/{room}/invites`

use axum::response::Response;
use meridian_shared::database::Statement;
use serde_json::json;

use super::{DEFAULT_S, DEFAULT_USES};
use crate::{
    Api,
    auth::secret,
    error::Error,
    request::{Call, fields::email_key, idempotency},
    rooms::Access,
};

/// An invitation for an e-mail address is only for the account with that address. Until addresses are verified this keeps honest people apart, no more.
pub(super) async fn create(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let access = Access::of(&api, caller, call.room()?).await?;
    access.require_manage()?;
    let (now, code) = (api.now(), api.secret::<16>()?);
    let role = call.fields.text("role")?;
    let expires_at = now.plus(call.fields.int("expires_in").unwrap_or(DEFAULT_S) * 1000);
    let insert = Statement::new(
        "INSERT INTO invites (code_hash, room_id, role, email_key, created_by, created_at, expires_at, max_uses)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    let insert = insert.bind(secret::hash(&code)).bind(access.room.id).bind(role);
    let insert = insert.bind(call.fields.text_opt("email").map(email_key)).bind(caller.user).bind(now);
    let insert = insert.bind(expires_at).bind(call.fields.int("max_uses").unwrap_or(DEFAULT_USES));
    let body = json!({
        "code": code,
        "role": role,
        "url": format!("{}/invite/{code}", api.config.page_url),
        "expires_at": expires_at.rfc3339(),
    });
    idempotency::create(&api, &call, &body, vec![insert]).await
}

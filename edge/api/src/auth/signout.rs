//! `POST /v1/auth/signout`

use axum::response::Response;
use meridian_shared::{database::Statement, event::Event};

use super::secret;
use crate::{Api, error::Error, events, request::Call, serve};

/// Ends the session that a refresh token belongs to. Any token of the family will do, used or not; an unknown one ends nothing and is answered alike.
pub(crate) async fn signout(api: Api, call: Call) -> Result<Response, Error> {
    let end = Statement::new(
        "UPDATE sessions SET ended_at = $2 WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) AND ended_at IS NULL
         RETURNING id",
    );
    let (token, now) = (secret::hash(call.fields.text("refresh_token")?), api.now());
    let noted = events::record_end_of_session(&api, &token, now)?;
    let [ended, _] = api.batch([end.bind(token).bind(now), noted]).await?;
    for row in &ended.rows {
        api.publish(Event::SessionEnded { session: row.parse(0)? }).await;
    }
    serve::no_content()
}

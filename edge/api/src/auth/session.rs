//! A sign-in: its tokens, and whether it still lives.

use meridian_shared::{
    database::Statement,
    ids::{SessionId, UserId},
    time::Millis,
    token::AccessClaims,
};
use serde_json::{Value, json};

use super::secret;
use crate::{Api, error::Error, request::Caller};

/// How long an access token works, in seconds. A revoked session keeps no right for that long: see [`require_alive`].
pub(crate) const ACCESS_S: i64 = 600;
/// How long a sign-in lasts, whatever is done with it, in ms.
pub(crate) const SESSION_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A refresh token: 256 random bits.
pub(crate) fn refresh_token(api: &Api) -> Result<String, Error> {
    api.secret::<32>()
}

/// The statements that begin a session, and the tokens for its owner.
pub(crate) fn begin(api: &Api, user: UserId, now: Millis) -> Result<([Statement; 2], Value), Error> {
    let id = SessionId::new(now, api.random()?);
    let refresh = refresh_token(api)?;
    let session = Statement::new(
        "INSERT INTO sessions (id, user_id, created_at, expires_at, rotated_at) VALUES ($1, $2, $3, $4, $3)",
    );
    let token = Statement::new(
        "INSERT INTO refresh_tokens (hash, session_id, generation, issued_at) VALUES ($1, $2, 0, $3)",
    );
    let statements = [
        session.bind(id).bind(user).bind(now).bind(now.plus(SESSION_MS)),
        token.bind(secret::hash(&refresh)).bind(id).bind(now),
    ];
    Ok((statements, tokens(api, Caller { user, session: id }, &refresh, now)?))
}

/// What a client gets: an access token, and the refresh token for the next one.
pub(crate) fn tokens(api: &Api, caller: Caller, refresh: &str, now: Millis) -> Result<Value, Error> {
    let iat = now.seconds();
    let claims = AccessClaims { sub: caller.user, sid: caller.session, iat, exp: iat + ACCESS_S };
    let access = api.keys.sign(&claims).map_err(|e| Error::Internal(format!("signing: {e}")))?;
    Ok(
        json!({"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": ACCESS_S}),
    )
}

/// Asks whether the session behind an access token still lives. An access token is valid for minutes after its session was ended; every route therefore
/// either has this condition in its own query or asks here first, so that a signed-out session can read, change and enter nothing.
pub(crate) async fn require_alive(api: &Api, caller: Caller) -> Result<(), Error> {
    let find = Statement::new(
        "SELECT id FROM sessions WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3",
    );
    let alive = api.run(find.bind(caller.session).bind(caller.user).bind(api.now())).await?;
    if alive.rows.is_empty() { Err(Error::Unauthorized) } else { Ok(()) }
}

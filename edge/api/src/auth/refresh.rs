//! `POST /v1/auth/refresh`: rotation with detection of reuse (RFC 9700 §4.14.2).
//!
//! Every exchange begins a new *generation* of the session. A token is
//!
//! * **current** when its generation is the session's: it is exchanged, and the next generation begins;
//! * in **grace** when it is of the generation before, which ended at most [`GRACE_MS`] ago. Nobody has used a successor yet (that would have begun another
//!   generation), so this is a lost answer or two tabs refreshing at once: it gets one more token of the current generation;
//! * **reused** otherwise: two parties hold tokens of one family and one of them has gone on. Nobody can tell who is the thief, so the session ends.
//!
//! Of the tokens of one generation the first to be used begins the next; the others then have their own grace and end the session after it. At most one line
//! of tokens therefore outlives the grace. A thief who replays within it is found out at the next exchange by either side.

use axum::response::Response;
use meridian_shared::{
    database::{Outcome, Statement},
    event::Event,
};

use super::{secret, session};
use crate::{
    Api,
    error::Error,
    events,
    request::{Call, Caller},
    serve,
};

/// How long the token of the last generation may be used again, in ms.
const GRACE_MS: i64 = 10_000;

/// Older tokens than this many generations are forgotten: replaying one is refused, but no longer ends the session. At an exchange every ten minutes this is
/// a day and a half of continuous use.
const GENERATIONS_KEPT: i64 = 200;

pub(crate) async fn refresh(api: Api, call: Call) -> Result<Response, Error> {
    let used = secret::hash(call.fields.text("refresh_token")?);
    let successor = session::refresh_token(&api)?;
    let now = api.now();
    let since = now.plus(-GRACE_MS);

    let rotate = Statement::new(
        "UPDATE sessions SET generation = generation + 1, rotated_at = $2
         WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1)
           AND generation = (SELECT generation FROM refresh_tokens WHERE hash = $1)
           AND ended_at IS NULL AND expires_at > $2",
    );
    // Now the session is one generation ahead of a token that may be used, and has been for no longer than the grace.
    let end_if_reused = Statement::new(
        "UPDATE sessions SET ended_at = $2
         WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) AND ended_at IS NULL AND expires_at > $2
           AND NOT (generation = (SELECT generation FROM refresh_tokens WHERE hash = $1) + 1 AND rotated_at >= $3)",
    );
    let issue = Statement::new(
        "INSERT INTO refresh_tokens (hash, session_id, generation, issued_at)
         SELECT $4, s.id, s.generation, $2 FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
         WHERE t.hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.generation = t.generation + 1 AND s.rotated_at >= $3",
    );
    let forget = Statement::new(
        "DELETE FROM refresh_tokens WHERE session_id = (SELECT session_id FROM refresh_tokens WHERE hash = $1)
           AND generation < (SELECT generation FROM refresh_tokens WHERE hash = $1) - $2",
    );
    let whose = Statement::new(
        "SELECT s.id, s.user_id FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = $1",
    );
    let [_, ended, issued, _, whose, _] = api
        .batch([
            rotate.bind(used.as_str()).bind(now),
            end_if_reused.bind(used.as_str()).bind(now).bind(since),
            issue.bind(used.as_str()).bind(now).bind(since).bind(secret::hash(&successor)),
            forget.bind(used.as_str()).bind(GENERATIONS_KEPT),
            whose.bind(used.as_str()),
            events::record_end_of_session(&api, &used, now)?,
        ])
        .await?;
    let caller = caller(&whose)?;
    if ended.affected > 0 {
        tracing::warn!(session = %caller.session, user = %caller.user, "refresh token used twice: session ended");
        api.publish(Event::SessionEnded { session: caller.session }).await;
    }
    if issued.affected == 0 {
        return Err(Error::InvalidRefreshToken);
    }
    serve::ok(&session::tokens(&api, caller, &successor, now)?)
}

fn caller(whose: &Outcome) -> Result<Caller, Error> {
    let row = whose.rows.first().ok_or(Error::InvalidRefreshToken)?;
    Ok(Caller { session: row.parse(0)?, user: row.parse(1)? })
}

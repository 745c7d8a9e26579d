//! `Idempotency-Key`: a creation that is sent twice happens once (draft-ietf-httpapi-idempotency-key-header).
//!
//! The record is written first in the batch of what it stands for. Of concurrent calls with one key the database lets one through; the others fail on the
//! primary key, roll back, and answer with what the first has stored. Keys belong to their user and are kept for 24 hours. The stored answer of an invitation
//! holds its code for that time.
//!
//! The region's memory keeps a copy for the minutes in which clients try again, which rides along with the call's first question. It is written after the
//! commit, so what it tells has happened; when it tells nothing the database does.

use http::{HeaderValue, StatusCode};
use meridian_shared::database::{DbError, Outcome, Statement};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Call, fields::wrong};
use crate::{Api, error::Error, ports::Kept, serve};

const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// How long the memory keeps its copy.
const COPY: Kept = Kept { fresh_ms: 10 * 60 * 1000, keep_ms: 10 * 60 * 1000 };

/// What a call was answered.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    request_hash: String,
    status: u16,
    body: String,
}

/// Runs the statements that create something and answers 201 with `body`, or with what the same call was answered before.
pub(crate) async fn create(
    api: &Api,
    call: &Call,
    body: &Value,
    statements: Vec<Statement>,
) -> Result<axum::response::Response, Error> {
    let Some(key) = key(call)? else {
        api.ports.database.batch(statements).await?;
        return Ok(serve::json(StatusCode::CREATED, body));
    };
    let hash = request_hash(call);
    let copy = api.trip.told.recalled.as_ref().and_then(|r| serde_json::from_str::<Answered>(&r.value).ok());
    if let Some(answered) = copy {
        return replay(answered, &hash);
    }
    let mut all = record(api, call, &key, &hash, body)?;
    all.extend(statements);
    match api.ports.database.batch(all).await {
        Ok(_) => {
            remember(api, call, Answered { request_hash: hash, status: 201, body: body.to_string() }).await;
            Ok(serve::json(StatusCode::CREATED, body))
        }
        Err(DbError::Unique(what)) if what.contains("idempotency") => {
            replay(find(api, call, &key).await?, &hash)
        }
        Err(other) => Err(other.into()),
    }
}

/// Where the memory keeps the copy. Keys belong to their user, and are hashed because they may be long.
pub(crate) fn copy_key(call: &Call) -> Option<String> {
    let key = key(call).ok().flatten()?;
    let user = call.caller().ok()?.user;
    Some(format!("answered:{user}:{}", crate::auth::secret::hash(&key)))
}

async fn remember(api: &Api, call: &Call, answered: Answered) {
    if let (Some(key), Ok(value)) = (copy_key(call), serde_json::to_string(&answered)) {
        api.ports.memory.remember(&key, &value, COPY).await;
    }
}

fn key(call: &Call) -> Result<Option<String>, Error> {
    let Some(header) = call.parts.headers.get("idempotency-key") else { return Ok(None) };
    match header.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Error::Validation(vec![wrong(
            "header.Idempotency-Key",
            "must have 1 to 255 visible ASCII characters",
        )])),
    }
}

fn request_hash(call: &Call) -> String {
    let head = format!("{} {}\n", call.parts.method, call.parts.uri.path());
    crate::auth::secret::hex(&Sha256::new().chain_update(head).chain_update(&call.bytes).finalize())
}

fn record(api: &Api, call: &Call, key: &str, hash: &str, body: &Value) -> Result<Vec<Statement>, Error> {
    let (user, now) = (call.caller()?.user, api.now());
    let forget = Statement::new("DELETE FROM idempotency WHERE user_id = $1 AND created_at < $2");
    let insert = Statement::new(
        "INSERT INTO idempotency (user_id, key, request_hash, status, body, created_at) VALUES ($1, $2, $3, 201, $4, $5)",
    );
    Ok(vec![
        forget.bind(user).bind(now.plus(-KEPT_MS)),
        insert.bind(user).bind(key).bind(hash).bind(body.to_string()).bind(now),
    ])
}

async fn find(api: &Api, call: &Call, key: &str) -> Result<Answered, Error> {
    let find =
        Statement::new("SELECT request_hash, status, body FROM idempotency WHERE user_id = $1 AND key = $2");
    let Outcome { rows, .. } = api.run(find.bind(call.caller()?.user).bind(key)).await?;
    // Gone again between the two statements: its 24 hours are over at this moment.
    let row =
        rows.first().ok_or_else(|| Error::Unavailable("the idempotency record has just expired".into()))?;
    let status = u16::try_from(row.int(1)?).unwrap_or(201);
    Ok(Answered { request_hash: row.text(0)?.to_owned(), status, body: row.text(2)?.to_owned() })
}

fn replay(answered: Answered, hash: &str) -> Result<axum::response::Response, Error> {
    if answered.request_hash != hash {
        return Err(Error::IdempotencyKeyReused);
    }
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::CREATED);
    let mut response = serve::json_text(status, answered.body);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

//! `POST /v1/auth/signin`

use axum::response::Response;
use meridian_shared::{
    database::{Row, Statement},
    ids::UserId,
};
use serde_json::{Value, json};

use super::{secret, session};
use crate::{
    Api,
    error::Error,
    ports::{Ask, Verdict},
    request::{Call, fields::email_key},
    serve,
};

/// Signs in. A wrong password and an unknown address take the same work and get the same answer.
///
/// Attempts are counted by address too, known or not, and forgotten with a success: guessing one account from many places is slowed, signing in often is not.
pub(crate) async fn signin(api: Api, call: Call) -> Result<Response, Error> {
    let (key, password) = (email_key(call.fields.text("email")?), call.fields.text("password")?);
    let counter = format!("failed_signin:{}", secret::hash(&key));
    let ask = Ask { limit: Some((counter.clone(), api.config.quotas.failed_signin)), ..Ask::default() };
    if let Some(refused) = api.ports.memory.ask(ask).await.decision.filter(|decision| !decision.allowed) {
        return Err(Error::RateLimited { retry_after_ms: refused.retry_after_ms });
    }
    let find =
        Statement::new("SELECT id, email, name, password_hash FROM users WHERE email_key = $1").bind(key);
    let row = api.run(find).await?.rows.pop();
    let hash = row.as_ref().map(|row| row.text(3)).transpose()?;
    let verdict = api.ports.passwords.verify(password, hash).await;
    let verdict = verdict.map_err(|e| Error::Unavailable(format!("hashing: {e}")))?;
    let row = row.filter(|_| verdict != Verdict::Wrong).ok_or(Error::InvalidCredentials)?;
    api.ports.memory.forget_attempts(&counter).await;
    if verdict == Verdict::RightButOutdated {
        rehash(&api, &row, password).await?;
    }
    enter(&api, &row).await
}

async fn enter(api: &Api, user: &Row) -> Result<Response, Error> {
    let id: UserId = user.parse(0)?;
    let (statements, tokens) = session::begin(api, id, api.now())?;
    api.batch(statements).await?;
    serve::ok(&with_user(json!({"id": id, "email": user.text(1)?, "name": user.text(2)?}), tokens))
}

/// Stores the password under the parameters of today, unless it was changed meanwhile.
async fn rehash(api: &Api, user: &Row, password: &str) -> Result<(), Error> {
    let fresh =
        api.ports.passwords.hash(password).await.map_err(|e| Error::Unavailable(format!("hashing: {e}")))?;
    let update = Statement::new("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3");
    api.run(update.bind(fresh).bind(user.text(0)?).bind(user.text(3)?)).await?;
    Ok(())
}

/// Tokens, and whose they are.
pub(super) fn with_user(user: Value, mut tokens: Value) -> Value {
    tokens["user"] = user;
    tokens
}

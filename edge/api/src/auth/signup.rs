//! `POST /v1/auth/signup`

use axum::response::Response;
use http::StatusCode;
use meridian_shared::{
    database::{DbError, Statement},
    ids::UserId,
};
use serde_json::json;

use super::session;
use crate::{
    Api,
    error::Error,
    request::{Call, fields::email_key},
    serve,
};

/// Opens an account and signs in.
///
/// A known address is answered with 409 `email_taken`: since the answer holds tokens of the new account, it can't look the same for a taken address. The rate
/// limit by IP prefix bounds what can be learnt this way, and a hash is computed in both cases.
pub(crate) async fn signup(api: Api, call: Call) -> Result<Response, Error> {
    let (email, name) = (call.fields.text("email")?, call.fields.text("name")?);
    let hash = api.ports.passwords.hash(call.fields.text("password")?).await;
    let hash = hash.map_err(|e| Error::Unavailable(format!("hashing: {e}")))?;
    let now = api.now();
    let id = UserId::new(now, api.random()?);
    let ([begin_session, first_token], tokens) = session::begin(&api, id, now)?;
    let user = Statement::new(
        "INSERT INTO users (id, email, email_key, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    );
    let user = user.bind(id).bind(email).bind(email_key(email)).bind(name).bind(hash).bind(now);
    match api.ports.database.batch(vec![user, begin_session, first_token]).await {
        Ok(_) => {
            let user = json!({"id": id, "email": email, "name": name});
            Ok(serve::json(StatusCode::CREATED, &super::signin::with_user(user, tokens)))
        }
        Err(DbError::Unique(what)) if what.contains("email_key") => Err(Error::EmailTaken),
        Err(other) => Err(other.into()),
    }
}

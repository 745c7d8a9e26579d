//! `GET /v1/rooms/{room}/participants`: who is connected now, as the room's node knows it.

use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::Value;

use crate::{
    Api,
    endpoint::{Answer, Endpoint},
    error::{self, Error},
    forward::{forward, unexpected},
    request::Call,
    rooms::Access,
    schema, serve,
};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const PATH: &str = "/v1/rooms/{room}/participants";
    vec![
        Endpoint::new(Method::GET, PATH, "listParticipants", "Who is connected now", list)
            .placed()
            .answer(200, Answer::Json(&schema::PARTICIPANTS))
            .errors(&[error::BAD_GATEWAY]),
    ]
}

async fn list(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let access = Access::of(&api, caller, call.room()?).await?;
    let answer = forward(&api, caller, &access, Method::GET, "participants", None).await?;
    if answer.status() != StatusCode::OK {
        return Err(unexpected(&answer));
    }
    let body: Value = serde_json::from_slice(answer.body()).map_err(|e| Error::BadGateway(e.to_string()))?;
    serve::ok(&body)
}

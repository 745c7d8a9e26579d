//! Which request is what.

use std::sync::Arc;

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    response::Response,
};
use bytes::Bytes;
use http::{Method, StatusCode, request::Parts};
use meridian_redis::{
    Command, Redis, RedisError,
    native::NativeRedis,
    rest::wire::{Encoding, read_command},
};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tokio::sync::watch;

use crate::{Token, allowed::allowed, events, path, respond};

/// What the gateway needs.
#[derive(Debug)]
pub struct Gateway {
    /// The Redis behind it.
    pub redis: NativeRedis,
    /// What callers must show.
    pub token: Token,
    /// How large a request's body may be, in bytes.
    pub body_limit: usize,
    /// Turns true when the gateway stops: streams end then.
    pub stopping: watch::Receiver<bool>,
}

/// The protocol as a router.
pub fn router(gateway: Gateway) -> Router {
    Router::new().fallback(handle).with_state(Arc::new(gateway))
}

async fn handle(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if ![Method::HEAD, Method::GET, Method::POST, Method::PUT].contains(&parts.method) {
        return respond::fail(StatusCode::METHOD_NOT_ALLOWED, "ERR method not allowed");
    }
    let query: Vec<(String, String)> =
        form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    if !gateway.token.is_shown(&parts.headers, &query) {
        return respond::fail(StatusCode::UNAUTHORIZED, "Unauthorized");
    }
    let encoding = match respond::encoding(&parts.headers) {
        Ok(encoding) => encoding,
        Err(refusal) => return *refusal,
    };
    let Ok(body) = to_bytes(body, gateway.body_limit).await else {
        return respond::fail(StatusCode::PAYLOAD_TOO_LARGE, "ERR max request size exceeded");
    };
    answer(&gateway, &parts, &body, &query, encoding).await
}

async fn answer(
    gateway: &Gateway,
    parts: &Parts,
    body: &Bytes,
    query: &[(String, String)],
    encoding: Encoding,
) -> Response {
    let redis = &gateway.redis;
    match parts.uri.path() {
        "/pipeline" => match commands(body) {
            Ok(commands) => respond::all(pipeline(redis, commands).await, encoding),
            Err(error) => respond::one(&Err(error), encoding),
        },
        "/multi-exec" => match commands(body).and_then(|list| list.into_iter().map(allowed).collect()) {
            Ok(commands) => {
                let commands: Vec<Command> = commands;
                respond::all(redis.transaction_each(&commands).await, encoding)
            }
            Err(error) => respond::one(&Err(error), encoding),
        },
        path => {
            if let Some(channel) = path.strip_prefix("/subscribe/") {
                let channel = percent_decode_str(channel).decode_utf8_lossy().into_owned();
                return events::subscribe(redis, channel, gateway.stopping.clone()).await;
            }
            let command = if path == "/" {
                parse(body).and_then(read_command)
            } else {
                path::command(path, body, query)
            };
            let reply = match command.and_then(allowed) {
                Ok(command) => redis.run(command).await,
                Err(error) => Err(error),
            };
            respond::one(&reply, encoding)
        }
    }
}

/// Refused commands are answered in their place; the others run.
async fn pipeline(
    redis: &NativeRedis,
    commands: Vec<Command>,
) -> Result<Vec<Result<meridian_redis::Reply, RedisError>>, RedisError> {
    let checked: Vec<Result<Command, RedisError>> = commands.into_iter().map(allowed).collect();
    let mut run = redis.pipeline(checked.iter().flatten().cloned().collect()).await?.into_iter();
    let lost = || Err(RedisError::Protocol("fewer answers than commands".into()));
    Ok(checked.into_iter().map(|command| command.and_then(|_| run.next().unwrap_or_else(lost))).collect())
}

fn commands(body: &Bytes) -> Result<Vec<Command>, RedisError> {
    match parse(body)? {
        Value::Array(list) if !list.is_empty() => list.into_iter().map(read_command).collect(),
        _ => Err(RedisError::Protocol("an array of commands is expected".into())),
    }
}

fn parse(body: &Bytes) -> Result<Value, RedisError> {
    serde_json::from_slice(body)
        .map_err(|error| RedisError::Protocol(format!("failed to parse the body: {error}")))
}

//! What the API says about itself: keys, limits, description, health.

use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};
use meridian_shared::database::Statement;
use serde_json::json;

use crate::{
    Api,
    endpoint::{Answer, Endpoint, Rate},
    error,
    error::Error,
    openapi,
    request::Call,
    schema, serve,
};

/// How long others may keep public keys. A new key is published at least this long before it signs.
const KEYS_AGE: &str = "public, max-age=300";
/// How long others may keep what only changes with a release.
const RELEASE_AGE: &str = "public, max-age=60";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/.well-known/jwks.json", "getKeys", "Public keys, by kid", keys)
            .answer(200, Answer::Json(&schema::JWKS)),
        Endpoint::new(Method::GET, "/v1/limits", "getLimits", "Limits of rooms and connections", limits)
            .answer(200, Answer::Json(&schema::LIMITS)),
        Endpoint::new(Method::GET, "/v1/openapi.json", "getOpenApi", "This description", description)
            .answer(200, Answer::AnyJson),
        Endpoint::new(Method::GET, "/healthz", "getHealth", "Whether the process lives", health)
            .answer(200, Answer::Json(&schema::STATUS)),
        Endpoint::new(
            Method::GET,
            "/readyz",
            "getReadiness",
            "Whether calls can be served, or why not",
            readiness,
        )
        .answer(200, Answer::Json(&schema::STATUS))
        .errors(&[error::NOT_READY]),
    ]
    .into_iter()
    .map(|endpoint| endpoint.public(Rate::Unlimited))
    .collect()
}

async fn keys(api: Api, _: Call) -> Result<Response, Error> {
    Ok(cached(serve::json(StatusCode::OK, api.keys.jwks()), KEYS_AGE))
}

async fn limits(api: Api, _: Call) -> Result<Response, Error> {
    Ok(cached(serve::json(StatusCode::OK, &api.config.limits), RELEASE_AGE))
}

async fn description(_: Api, _: Call) -> Result<Response, Error> {
    Ok(cached(serve::json_text(StatusCode::OK, openapi::text().to_owned()), RELEASE_AGE))
}

async fn health(_: Api, _: Call) -> Result<Response, Error> {
    serve::ok(&json!({"status": "ok"}))
}

async fn readiness(api: Api, _: Call) -> Result<Response, Error> {
    if let Err(cause) = api.ports.database.run(Statement::new("SELECT 1")).await {
        tracing::error!(%cause, "not ready");
        return Err(Error::NotReady("The database does not answer."));
    }
    serve::ok(&json!({"status": "ok"}))
}

fn cached(mut response: Response, age: &'static str) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(age));
    response
}

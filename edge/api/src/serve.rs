//! Answers one call of one route: who, how often, with what; then the handler.

use axum::{
    body::Body,
    extract::{FromRequestParts, RawPathParams, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use meridian_shared::gcra::{Decision, Quota};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Api,
    endpoint::{Access, BodySpec, Endpoint},
    error::Error,
    ports::{Ask, Told},
    request::{
        self, Call, Caller,
        body::{self, JSON_LIMIT},
        client_ip,
        fields::Fields,
        idempotency,
    },
    trace::SERVER_TIMING,
    trip::{POSITION, Trip},
};

/// Checks the call and runs the handler.
pub(crate) async fn serve(api: Api, endpoint: Endpoint, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match endpoint.access {
        Access::Public => Ok(None),
        Access::SignedIn => Caller::authenticate(&api, &parts.headers).map(Some),
        Access::Node => request::authenticate_node(&api, &parts.headers).map(|()| None),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let params = path_params(&mut parts).await;
    let call = Call::new(parts, params, caller);
    let api = at_the_door(api.traced(), &endpoint, &call).await;
    let result = match api.trip.told.decision {
        Some(decision) if !decision.allowed => {
            Err(Error::RateLimited { retry_after_ms: decision.retry_after_ms })
        }
        _ => answer(&api, &endpoint, call, body).await,
    };
    let mut response = result.unwrap_or_else(IntoResponse::into_response);
    if endpoint.writes() && response.status().is_success() {
        api.written().await;
    }
    leave(&api, &endpoint, response.headers_mut());
    response
}

/// Asks the region's memory all that the call needs of it, in one round trip.
async fn at_the_door(api: Api, endpoint: &Endpoint, call: &Call) -> Api {
    let policy = endpoint.rate.policy(&api.config.quotas);
    let limit = policy.map(|(name, quota)| (format!("{name}:{}", who(&api, call)), quota));
    let rights = if endpoint.reads() { call.rights_behind() } else { Vec::new() };
    let recall = if endpoint.idempotent { idempotency::copy_key(call) } else { None };
    let ask = Ask { limit, rights, nodes: endpoint.placed, recall };
    let told = if ask == Ask::default() { Told::default() } else { api.ports.memory.ask(ask).await };
    api.on_trip(Trip::new(told, &call.parts.headers))
}

/// Whom a call counts for.
fn who(api: &Api, call: &Call) -> String {
    match call.caller() {
        Ok(caller) => format!("user:{}", caller.user),
        Err(_) => {
            let (extensions, headers) = (&call.parts.extensions, &call.parts.headers);
            format!("ip:{}", client_ip::prefix(extensions, headers, api.config.trusted_hops))
        }
    }
}

fn leave(api: &Api, endpoint: &Endpoint, headers: &mut HeaderMap) {
    let policy = endpoint.rate.policy(&api.config.quotas);
    if let Some(((name, quota), decision)) = policy.zip(api.trip.told.decision) {
        rate_headers(headers, name, quota, &decision);
    }
    if let Some(position) = api.trip.header() {
        headers.insert(POSITION, position);
    }
    if let (Access::SignedIn, Some(timing)) = (endpoint.access, api.trace.header()) {
        headers.insert(SERVER_TIMING, timing);
    }
}

async fn answer(api: &Api, endpoint: &Endpoint, mut call: Call, body: Body) -> Result<Response, Error> {
    match endpoint.body {
        BodySpec::None => {}
        BodySpec::Bytes(_) => call.put_body(body),
        BodySpec::Json(table) | BodySpec::OptionalJson(table) => {
            call.bytes = body::read(&call.parts.headers, body, JSON_LIMIT).await?;
            let absent = matches!(endpoint.body, BodySpec::OptionalJson(_)) && call.bytes.is_empty();
            let value = if absent { json!({}) } else { body::json(&call.parts.headers, &call.bytes)? };
            call.fields = Fields::check(&value, table, &api.config.regions)?;
        }
    }
    (endpoint.handler)(api.clone(), call).await
}

async fn path_params(parts: &mut Parts) -> Vec<(String, String)> {
    match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        // Bytes that are no UTF-8: as good as an unknown id.
        Err(_) => Vec::new(),
    }
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): quota and window; what remains and seconds until it is full again.
fn rate_headers(headers: &mut HeaderMap, name: &str, quota: Quota, decision: &Decision) {
    let policy = format!(r#""{name}";q={};w={}"#, quota.burst, quota.period_ms.div_ceil(1000));
    let state = format!(r#""{name}";r={};t={}"#, decision.remaining, decision.reset_ms.div_ceil(1000));
    for (header, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(header), value);
        }
    }
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    json_text(status, serde_json::to_string(body).unwrap_or_default())
}

/// An answer of JSON that is text already.
pub(crate) fn json_text(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 200 with JSON.
pub(crate) fn ok(body: &Value) -> Result<Response, Error> {
    Ok(json(StatusCode::OK, body))
}

/// 204.
pub(crate) fn no_content() -> Result<Response, Error> {
    Ok(StatusCode::NO_CONTENT.into_response())
}

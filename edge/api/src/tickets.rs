//! `POST /v1/rooms/{room}/ticket`: where the room lives, and the right to enter it.

use axum::response::Response;
use http::Method;
use meridian_shared::{
    ids::TicketId,
    region::{Node, Region},
    time::Millis,
    token::{Scope, TicketClaims},
};
use serde_json::json;

use crate::{
    Api, directory,
    endpoint::{Answer, BodySpec, Endpoint, Rate},
    error,
    error::Error,
    request::{
        Call, Caller,
        fields::{Field, Rule, optional},
    },
    rooms::Access,
    schema, serve,
};

/// How long a one-use ticket lives, in seconds. No ticket outlives its session.
const ONE_USE_S: i64 = 60;
/// How long a connection lives without a fresh ticket, and so a reusable ticket, in seconds.
const CONNECTION_S: i64 = 60 * 60;
/// How long the ticket of a forwarded call lives, in seconds.
const CALL_S: i64 = 30;

const TICKET: &[Field] = &[optional("reusable", Rule::Bool)];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/v1/rooms/{room}/ticket",
            "createTicket",
            "A ticket to enter a room",
            create,
        )
        .rate(Rate::Ticket)
        .placed()
        .body(BodySpec::OptionalJson(TICKET))
        .answer(200, Answer::Json(&schema::TICKET))
        .errors(&[error::UNAVAILABLE]),
    ]
}

/// One query: session, membership and room at once.
async fn create(api: Api, call: Call) -> Result<Response, Error> {
    let caller = call.caller()?;
    let access = Access::of(&api, caller, call.room()?).await?;
    let node = place(&api, &access).await?;
    let reusable = call.fields.bool("reusable").unwrap_or(false);
    let claims = claims(&api, caller, &access, Scope::Sync, reusable)?;
    serve::ok(&json!({
        "url": node.sync_url,
        "ticket": sign(&api, &claims)?,
        "region": node.region,
        "node": node.id,
        "role": claims.role,
        "expires_at": Millis(claims.exp * 1000).rfc3339(),
    }))
}

/// The node of a room.
pub(crate) async fn place(api: &Api, access: &Access) -> Result<Node, Error> {
    let region: Region =
        access.room.region.parse().map_err(|_| Error::Internal("a room of an impossible region".into()))?;
    directory::node_for(api, access.room.id, &region, access.owner.as_deref()).await
}

/// The ticket of a call that is forwarded to the room's node.
pub(crate) fn for_call(api: &Api, caller: Caller, access: &Access) -> Result<String, Error> {
    sign(api, &claims(api, caller, access, Scope::Call, false)?)
}

fn claims(
    api: &Api,
    caller: Caller,
    access: &Access,
    scope: Scope,
    reusable: bool,
) -> Result<TicketClaims, Error> {
    let now = api.now();
    let iat = now.seconds();
    let at_most = |lifetime: i64| (iat + lifetime).min(access.session_expires_at.seconds());
    let (exp, until) = match (scope, reusable) {
        (Scope::Call, _) => (at_most(CALL_S), at_most(CALL_S)),
        (Scope::Sync, false) => (at_most(ONE_USE_S), at_most(CONNECTION_S)),
        (Scope::Sync, true) => (at_most(CONNECTION_S), at_most(CONNECTION_S)),
    };
    Ok(TicketClaims {
        jti: TicketId::new(now, api.random()?),
        scope,
        sub: caller.user,
        sid: caller.session,
        room: access.room.id,
        role: access.role(),
        name: access.name.clone(),
        reusable,
        until,
        iat,
        exp,
    })
}

fn sign(api: &Api, claims: &TicketClaims) -> Result<String, Error> {
    api.keys.sign(claims).map_err(|e| Error::Internal(format!("signing: {e}")))
}

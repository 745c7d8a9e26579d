//! The upgrade (RFC 6455 §4.2): what can be refused before it is, and everything else is told by a close code (CONN-6).

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use meridian_shared::{
    close::CloseCode,
    ids::RoomId,
    protocol::{PLAIN_SUBPROTOCOL, SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX},
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{
    connection::{self, Client, Context},
    socket,
};
use crate::problem::problem;

/// What the upgrade needs.
#[derive(Clone)]
pub struct SyncState {
    /// What connections share.
    pub context: Arc<Context>,
    /// The origins from which browsers may connect (CONN-7).
    pub origins: Arc<[String]>,
}

/// `GET /v1/sync/{room}`.
pub fn router(state: SyncState) -> Router {
    Router::new().route("/v1/sync/{room}", get(upgrade)).with_state(state)
}

async fn upgrade(
    State(state): State<SyncState>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    mut request: Request,
) -> Response {
    let Some(key) = websocket_key(request.headers()) else {
        let refusal =
            problem(StatusCode::UPGRADE_REQUIRED, "upgrade_required", "connect with a WebSocket, version 13");
        return ([(header::UPGRADE, "websocket")], refusal).into_response();
    };
    let limits = &state.context.limits;
    if state.context.metrics.connection_count() >= limits.connections_per_node {
        let refusal =
            problem(StatusCode::SERVICE_UNAVAILABLE, "node_full", "the node takes no more connections");
        return ([(header::RETRY_AFTER, "5")], refusal).into_response();
    }
    let offered = offered_subprotocols(request.headers());
    let foreign = is_foreign(request.headers(), &state.origins);
    let client = parse_client(&room, query.as_deref(), &offered);
    let chosen = choose_subprotocol(&offered);
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let socket = socket::open(upgraded, state.context.limits.message_bytes).await;
        match client {
            _ if foreign => {
                connection::close(
                    &state.context,
                    socket,
                    CloseCode::Forbidden,
                    "this web page may not connect here",
                )
                .await
            }
            Some(client) => connection::serve(state.context, socket, client).await,
            None => {
                connection::close(&state.context, socket, CloseCode::NoSuchRoom, "there is no such room")
                    .await
            }
        }
    });
    switching_protocols(&key, chosen)
}

fn websocket_key(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    let is_upgrade = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_upgrade).cloned()
}

fn offered_subprotocols(headers: &HeaderMap) -> Vec<String> {
    let values =
        headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',').map(|name| name.trim().to_owned())).collect()
}

/// CONN-5. A browser fails the connection if it offers some and none is chosen.
fn choose_subprotocol(offered: &[String]) -> Option<&String> {
    let named = |name: &str| offered.iter().find(|offer| *offer == name);
    named(SUBPROTOCOL)
        .or_else(|| named(PLAIN_SUBPROTOCOL))
        .or_else(|| offered.iter().find(|offer| offer.starts_with(TICKET_SUBPROTOCOL_PREFIX)))
}

fn parse_client(room: &str, query: Option<&str>, offered: &[String]) -> Option<Client> {
    // A JWT has no characters that a URL would escape.
    let in_query = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("ticket="));
    let in_header = offered.iter().find_map(|offer| offer.strip_prefix(TICKET_SUBPROTOCOL_PREFIX));
    Some(Client {
        room: room.parse::<RoomId>().ok()?,
        ticket: in_header.or(in_query).map(str::to_owned),
        extended: offered.iter().any(|offer| offer == SUBPROTOCOL),
    })
}

/// CONN-7.
fn is_foreign(headers: &HeaderMap, origins: &[String]) -> bool {
    match headers.get(header::ORIGIN) {
        None => false,
        Some(origin) => !origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
    }
}

fn switching_protocols(key: &HeaderValue, subprotocol: Option<&String>) -> Response {
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(value) = subprotocol.and_then(|name| HeaderValue::from_str(name).ok()) {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, value);
    }
    response
}

//! Where a WebSocket upgrade goes, for hosts that proxy `/v1/sync/{room}`.
//!
//! The place of a room is remembered in the region's memory (cache-aside): a stale place costs a detour, because every node checks the ticket and may answer
//! for another. When a place is past its freshness one caller looks it up and the others use the old one, so that a busy room is not looked up by everyone.

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use meridian_shared::{
    database::Statement,
    ids::RoomId,
    region::{Node, Region},
    time::Millis,
    token::{Scope, TicketClaims},
};
use serde::{Deserialize, Serialize};

use crate::{
    Api, directory,
    error::Error,
    events::route_key,
    ports::{Ask, Kept},
    trip::Trip,
};

/// How long a place is used without a look, and kept at most.
const KEPT: Kept = Kept { fresh_ms: 10_000, keep_ms: 60_000 };

/// What is remembered of a room.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Route {
    /// Its home; none when there is no such room.
    home: Option<Region>,
    /// The node that held it last.
    owner: Option<String>,
}

impl Api {
    /// The node that an upgrade of `/v1/sync/{room}` goes to.
    ///
    /// Without a valid ticket for the room it is any node, which refuses with the right close code: nobody makes the database work without one. Where the
    /// database alone knows of nodes, such a call is refused here.
    ///
    /// # Errors
    /// An answer for the caller: no node is alive, or none is known.
    pub async fn node_of_upgrade(&self, room: &str, ticket: Option<&str>) -> Result<Node, Response> {
        self.upgrade_node(room, ticket).await.map_err(IntoResponse::into_response)
    }

    async fn upgrade_node(&self, room: &str, ticket: Option<&str>) -> Result<Node, Error> {
        let claims: Option<TicketClaims> =
            ticket.and_then(|ticket| self.keys.public().verify(ticket, self.now()).ok());
        let claims = claims.filter(|claims| claims.scope == Scope::Sync && claims.room.to_string() == room);
        let asked = claims.as_ref().map(|claims| claims.room);
        let ask = Ask { nodes: true, recall: asked.map(route_key), ..Ask::default() };
        let told = self.ports.memory.ask(ask).await;
        let api = self.clone().on_trip(Trip::new(told, &HeaderMap::new()));
        let route = match asked {
            Some(room) => route(&api, room).await?,
            None if directory::known(&api).is_some() => Route::default(),
            None => return Err(Error::Unauthorized),
        };
        let home = route.home.unwrap_or_else(|| api.config.region.clone());
        let room = asked.or_else(|| room.parse().ok()).unwrap_or(RoomId::new(Millis(0), [0; 10]));
        directory::node_for(&api, room, &home, route.owner.as_deref()).await
    }
}

async fn route(api: &Api, room: RoomId) -> Result<Route, Error> {
    let recalled = api.trip.told.recalled.as_ref();
    let known = recalled.filter(|r| !r.refresh).and_then(|r| serde_json::from_str(&r.value).ok());
    match known {
        Some(route) => Ok(route),
        None => look_up(api, room).await,
    }
}

async fn look_up(api: &Api, room: RoomId) -> Result<Route, Error> {
    let find = Statement::new(
        "SELECT r.region, h.owner FROM rooms r LEFT JOIN room_heads h ON h.room = r.id WHERE r.id = $1 AND r.deleted_at IS NULL",
    );
    let found = api.run(find.bind(room)).await?;
    let route = match found.rows.first() {
        Some(row) => Route { home: Some(row.parse(0)?), owner: row.text_opt(1)?.map(str::to_owned) },
        None => Route::default(),
    };
    let value = serde_json::to_string(&route).map_err(|e| Error::Internal(e.to_string()))?;
    api.ports.memory.remember(&route_key(room), &value, KEPT).await;
    Ok(route)
}

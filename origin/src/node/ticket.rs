//! The ticket of a forwarded call.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, request::Parts};
use meridian_shared::{
    ids::RoomId,
    token::{Scope, TicketClaims},
};

use super::NodeState;
use crate::{clock::now, problem::problem};

/// A call to a room, with the right to make it. The edge checked the membership when it signed the ticket, at most a minute ago.
pub(super) struct Call {
    /// The room.
    pub(super) room: RoomId,
    /// Who calls.
    pub(super) claims: TicketClaims,
}

impl FromRequestParts<NodeState> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &NodeState) -> Result<Self, Response> {
        let params =
            RawPathParams::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        let room =
            params.iter().find(|(name, _)| *name == "room").and_then(|(_, id)| id.parse::<RoomId>().ok());
        let room =
            room.ok_or_else(|| problem(StatusCode::NOT_FOUND, "not_found", "there is no such room"))?;
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let ticket = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        let verified = state.context.admission.verify(ticket, room, Scope::Call, now()).await;
        let claims =
            verified.map_err(|refused| problem(StatusCode::UNAUTHORIZED, "unauthorized", refused.reason))?;
        Ok(Call { room, claims })
    }
}

//! Who is connected now.

use axum::{Json, extract::State};
use serde::Serialize;

use super::{NodeState, ticket::Call};
use crate::rooms::Participant;

#[derive(Serialize)]
pub(super) struct Page {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    user_id: String,
    name: String,
    role: &'static str,
    connected_at: String,
}

impl From<Participant> for Item {
    fn from(participant: Participant) -> Self {
        Self {
            user_id: participant.user.to_string(),
            name: participant.name,
            role: participant.role.as_str(),
            connected_at: participant.connected_at.rfc3339(),
        }
    }
}

pub(super) async fn list(State(state): State<NodeState>, call: Call) -> Json<Page> {
    let participants = state.context.registry.participants(call.room).await;
    Json(Page { items: participants.into_iter().map(Item::from).collect() })
}

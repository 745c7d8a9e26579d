//! Rights that end or change reach the connections that rest on them.

use std::sync::Arc;

use meridian_shared::event::Event;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::sync::connections::Connections;

/// Passes the bus's events on until the bus is gone. An event is only a hint to look: the database decides. When events were lost, everyone looks.
pub async fn run(mut events: Receiver<Event>, connections: Arc<Connections>) {
    loop {
        match events.recv().await {
            Ok(event) => connections.announce(&event),
            Err(RecvError::Lagged(lost)) => {
                tracing::warn!(lost, "{lost} events were lost: all rights are checked again");
                connections.announce_all();
            }
            Err(RecvError::Closed) => return,
        }
    }
}

//! Events by message: from this process, or from every edge by way of Redis.

use std::sync::Arc;

use meridian_redis::native::{Heard, Subscription};
use meridian_shared::event::Event;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::sync::connections::Connections;

/// The channel on which edges tell of events.
pub const CHANNEL: &str = "meridian:events";

/// Passes on what the API in this process tells, until it is gone. When events were lost, everyone looks.
pub async fn of_process(mut events: Receiver<Event>, connections: Arc<Connections>) {
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

/// Passes on what edges tell by way of Redis, for as long as the process lives. After a time in which nobody listened everyone looks.
pub async fn of_redis(mut subscription: Subscription, connections: Arc<Connections>) {
    while let Some(heard) = subscription.next().await {
        match heard {
            Heard::Message(json) => match serde_json::from_str(&json) {
                Ok(event) => connections.announce(&event),
                // Of a newer edge, perhaps: whatever it says, looking harms nobody.
                Err(error) => {
                    tracing::warn!(%error, "an event can't be read: all rights are checked again");
                    connections.announce_all();
                }
            },
            Heard::Reconnected => {
                tracing::info!("Redis is back: all rights are checked again");
                connections.announce_all();
            }
        }
    }
}

//! The tickets used on this node.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use meridian_shared::{
    ids::TicketId,
    time::Millis,
    token::{LEEWAY_S, TicketClaims},
};

use super::UsedTickets;

/// The tickets used on this node, kept until they expire.
///
/// A ticket made before the node started may have been used before it stopped, so it is refused: a client asks for another. That keeps single use true over
/// a crash without a write for every connection.
pub struct MemoryTickets {
    started: Millis,
    /// Expiry by ticket, in seconds. A std mutex: never held across an await.
    used: Mutex<HashMap<TicketId, i64>>,
}

/// When the map is swept of expired tickets.
const SWEEP_AT: usize = 1024;

impl MemoryTickets {
    /// None used, from `started` on.
    pub fn new(started: Millis) -> Self {
        Self { started, used: Mutex::default() }
    }
}

#[async_trait]
impl UsedTickets for MemoryTickets {
    async fn consume(&self, ticket: &TicketClaims, now: Millis) -> bool {
        if ticket.reusable {
            return true;
        }
        if ticket.jti.made_at() < self.started {
            return false;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= SWEEP_AT && used.len().is_power_of_two() {
            used.retain(|_, exp| *exp + LEEWAY_S > now.seconds());
        }
        used.insert(ticket.jti, ticket.exp).is_none()
    }
}

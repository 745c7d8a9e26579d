//! One-use tickets: each opens one connection (CONN-3).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use meridian_shared::{
    ids::TicketId,
    time::Millis,
    token::{LEEWAY_S, TicketClaims},
};

/// The tickets used on this node, kept until they expire.
///
/// A ticket made before the node started may have been used before it stopped, so it is refused: a client asks for another. That keeps single use true over
/// a crash without a write for every connection.
pub(super) struct UsedTickets {
    started: Millis,
    /// Expiry by ticket, in seconds. A std mutex: never held across an await.
    used: Mutex<HashMap<TicketId, i64>>,
}

/// When the map is swept of expired tickets.
const SWEEP_AT: usize = 1024;

impl UsedTickets {
    /// None used, from `started` on.
    pub(super) fn new(started: Millis) -> Self {
        Self { started, used: Mutex::default() }
    }

    /// Uses a ticket. False when it may have been used before.
    pub(super) fn consume(&self, ticket: &TicketClaims, now: Millis) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_shared::{
        ids::{RoomId, SessionId, UserId},
        role::Role,
        token::Scope,
    };

    fn ticket(made: i64, reusable: bool) -> TicketClaims {
        let at = Millis(made);
        TicketClaims {
            jti: TicketId::new(at, [made as u8; 10]),
            scope: Scope::Sync,
            sub: UserId::new(at, [0; 10]),
            sid: SessionId::new(at, [0; 10]),
            room: RoomId::new(at, [0; 10]),
            role: Role::Viewer,
            name: String::new(),
            reusable,
            until: at.seconds() + 3600,
            iat: at.seconds(),
            exp: at.seconds() + 60,
        }
    }

    #[test]
    fn conn_3_a_ticket_opens_one_connection() {
        let used = UsedTickets::new(Millis(1_000_000));
        let now = Millis(2_000_000);
        assert!(used.consume(&ticket(1_500_000, false), now));
        assert!(!used.consume(&ticket(1_500_000, false), now));
        assert!(!used.consume(&ticket(999_999, false), now), "made before the node started");
        assert!(used.consume(&ticket(999_999, true), now) && used.consume(&ticket(999_999, true), now));
    }
}

//! One-use tickets: each opens one connection (CONN-3).

mod memory;
mod shared;

use async_trait::async_trait;
use meridian_shared::{time::Millis, token::TicketClaims};

pub use memory::MemoryTickets;
pub use shared::SharedTickets;

/// Remembers which tickets were used. Implementations: [`MemoryTickets`] of one node, [`SharedTickets`] of all nodes.
#[async_trait]
pub trait UsedTickets: Send + Sync {
    /// Uses a ticket. False when it may have been used before. A reusable ticket may always be used.
    async fn consume(&self, ticket: &TicketClaims, now: Millis) -> bool;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use meridian_shared::{
        ids::{RoomId, SessionId, TicketId, UserId},
        role::Role,
        token::Scope,
    };

    use super::{shared::tests::FakeRedis, *};

    const STARTED: Millis = Millis(1_000_000);
    const NOW: Millis = Millis(2_000_000);

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

    /// What every implementation does.
    async fn contract(used: &dyn UsedTickets) {
        assert!(used.consume(&ticket(1_500_000, false), NOW).await);
        assert!(!used.consume(&ticket(1_500_000, false), NOW).await);
        assert!(!used.consume(&ticket(999_999, false), NOW).await, "made before the node started");
        assert!(used.consume(&ticket(999_999, true), NOW).await);
        assert!(used.consume(&ticket(999_999, true), NOW).await);
    }

    #[tokio::test]
    async fn conn_3_a_ticket_opens_one_connection() {
        contract(&MemoryTickets::new(STARTED)).await;
        let redis = Arc::new(FakeRedis::default());
        contract(&SharedTickets::new(MemoryTickets::new(STARTED), redis.clone())).await;
        redis.leave();
        contract(&SharedTickets::new(MemoryTickets::new(STARTED), redis)).await;
    }

    #[tokio::test]
    async fn conn_3_on_one_of_two_nodes() {
        let redis = Arc::new(FakeRedis::default());
        let node = || SharedTickets::new(MemoryTickets::new(STARTED), redis.clone());
        let (one, two) = (node(), node());
        assert!(one.consume(&ticket(1_500_000, false), NOW).await);
        assert!(!two.consume(&ticket(1_500_000, false), NOW).await);
        assert!(two.consume(&ticket(1_500_000, true), NOW).await, "reusable");
    }
}

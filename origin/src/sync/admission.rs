//! Who a connection is and what it may do: its ticket, and the sign-in and the membership behind it as the database has them now (CONN-2 to CONN-4).

use std::sync::Arc;

use meridian_shared::{
    close::CloseCode,
    ids::RoomId,
    standing::{Bearer, Standing},
    time::Millis,
    token::{Scope, TicketClaims},
};

use super::tickets::UsedTickets;
use crate::{
    keys::KeyRing,
    rights::{Rights, RightsError},
    rooms::Right,
};

/// Why a connection is refused or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The close code.
    pub code: CloseCode,
    /// The reason, for the person at the client.
    pub reason: &'static str,
}

fn refused(code: CloseCode, reason: &'static str) -> Refused {
    Refused { code, reason }
}

/// Checks tickets and the rights behind them.
pub struct Admission {
    rights: Arc<dyn Rights>,
    keys: Arc<KeyRing>,
    used: Arc<dyn UsedTickets>,
}

impl Admission {
    /// Verifies with `keys`, notes used tickets in `used`, and asks `rights`.
    pub fn new(rights: Arc<dyn Rights>, keys: Arc<KeyRing>, used: Arc<dyn UsedTickets>) -> Self {
        Self { rights, keys, used }
    }

    /// Verifies a ticket for a room without using it.
    pub async fn verify(
        &self,
        ticket: &str,
        room: RoomId,
        scope: Scope,
        now: Millis,
    ) -> Result<TicketClaims, Refused> {
        let claims: TicketClaims = self
            .keys
            .verify(ticket, now)
            .await
            .map_err(|_| refused(CloseCode::Unauthorized, "the ticket is invalid or expired"))?;
        if claims.room != room || claims.scope != scope {
            return Err(refused(CloseCode::Unauthorized, "the ticket is for something else"));
        }
        Ok(claims)
    }

    /// Uses a ticket to connect, or to go on (*reauth*).
    pub async fn admit(
        &self,
        ticket: Option<&str>,
        room: RoomId,
        now: Millis,
    ) -> Result<(TicketClaims, Right), Refused> {
        let ticket = ticket.ok_or(refused(CloseCode::Unauthorized, "a ticket is required"))?;
        let claims = self.verify(ticket, room, Scope::Sync, now).await?;
        if !self.used.consume(&claims, now).await {
            return Err(refused(CloseCode::Unauthorized, "the ticket was used already"));
        }
        let bearer = Bearer { user: claims.sub, session: claims.sid, room };
        let right = self.right(bearer).await?;
        Ok((claims, right))
    }

    /// What a person may do in a room now.
    pub async fn right(&self, bearer: Bearer) -> Result<Right, Refused> {
        match self.rights.standing(bearer).await.map_err(unavailable)? {
            Standing::Member { name, role, presence } => Ok(Right { name, role, presence }),
            Standing::SignedOut => Err(refused(CloseCode::Unauthorized, "the sign-in has ended")),
            Standing::NoRoom => Err(refused(CloseCode::NoSuchRoom, "there is no such room")),
            Standing::Stranger => Err(refused(CloseCode::Forbidden, "you are not a member of this room")),
        }
    }
}

fn unavailable(error: RightsError) -> Refused {
    tracing::warn!(%error, "a right could not be checked");
    refused(CloseCode::Overloaded, "rights can't be checked now; try again soon")
}

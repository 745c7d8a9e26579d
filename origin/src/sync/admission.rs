//! Who a connection is and what it may do: its ticket, and the sign-in and the membership behind it as the database has them now (CONN-2 to CONN-4).

use std::sync::Arc;

use meridian_shared::{
    close::CloseCode,
    database::{Database, DbError, Row, Statement},
    ids::{RoomId, SessionId, UserId},
    keys::PublicKeys,
    time::Millis,
    token::{Scope, TicketClaims},
};

use super::tickets::UsedTickets;
use crate::rooms::Right;

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

/// Whom a right belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The account.
    pub user: UserId,
    /// The sign-in.
    pub session: SessionId,
    /// The room.
    pub room: RoomId,
}

/// Checks tickets and the rights behind them.
pub struct Admission {
    database: Arc<dyn Database>,
    keys: PublicKeys,
    used: UsedTickets,
}

impl Admission {
    /// Verifies with `keys` and asks `database`; the node started at `started`.
    pub fn new(database: Arc<dyn Database>, keys: PublicKeys, started: Millis) -> Self {
        Self { database, keys, used: UsedTickets::new(started) }
    }

    /// Verifies a ticket for a room without using it.
    pub fn verify(
        &self,
        ticket: &str,
        room: RoomId,
        scope: Scope,
        now: Millis,
    ) -> Result<TicketClaims, Refused> {
        let claims: TicketClaims = self
            .keys
            .verify(ticket, now)
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
        let claims = self.verify(ticket, room, Scope::Sync, now)?;
        if !self.used.consume(&claims, now) {
            return Err(refused(CloseCode::Unauthorized, "the ticket was used already"));
        }
        let bearer = Bearer { user: claims.sub, session: claims.sid, room };
        let right = self.right(bearer, now).await?;
        Ok((claims, right))
    }

    /// What a person may do in a room now. One query.
    pub async fn right(&self, bearer: Bearer, now: Millis) -> Result<Right, Refused> {
        let statement = Statement::new(
            "SELECT u.name, s.ended_at, s.expires_at, r.id, r.viewers_visible, m.role
             FROM sessions s
             JOIN users u ON u.id = s.user_id
             LEFT JOIN rooms r ON r.id = $3 AND r.deleted_at IS NULL
             LEFT JOIN members m ON m.room_id = r.id AND m.user_id = u.id
             WHERE s.id = $1 AND s.user_id = $2",
        );
        let statement = statement.bind(bearer.session).bind(bearer.user).bind(bearer.room);
        let rows = self.database.run(statement).await.map_err(unavailable)?.rows;
        let row = rows.first().ok_or(refused(CloseCode::Unauthorized, "the sign-in has ended"))?;
        decide(row, now).map_err(unavailable)?
    }
}

fn decide(row: &Row, now: Millis) -> Result<Result<Right, Refused>, DbError> {
    if row.int_opt(1)?.is_some() || row.int(2)? <= now.0 {
        return Ok(Err(refused(CloseCode::Unauthorized, "the sign-in has ended")));
    }
    if row.text_opt(3)?.is_none() {
        return Ok(Err(refused(CloseCode::NoSuchRoom, "there is no such room")));
    }
    if row.text_opt(5)?.is_none() {
        return Ok(Err(refused(CloseCode::Forbidden, "you are not a member of this room")));
    }
    let role: meridian_shared::role::Role = row.parse(5)?;
    let presence = role.can_edit() || row.int(4)? != 0;
    Ok(Ok(Right { name: row.text(0)?.to_owned(), role, presence }))
}

fn unavailable(error: DbError) -> Refused {
    tracing::warn!(%error, "a right could not be checked");
    refused(CloseCode::Overloaded, "the database does not answer; try again soon")
}

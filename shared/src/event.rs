//! What the edge tells the origin nodes over the bus. The bus is a hint: a lost event costs time, never a right.

use serde::{Deserialize, Serialize};

use crate::ids::{RoomId, SessionId, UserId};

/// A right ended or changed; live connections that rest on it must follow within a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Signed out, or its refresh token was used twice.
    SessionEnded {
        /// The sign-in that ended.
        session: SessionId,
    },
    /// The account was erased.
    UserErased {
        /// The account.
        user: UserId,
    },
    /// Removed from a room, or given another role.
    MemberChanged {
        /// The room.
        room: RoomId,
        /// The member.
        user: UserId,
    },
    /// Settings of a room changed that its tickets carry.
    RoomChanged {
        /// The room.
        room: RoomId,
    },
    /// The room was deleted.
    RoomDeleted {
        /// The room.
        room: RoomId,
    },
}

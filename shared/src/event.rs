//! What the edge tells the origin nodes over the bus. The bus is a hint: a lost event costs time, never a right.

use serde::{Deserialize, Serialize};

use std::fmt;

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

/// Whose rights an event changes, and a call rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A sign-in.
    Session(SessionId),
    /// A person, in all rooms.
    User(UserId),
    /// A room, for all members.
    Room(RoomId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Session(id) => write!(f, "session:{id}"),
            Subject::User(id) => write!(f, "user:{id}"),
            Subject::Room(id) => write!(f, "room:{id}"),
        }
    }
}

impl Event {
    /// Whose rights it changes.
    pub fn subject(&self) -> Subject {
        match self {
            Event::SessionEnded { session } => Subject::Session(*session),
            Event::UserErased { user } | Event::MemberChanged { user, .. } => Subject::User(*user),
            Event::RoomChanged { room } | Event::RoomDeleted { room } => Subject::Room(*room),
        }
    }
}

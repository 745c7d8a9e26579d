//! Why a WebSocket is closed: the codes of `docs/PROTOCOL.md`.

use std::fmt;

/// A close code (RFC 6455 §7.4; 4400-4499 are ours).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The message is not of the protocol.
    Malformed = 4400,
    /// Ticket missing, expired, used or revoked.
    Unauthorized = 4401,
    /// Known, but not allowed.
    Forbidden = 4403,
    /// There is no such room.
    NoSuchRoom = 4404,
    /// The room lives on another node now.
    Moved = 4409,
    /// A message over the limit.
    TooLarge = 4413,
    /// Too many messages or connections.
    TooFast = 4429,
    /// The node restarts.
    Restarting = 1012,
    /// The node or the room takes no more.
    Overloaded = 1013,
}

impl CloseCode {
    /// The number on the wire.
    pub fn number(self) -> u16 {
        self as u16
    }

    /// A stable name: the label in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            CloseCode::Malformed => "malformed",
            CloseCode::Unauthorized => "unauthorized",
            CloseCode::Forbidden => "forbidden",
            CloseCode::NoSuchRoom => "no_such_room",
            CloseCode::Moved => "moved",
            CloseCode::TooLarge => "too_large",
            CloseCode::TooFast => "too_fast",
            CloseCode::Restarting => "restarting",
            CloseCode::Overloaded => "overloaded",
        }
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}

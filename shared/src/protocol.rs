//! What goes over a room's WebSocket: the rules are in `docs/PROTOCOL.md`.

pub mod awareness;
pub mod lib0;
pub mod message;
pub mod notice;
pub mod update;

/// The subprotocol of clients that understand message types 110 and above (CONN-5).
pub const SUBPROTOCOL: &str = "meridian.v1";
/// The plain subprotocol, which may be offered beside a ticket (CONN-5).
pub const PLAIN_SUBPROTOCOL: &str = "y-websocket";
/// What a ticket is prefixed with when it travels as a subprotocol (CONN-1).
pub const TICKET_SUBPROTOCOL_PREFIX: &str = "ticket.";

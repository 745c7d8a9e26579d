//! WebSocket connections: `GET /v1/sync/{room}`.
//!
//! The way of a connection: `handshake` upgrades it → [`admission`] decides who it is and what it may → [`connection`] reads and writes until it ends.
//! [`connections`] knows them all, so that a right that ends (see [`crate::revocation`]) reaches them.

pub mod admission;
pub mod connection;
pub mod connections;
mod handshake;
mod quotas;
mod rights;
mod socket;
pub mod tickets;
mod writer;

pub use handshake::{SyncState, router};

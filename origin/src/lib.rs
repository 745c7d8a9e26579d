//! The stateful origin node of Meridian: rooms over WebSocket, their log, and everything in one process for development.
//!
//! The way of a stroke by folder names: [`sync`] (the connection) → [`rooms`] (the document, the members, the sequence) → [`log`] (durable) → back through
//! [`rooms`] to everyone. [`node`] answers the calls that the edge forwards. [`dev`] mounts the edge's router beside it all.

pub mod announcing;
mod assembly;
pub mod clock;
pub mod config;
pub mod dev;
pub mod edge;
pub mod health;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod migrate;
pub mod node;
mod page;
mod problem;
pub mod revocation;
pub mod rights;
pub mod rooms;
pub mod serve;
pub mod server;
pub mod sync;
mod unread;

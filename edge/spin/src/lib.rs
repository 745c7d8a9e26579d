//! The Spin host of the HTTP API: the ports of `meridian-edge-api` on what Spin offers, one file each.
//!
//! The way of a request: `entry` → `api` (made from Spin's variables when an instance gets its first request; Spin may start an instance for each) →
//! `sync` for connections to rooms, which Spin can't pass on, or the router of `meridian-edge-api`.

// Natively there is no entry, and only the tests use the rest.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod api;
#[cfg(target_family = "wasm")]
mod entry;
mod evaluation;
mod key_value;
mod limit;
mod log;
mod migrations;
mod nodes;
mod passwords;
mod peer;
mod postgres;
mod redis;
mod slots;
mod sqlite;
mod sync;
mod system;
mod variables;

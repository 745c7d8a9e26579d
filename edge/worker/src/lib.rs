//! The Cloudflare Workers host of the HTTP API: the ports of `meridian-edge-api` on what Workers offer, one file each.
//!
//! The way of a request: `js/entry.mjs` (answers when the instance itself dies) → `host` (WebSocket upgrades go on to the room's node) → the router of
//! `meridian-edge-api`. Whatever JavaScript has no part in is compiled for every target, so that its tests run natively.

// Only the Worker itself uses all of it.
#![cfg_attr(not(all(target_arch = "wasm32", target_os = "unknown")), allow(dead_code))]

mod places;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod host;

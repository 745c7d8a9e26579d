//! The board page as a Spin component: the files that the manifest mounts at `/`, with the caching and the content policy of `meridian_shared::page`.
//!
//! Spin's own file server is not a crate, and sets no content policy.

// Natively there is no entry, and only the tests use the rest.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod answer;
mod conditions;
#[cfg(target_family = "wasm")]
mod entry;
mod path;

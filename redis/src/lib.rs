//! Redis behind one trait.
//!
//! [`Redis`] runs commands; who calls it does not know how they travel: by [`rest::RestClient`] as JSON over HTTPS, which is all that Cloudflare Workers can do, or by
//! RESP over TCP (feature `native`). Without features the crate has no runtime, no clock and no sockets, and compiles to WASM.

mod command;
mod commands;
mod error;
#[cfg(feature = "native")]
pub mod native;
mod port;
mod reply;
pub mod rest;

pub use command::{Arg, Command};
pub use error::RedisError;
pub use port::Redis;
pub use reply::Reply;

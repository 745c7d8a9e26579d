//! Upstash's REST protocol: commands as JSON arrays over HTTPS.
//!
//! Source: <https://upstash.com/docs/redis/features/restapi>. The host brings a [`Transport`]; everything else is here.

mod client;
mod retry;
mod transport;
pub mod wire;

pub use client::{InvalidEndpoint, RestClient};
pub use transport::{RESPONSE_LIMIT, Transport, TransportError};

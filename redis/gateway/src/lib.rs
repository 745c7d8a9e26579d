//! Upstash's REST protocol in front of any Redis.
//!
//! Source: <https://upstash.com/docs/redis/features/restapi>. What differs is in the README.

mod allowed;
mod events;
mod path;
mod respond;
mod service;
mod token;

pub use service::{Gateway, router};
pub use token::Token;

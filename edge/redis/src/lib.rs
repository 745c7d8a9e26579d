//! The memory that the edge instances of a region share, in Redis.
//!
//! [`RedisMemory`] answers an [`Ask`](meridian_edge_api::ports::Ask) with one `EVAL`: one round trip, whether it goes by RESP, by REST or through a host that has
//! no pipelines. Redis' own clock (`TIME`) counts, so that instances need not agree on the time.
//!
//! | key | what it holds |
//! |---|---|
//! | `meridian:limit:{key}` | the theoretical arrival time of a rate, in µs, until it is full again |
//! | `meridian:right:{subject}` | the position of the newest change of the subject's rights as 20 digits, or `?` when that is not known; for an hour |
//! | `meridian:born` | since when this memory has missed no change, in µs |
//! | `meridian:nodes`, `meridian:nodes:seen` | nodes by id as JSON, and until when each is alive, in ms |
//! | `meridian:cache:{key}`, `meridian:lease:{key}` | a remembered value and until when it is fresh, in ms; who loads it anew |
//!
//! Lua's numbers hold whole numbers up to 2^53: µs since 1970 until the year 2255. Positions don't fit, so they are compared as digits.
//!
//! Redis must not evict keys by itself (`maxmemory-policy noeviction`, its default): it could forget a change of rights and keep `born`.

#[cfg(test)]
mod differential;
mod keys;
mod memory;
mod outage;
mod script;
mod told;

pub use keys::EVENTS;
pub use memory::RedisMemory;

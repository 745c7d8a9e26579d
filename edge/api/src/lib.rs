//! The HTTP API of Meridian: accounts, rooms, members, invitations, tickets and files.
//!
//! [`router()`] makes one axum `Router` from an [`Api`]: ports that the host implements ([`ports`]), keys and settings. **Invariant:** nothing here knows which
//! host runs it: no sockets, threads, timers, clocks or random numbers but through the ports, so that the same code runs natively and as WASM.
//!
//! The way of a request, by file names: `middleware/` (headers, CORS, request id) → [`router()`] → `endpoint.rs` (the route's description: who may call it, how
//! often, with which body; it is also what `openapi.rs` publishes) → `serve.rs` (checks all that) → the handler in `auth/`, `rooms/`, `members/` … → `error.rs`.

mod api;
mod auth;
mod config;
mod directory;
mod endpoint;
mod error;
mod events;
mod files;
mod forward;
mod invites;
mod local;
mod me;
mod members;
mod meta;
mod middleware;
mod node_calls;
mod node_secret;
mod openapi;
mod participants;
pub mod passwords;
pub mod ports;
pub mod problems;
mod replicas;
mod request;
mod rooms;
mod router;
mod schema;
mod serve;
mod settings;
pub mod sync_path;
mod tickets;
mod trace;
mod trip;
mod upgrade;

pub use api::{Api, Ports};
pub use config::{ApiConfig, Quotas};
pub use local::LocalMemory;
pub use middleware::security_headers;
pub use node_secret::NodeSecret;
pub use openapi::document as openapi_document;
pub use replicas::Replicated;
pub use request::{caller_region::CallerRegion, client_ip::ClientIp};
pub use router::{is_api_path, operations, router};
pub use settings::{Settings, allowed_origins, limits};

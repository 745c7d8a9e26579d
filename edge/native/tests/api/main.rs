//! The HTTP API as its callers see it: the router in process, on SQLite and where engines could differ on Postgres too. The clock is the tests'.
//!
//! Every answer of every test is also held against the rules for all answers (`support/rules.rs`): security headers, the form of problems, and the OpenAPI
//! description.

mod auth;
mod files;
mod headers;
mod idempotency;
mod invites;
mod me;
mod members;
mod node_calls;
mod openapi;
mod outage;
mod positions;
mod rates;
mod refresh;
mod revocations;
mod roles;
mod rooms;
mod support;
mod tickets;
mod tokens;
mod upgrade;
mod validation;

//! What can't be seen of the HTTP API over HTTP, or takes a clock of its own: events, rows, failures, years. The router runs in process, on SQLite and where
//! engines could differ on Postgres too. What callers see is held on every host by `tests/conformance`.
//!
//! Every answer of every test is also held against the rules for all answers (`support/rules.rs`): security headers, the form of problems, and the OpenAPI
//! description.

mod auth;
mod files;
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
mod rooms;
mod support;
mod tickets;
mod upgrade;

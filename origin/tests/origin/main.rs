//! Tests of the origin node from outside its modules: one binary, so that it is linked once.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod boards;
mod configuration;
mod cost;
mod document;
mod log_contract;
mod revocation_reader;
mod rights_contract;

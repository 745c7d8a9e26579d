//! x
#![allow(dead_code)]
mod clock;
mod log;
mod metrics;
mod rooms;
mod revocation;
mod sync;
fn main() {}

//! The region's memory: one contract for the process's own and for Redis by RESP and by REST; what only Redis promises; and what happens when it goes away.

#![allow(clippy::unwrap_used)]

mod contract;
mod faults;
mod rights;
mod stored;
mod support;

//! The vocabulary of Meridian: what the edge, the origin nodes and their clients all have to agree on.
//!
//! **Invariant:** nothing here does I/O, reads a clock, draws random numbers or names a runtime. The time is an argument. It compiles for native,
//! `wasm32-unknown-unknown` and `wasm32-wasip1`.

pub mod close;
pub mod database;
pub mod event;
pub mod gcra;
pub mod ids;
pub mod image;
pub mod keys;
pub mod limits;
pub mod page;
pub mod placement;
pub mod position;
pub mod problem;
pub mod protocol;
pub mod region;
pub mod revocation;
pub mod role;
pub mod settings;
pub mod sql;
pub mod standing;
pub mod time;
pub mod token;

//! Tests of the origin node from outside its modules: one binary, so that it is linked once.

mod cost;
mod document;
mod log_contract;

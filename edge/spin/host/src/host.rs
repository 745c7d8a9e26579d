//! What the components import, one interface a file.

pub(crate) mod http;
pub(crate) mod key_value;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod sqlite;
mod variables;

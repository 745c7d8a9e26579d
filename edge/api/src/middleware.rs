//! What every answer passes through, whether its route exists or not.

mod cors;
mod headers;
mod panic;
mod request_id;

pub(crate) use cors::cors;
pub use headers::security_headers;
pub(crate) use panic::catch_panic;
pub(crate) use request_id::request_id;

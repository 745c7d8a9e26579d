//! Time and randomness of the isolate.

use meridian_edge_api::ports::{Clock, PortError, Random};
use meridian_shared::time::Millis;
use worker::js_sys;

/// `Date.now()`. On Workers it stands still between two waits for I/O.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JsClock;

impl Clock for JsClock {
    fn now(&self) -> Millis {
        // Whole milliseconds, far below 2^53.
        Millis(js_sys::Date::now() as i64)
    }
}

/// `crypto.getRandomValues`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JsRandom;

impl Random for JsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        getrandom::fill(bytes).map_err(|e| PortError(e.to_string()))
    }
}

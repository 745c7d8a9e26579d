//! Time and randomness of WASI.

use std::time::{SystemTime, UNIX_EPOCH};

use meridian_edge_api::ports::{Clock, PortError, Random};
use meridian_shared::time::Millis;

/// The host's clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The host's source of random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        getrandom::fill(bytes).map_err(|e| PortError(e.to_string()))
    }
}

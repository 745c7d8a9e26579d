//! The node's wall clock, for stamps and lifetimes. Order never depends on it: that is the log's.

use std::time::{SystemTime, UNIX_EPOCH};

use meridian_shared::time::Millis;

/// Now. A clock before 1970 counts as 1970.
pub fn now() -> Millis {
    Millis(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64))
}

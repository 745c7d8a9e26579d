//! A Redis that is away must not cost every call its patience.

use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use meridian_redis::RedisError;
use meridian_shared::time::Millis;

/// How long Redis is left alone after a failure, in ms.
const REST_MS: i64 = 1_000;
/// No outage.
const NONE: i64 = i64::MIN;

/// Whether Redis is to be asked.
///
/// After a failure nobody asks for a while; then one caller tries, and the others go on without Redis until that one has succeeded. Told to the log once when it
/// begins and once when it ends.
#[derive(Debug)]
pub(crate) struct Outage {
    /// When the next one may try, or [`NONE`].
    next_try: AtomicI64,
}

impl Outage {
    pub(crate) fn none() -> Self {
        Self { next_try: AtomicI64::new(NONE) }
    }

    /// Whether the caller may ask Redis.
    pub(crate) fn may_ask(&self, now: Millis) -> bool {
        let next_try = self.next_try.load(SeqCst);
        // A clock that was set back must not make it longer.
        let rests = now.0 < next_try && next_try - now.0 <= REST_MS;
        next_try == NONE
            || (!rests
                && self.next_try.compare_exchange(next_try, now.plus(REST_MS).0, SeqCst, SeqCst).is_ok())
    }

    /// Redis answered.
    pub(crate) fn succeeded(&self) {
        if self.next_try.load(SeqCst) != NONE && self.next_try.swap(NONE, SeqCst) != NONE {
            tracing::info!("Redis answers again");
        }
    }

    /// Redis did not answer, or not as it should.
    pub(crate) fn failed(&self, now: Millis, error: &RedisError) {
        if self.next_try.swap(now.plus(REST_MS).0, SeqCst) == NONE {
            tracing::warn!(%error, "without Redis for now: limits count in this process, and reads go to the primary");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tries_after_a_rest_and_a_success_ends_it() {
        let outage = Outage::none();
        let asks = |ms| outage.may_ask(Millis(ms));
        assert!(asks(0) && asks(0));
        outage.failed(Millis(0), &RedisError::Unavailable(String::new()));
        assert!(!asks(0) && !asks(999));
        assert!(asks(1000), "one");
        assert!(!asks(1000) && !asks(1999), "not the others");
        assert!(asks(2000), "the one never came back");
        outage.succeeded();
        assert!(asks(2000) && asks(2000));
        outage.failed(Millis(1_000_000), &RedisError::Unavailable(String::new()));
        assert!(asks(5), "the clock was set back");
    }
}

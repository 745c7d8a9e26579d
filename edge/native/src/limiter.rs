//! Rates in the memory of one process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use meridian_edge_api::ports::{Clock, RateLimiter};
use meridian_shared::gcra::{Decision, Quota};

/// How many keys are kept: about 20 MiB when full.
const CAPACITY: usize = 100_000;
/// How long after a sweep the next may come, in µs. A sweep looks at every key.
const SWEEP_EVERY_US: u64 = 1_000_000;

/// Counts by key in a bounded map.
///
/// A key whose quota is full again is like one never seen, so it may go. When the map is full of keys that are not, new keys share one count for each kind of
/// key: a flood from many addresses slows its own kind down instead of making room for itself.
pub struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    capacity: usize,
    /// Locked for a look-up at a time, never across an await.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The theoretical arrival time of each key, µs.
    tat_us: HashMap<String, u64>,
    swept_us: u64,
}

impl MemoryLimiter {
    /// An empty limiter.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, capacity: CAPACITY, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryLimiter({} keys)", self.state().tat_us.len())
    }
}

impl State {
    /// The key to count under: the one asked for, or the shared one of its kind when there is no room.
    fn place(&mut self, key: &str, now_us: u64, capacity: usize) -> String {
        let full = self.tat_us.len() >= capacity && !self.tat_us.contains_key(key);
        if full && now_us.saturating_sub(self.swept_us) >= SWEEP_EVERY_US {
            self.swept_us = now_us;
            self.tat_us.retain(|_, tat| *tat > now_us);
        }
        let full = full && self.tat_us.len() >= capacity;
        if full { format!("{}:(others)", key.split(':').next().unwrap_or_default()) } else { key.to_owned() }
    }
}

#[async_trait]
impl RateLimiter for MemoryLimiter {
    async fn check(&self, key: &str, quota: Quota) -> Decision {
        let now_us = u64::try_from(self.clock.now().0).unwrap_or(0) * 1000;
        let mut state = self.state();
        let key = state.place(key, now_us, self.capacity);
        let decision = quota.decide(state.tat_us.get(&key).copied().unwrap_or(0), now_us);
        state.tat_us.insert(key, decision.tat_us);
        decision
    }

    async fn reset(&self, key: &str) {
        self.state().tat_us.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_shared::time::Millis;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Default)]
    struct Hand(AtomicI64);
    impl Clock for Hand {
        fn now(&self) -> Millis {
            Millis(self.0.load(Ordering::SeqCst))
        }
    }

    const QUOTA: Quota = Quota { burst: 2, period_ms: 60_000 };

    #[tokio::test]
    async fn keys_are_counted_apart_and_forgotten_when_asked() {
        let limiter = MemoryLimiter::new(Arc::new(Hand::default()));
        for expected in [true, true, false] {
            assert_eq!(limiter.check("signin:ip:a", QUOTA).await.allowed, expected);
        }
        assert!(limiter.check("signin:ip:b", QUOTA).await.allowed);
        limiter.reset("signin:ip:a").await;
        assert!(limiter.check("signin:ip:a", QUOTA).await.allowed);
    }

    #[tokio::test]
    async fn memory_is_bounded_and_a_flood_slows_only_its_own_kind() {
        let clock = Arc::new(Hand::default());
        let mut limiter = MemoryLimiter::new(clock.clone());
        limiter.capacity = 100;
        assert!(limiter.check("write:user:ada", QUOTA).await.allowed);
        let mut passed = 0;
        for i in 0..1000 {
            passed += u32::from(limiter.check(&format!("signin:ip:{i}"), QUOTA).await.allowed);
        }
        assert_eq!(passed, 99 + QUOTA.burst, "each of the first, then the shared quota");
        assert!(limiter.state().tat_us.len() <= 101);
        assert!(limiter.check("write:user:ada", QUOTA).await.allowed, "a known key keeps its own count");
        clock.0.store(120_000, Ordering::SeqCst);
        assert!(limiter.check("signin:ip:new", QUOTA).await.allowed);
        assert!(limiter.state().tat_us.len() <= 2, "what is full again is forgotten");
    }
}

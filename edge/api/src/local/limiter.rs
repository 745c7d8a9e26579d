//! Rates, bounded in number.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use meridian_shared::{
    gcra::{Decision, Quota},
    time::Millis,
};

/// How many keys are kept: about 20 MiB when full.
const CAPACITY: usize = 100_000;
/// How long after a sweep the next may come, in µs. A sweep looks at every key.
const SWEEP_EVERY_US: u64 = 1_000_000;

/// Counts by key in a bounded map.
///
/// A key whose quota is full again is like one never seen, so it may go. When the map is full of keys that are not, new keys share one count for each kind of
/// key: a flood from many addresses slows its own kind down instead of making room for itself.
pub(super) struct Limiter {
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

impl Default for Limiter {
    fn default() -> Self {
        Self { capacity: CAPACITY, state: Mutex::default() }
    }
}

impl Limiter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rates", self.state().tat_us.len())
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

impl Limiter {
    pub(super) fn check(&self, key: &str, quota: Quota, now: Millis) -> Decision {
        let now_us = u64::try_from(now.0).unwrap_or(0) * 1000;
        let mut state = self.state();
        let key = state.place(key, now_us, self.capacity);
        let decision = quota.decide(state.tat_us.get(&key).copied().unwrap_or(0), now_us);
        state.tat_us.insert(key, decision.tat_us);
        decision
    }

    pub(super) fn reset(&self, key: &str) {
        self.state().tat_us.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { burst: 2, period_ms: 60_000 };

    #[test]
    fn keys_are_counted_apart_and_forgotten_when_asked() {
        let limiter = Limiter::default();
        let allowed = |key| limiter.check(key, QUOTA, Millis(0)).allowed;
        assert_eq!([(); 3].map(|()| allowed("signin:ip:a")), [true, true, false]);
        assert!(allowed("signin:ip:b"));
        limiter.reset("signin:ip:a");
        assert!(allowed("signin:ip:a"));
    }

    #[test]
    fn memory_is_bounded_and_a_flood_slows_only_its_own_kind() {
        let limiter = Limiter { capacity: 100, ..Limiter::default() };
        let allowed = |key: &str, ms| limiter.check(key, QUOTA, Millis(ms)).allowed;
        assert!(allowed("write:user:ada", 0));
        let passed = (0..1000).filter(|i| allowed(&format!("signin:ip:{i}"), 0)).count();
        assert_eq!(passed, 99 + QUOTA.burst as usize, "each of the first, then the shared quota");
        assert!(limiter.state().tat_us.len() <= 101);
        assert!(allowed("write:user:ada", 0), "a known key keeps its own count");
        assert!(allowed("signin:ip:new", 120_000));
        assert!(limiter.state().tat_us.len() <= 2, "what is full again is forgotten");
    }
}

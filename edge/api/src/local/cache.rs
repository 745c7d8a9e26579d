//! Remembered values, bounded in number.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use meridian_shared::time::Millis;

use crate::ports::{Kept, Recalled};

/// How many values are kept. When they are more, all are forgotten: that is cheap, rare, and right by the contract of the port.
const CAPACITY: usize = 10_000;
/// How long the one who loads a value anew has for it, in ms.
const LEASE_MS: i64 = 2_000;

/// Values by key.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, Entry>>);

struct Entry {
    value: String,
    fresh_until: Millis,
    kept_until: Millis,
    leased_until: Millis,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.entries().len())
    }
}

impl Cache {
    /// Locked for a look-up at a time, never across an await.
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn recall(&self, key: &str, now: Millis) -> Option<Recalled> {
        let mut entries = self.entries();
        let entry = entries.get_mut(key).filter(|entry| now < entry.kept_until)?;
        let refresh = now >= entry.fresh_until.max(entry.leased_until);
        if refresh {
            entry.leased_until = now.plus(LEASE_MS);
        }
        Some(Recalled { value: entry.value.clone(), refresh })
    }

    pub(super) fn remember(&self, key: &str, value: &str, kept: Kept, now: Millis) {
        let mut entries = self.entries();
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        let after = |ms: u64| now.plus(i64::try_from(ms).unwrap_or(i64::MAX));
        let (fresh_until, kept_until) = (after(kept.fresh_ms), after(kept.keep_ms));
        let entry = Entry { value: value.to_owned(), fresh_until, kept_until, leased_until: Millis(0) };
        entries.insert(key.to_owned(), entry);
    }

    pub(super) fn forget(&self, key: &str) {
        self.entries().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: Kept = Kept { fresh_ms: 100, keep_ms: 10_000 };

    #[test]
    fn past_its_freshness_one_loads_it_anew_and_the_others_get_the_old_one() {
        let cache = Cache::default();
        let at = |ms| cache.recall("a", Millis(ms)).map(|r| r.refresh);
        assert_eq!(at(0), None);
        cache.remember("a", "1", KEPT, Millis(0));
        assert_eq!(
            [at(99), at(100), at(100), at(2_099)],
            [Some(false), Some(true), Some(false), Some(false)]
        );
        assert_eq!(at(2_100), Some(true), "the first one never came back");
        cache.remember("a", "2", KEPT, Millis(2_100));
        assert_eq!(cache.recall("a", Millis(2_150)).unwrap().value, "2");
        assert_eq!(at(12_100), None, "forgotten");
        cache.forget("a");
        assert_eq!(at(2_150), None);
    }

    #[test]
    fn it_is_bounded() {
        let cache = Cache::default();
        for i in 0..3 * CAPACITY {
            cache.remember(&i.to_string(), "", KEPT, Millis(0));
            assert!(cache.entries().len() <= CAPACITY);
        }
    }
}

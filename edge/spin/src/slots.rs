//! Rates in a bounded number of slots, for a store that forgets nothing by itself.
//!
//! A key's slot follows from its hash. Where two keys meet they share a count until it is full again: a flood of addresses slows others down a little instead of
//! filling the store. What is kept is the number of the generic cell rate algorithm ([`meridian_shared::gcra`]).

use std::hash::{DefaultHasher, Hash, Hasher};

use meridian_shared::{
    gcra::{Decision, Quota},
    time::Millis,
};

/// How many slots each kind of key has: about 2 MiB in all.
const SLOTS: u64 = 1 << 14;

/// The store's key of the slot of a rate's key. The kind of a key is what stands before its first colon.
pub(crate) fn slot(key: &str) -> String {
    let kind = key.split(':').next().unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    format!("limit:{kind}:{}", hasher.finish() % SLOTS)
}

/// Decides one attempt by what a slot holds, and says what it holds then.
pub(crate) fn decide(held: Option<&[u8]>, quota: Quota, now: Millis) -> (Decision, String) {
    let now_us = u64::try_from(now.0).unwrap_or(0) * 1000;
    let tat_us = held.and_then(|held| std::str::from_utf8(held).ok()?.parse().ok()).unwrap_or(0);
    let decision = quota.decide(tat_us, now_us);
    (decision, decision.tat_us.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { burst: 2, period_ms: 60_000 };

    #[test]
    fn a_slot_counts_and_refills() {
        let mut held = None::<String>;
        let mut attempt = |ms| {
            let (decision, holds) = decide(held.as_deref().map(str::as_bytes), QUOTA, Millis(ms));
            held = Some(holds);
            decision.allowed
        };
        assert_eq!([0, 0, 0, 30_000].map(&mut attempt), [true, true, false, true]);
        assert!(
            decide(Some(b"nonsense"), QUOTA, Millis(0)).0.allowed,
            "what can't be read counts as nothing"
        );
    }

    #[test]
    fn slots_are_bounded_by_kind() {
        let slots: std::collections::HashSet<_> =
            (0..100_000).map(|i| slot(&format!("signin:ip:{i}"))).collect();
        assert!(slots.len() as u64 <= SLOTS && slots.len() > 10_000);
        assert!(slot("signup:ip:1").starts_with("limit:signup:"));
    }
}

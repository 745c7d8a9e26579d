//! The generic cell rate algorithm: one number a key, exact bursts, no timers.
//!
//! Source: ITU-T I.371, in the "virtual scheduling" form. Pure, so that the limiter in memory and the one in Redis decide alike.

/// A rate: `burst` at once, refilled over `period_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many fit at once, and in every period. At least 1.
    pub burst: u32,
    /// The time in which an empty quota is full again, in ms. At least `burst`.
    pub period_ms: u64,
}

/// What the algorithm says of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the attempt may pass.
    pub allowed: bool,
    /// The number to keep for the key: the theoretical arrival time in µs. Unchanged when not allowed.
    pub tat_us: u64,
    /// How many more may pass at once.
    pub remaining: u32,
    /// When refused: ms until one may pass. Otherwise 0.
    pub retry_after_ms: u64,
    /// ms until the quota is full again.
    pub reset_ms: u64,
}

impl Quota {
    /// Decides one attempt at `now_us` for a key whose kept number is `tat_us` (0 for a new key).
    pub fn decide(self, tat_us: u64, now_us: u64) -> Decision {
        let period_us = self.period_ms * 1000;
        let interval_us = period_us / u64::from(self.burst.max(1));
        let next = tat_us.max(now_us) + interval_us;
        let earliest = next.saturating_sub(period_us);
        if now_us < earliest {
            let full = tat_us.saturating_sub(now_us);
            let retry_after_ms = (earliest - now_us).div_ceil(1000);
            return Decision {
                allowed: false,
                tat_us,
                remaining: 0,
                retry_after_ms,
                reset_ms: full.div_ceil(1000),
            };
        }
        let used = next - now_us;
        let remaining = ((period_us.saturating_sub(used)) / interval_us.max(1)) as u32;
        Decision { allowed: true, tat_us: next, remaining, retry_after_ms: 0, reset_ms: used.div_ceil(1000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_is_exact_and_refills_one_by_one() {
        let quota = Quota { burst: 5, period_ms: 1000 };
        let mut tat = 0;
        for left in (0..5).rev() {
            let d = quota.decide(tat, 1_000_000);
            assert!(d.allowed);
            assert_eq!(d.remaining, left);
            tat = d.tat_us;
        }
        let d = quota.decide(tat, 1_000_000);
        assert!(!d.allowed);
        assert_eq!((d.retry_after_ms, d.tat_us), (200, tat));
        assert!(quota.decide(tat, 1_200_000).allowed);
        assert!(!quota.decide(quota.decide(tat, 1_200_000).tat_us, 1_200_000).allowed);
    }

    proptest! {
        #[test]
        fn never_more_than_burst_in_any_instant_or_twice_burst_in_a_period(
            steps in proptest::collection::vec(0u64..400_000, 1..200), burst in 1u32..20
        ) {
            let quota = Quota { burst, period_ms: 1000 };
            let (mut now, mut tat) = (0u64, 0u64);
            let mut passed: Vec<u64> = vec![];
            for step in steps {
                now += step;
                let d = quota.decide(tat, now);
                tat = d.tat_us;
                if d.allowed { passed.push(now); }
                let recent = passed.iter().filter(|&&t| t + 1_000_000 > now).count();
                prop_assert!(recent <= 2 * burst as usize);
            }
        }
    }
}

//! How fast one connection may send (LIM-5, LIM-6).

use meridian_shared::{gcra::Quota, limits::Limits};
use tokio::time::Instant;

/// One quota and its state.
pub(super) struct Bucket {
    quota: Quota,
    tat_us: u64,
}

impl Bucket {
    fn new(per_second: u32, burst: u32) -> Self {
        let period_ms = 1000 * u64::from(burst.max(1)) / u64::from(per_second.max(1));
        Self { quota: Quota { burst: burst.max(1), period_ms: period_ms.max(1) }, tat_us: 0 }
    }
}

/// The quotas of one connection.
pub(super) struct Quotas {
    since: Instant,
    /// SyncStep2 and Update.
    pub(super) documents: Bucket,
    /// SyncStep1 and *reauth*: each costs the room an encoding, or the database a query.
    pub(super) questions: Bucket,
    /// Awareness and QueryAwareness.
    pub(super) presence: Bucket,
}

impl Quotas {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            since: Instant::now(),
            documents: Bucket::new(limits.updates_per_second, limits.updates_burst),
            questions: Bucket::new(2, 20),
            presence: Bucket::new(limits.presence_per_second, limits.presence_burst),
        }
    }

    /// Takes one from a bucket, or says in how many ms it will have one.
    pub(super) fn take(&mut self, bucket: impl FnOnce(&mut Self) -> &mut Bucket) -> Result<(), u64> {
        // A µs clock that starts at a day, so that "never before" (0) is far in the past.
        let now_us = 86_400_000_000 + self.since.elapsed().as_micros() as u64;
        let bucket = bucket(self);
        let decision = bucket.quota.decide(bucket.tat_us, now_us);
        bucket.tat_us = decision.tat_us;
        if decision.allowed { Ok(()) } else { Err(decision.retry_after_ms) }
    }
}

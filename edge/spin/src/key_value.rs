//! Spin's key-value store as the memory of a region: for rates alone, where there is no Redis, or none that answers.
//!
//! The store has no operation that reads and writes at once: of attempts that come at the same instant some may be counted as one. Redis counts them exactly.

use std::sync::Arc;

use async_trait::async_trait;
use meridian_edge_api::ports::{Ask, Clock, Kept, SharedMemory, Told};
use meridian_shared::{
    event::Event,
    gcra::{Decision, Quota},
    position::Position,
};
use spin_sdk::key_value::{Error, Store};

use crate::slots;

/// Rates in the store `default`.
pub(crate) struct KeyValueMemory {
    clock: Arc<dyn Clock>,
}

impl KeyValueMemory {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    async fn check(&self, key: &str, quota: Quota) -> Decision {
        self.count(key, quota).await.unwrap_or_else(|error| {
            // Without any memory a limit can't be held: better to serve than to refuse everyone.
            tracing::error!(?error, "the key-value store does not answer: an attempt is not counted");
            slots::decide(None, quota, self.clock.now()).0
        })
    }

    async fn count(&self, key: &str, quota: Quota) -> Result<Decision, Error> {
        let store = Store::open_default().await?;
        let slot = slots::slot(key);
        let (decision, holds) = slots::decide(store.get(&slot).await?.as_deref(), quota, self.clock.now());
        if decision.allowed {
            store.set(&slot, holds).await?;
        }
        Ok(decision)
    }
}

#[async_trait]
impl SharedMemory for KeyValueMemory {
    /// Nothing but rates is known, so reads go to the primary, and nodes come from the database.
    async fn ask(&self, ask: Ask) -> Told {
        let decision = match &ask.limit {
            Some((key, quota)) => Some(self.check(key, *quota).await),
            None => None,
        };
        Told { decision, ..Told::default() }
    }

    async fn forget_attempts(&self, key: &str) {
        let forgotten = async { Store::open_default().await?.delete(slots::slot(key)).await };
        if let Err(error) = forgotten.await {
            tracing::warn!(?error, "attempts are not forgotten");
        }
    }

    async fn remember(&self, _: &str, _: &str, _: Kept) {}

    async fn forget(&self, _: &str) {}

    /// Nobody listens here: nodes read of it in the database.
    async fn publish(&self, _: Event, _: Option<Position>) {}
}

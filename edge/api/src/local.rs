//! The shared memory of one process: for a host that runs alone, and for one whose Redis is away.

mod cache;
mod limiter;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use meridian_shared::{event::Event, position::Position, region::Node};

use crate::ports::{Ask, Clock, Kept, SharedMemory, Told};
use cache::Cache;
use limiter::Limiter;

/// Who wants to hear of events.
type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// Limits and remembered values in the memory of the process.
pub struct LocalMemory {
    clock: Arc<dyn Clock>,
    limiter: Limiter,
    cache: Cache,
    nodes: Option<Vec<Node>>,
    listener: Option<Listener>,
}

impl fmt::Debug for LocalMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalMemory({:?}, {:?})", self.limiter, self.cache)
    }
}

impl LocalMemory {
    /// Empty. It knows of no nodes and tells nobody of events.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limiter: Limiter::default(), cache: Cache::default(), nodes: None, listener: None }
    }

    /// These are all nodes that live.
    #[must_use]
    pub fn with_nodes(self, nodes: Vec<Node>) -> Self {
        Self { nodes: Some(nodes), ..self }
    }

    /// Events go to this process's own connections.
    #[must_use]
    pub fn with_listener(self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..self }
    }
}

#[async_trait]
impl SharedMemory for LocalMemory {
    /// When rights changed is never known: another process may have changed them.
    async fn ask(&self, ask: Ask) -> Told {
        let now = self.clock.now();
        Told {
            decision: ask.limit.map(|(key, quota)| self.limiter.check(&key, quota, now)),
            changed: None,
            nodes: self.nodes.clone().filter(|_| ask.nodes),
            recalled: ask.recall.and_then(|key| self.cache.recall(&key, now)),
        }
    }

    async fn forget_attempts(&self, key: &str) {
        self.limiter.reset(key);
    }

    async fn remember(&self, key: &str, value: &str, kept: Kept) {
        self.cache.remember(key, value, kept, self.clock.now());
    }

    async fn forget(&self, key: &str) {
        self.cache.forget(key);
    }

    async fn publish(&self, event: Event, _: Option<Position>) {
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }
}

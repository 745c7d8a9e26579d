//! What a call asked of the world, and how long it waited: counted at the ports, so that nothing is missed.
//!
//! Told to signed-in callers as `Server-Timing` (W3C Server Timing), which browsers show beside each request, and which the tests hold against the budget of
//! a route. Not told to anonymous ones: how long a sign-in waited could say whether an account exists.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU32, Ordering::Relaxed},
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use meridian_shared::{
    database::{Database, DbError, Outcome, Statement},
    event::Event,
    position::Position,
    region::Node,
    time::Millis,
};

use crate::{
    Ports,
    ports::{Ask, Clock, Kept, NodeClient, PortError, SharedMemory, Told},
};

/// The header that tells it.
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The counts of one call.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    memory: Count,
    database: Count,
    node: Count,
}

#[derive(Debug, Default)]
struct Count {
    calls: AtomicU32,
    ms: AtomicI64,
}

impl Trace {
    /// The same ports, with their calls counted here.
    pub(crate) fn around(self: &Arc<Self>, ports: &Ports) -> Ports {
        fn counted<P: ?Sized>(inner: &Arc<P>, clock: &Arc<dyn Clock>, trace: &Arc<Trace>) -> Arc<Counted<P>> {
            Arc::new(Counted { inner: inner.clone(), clock: clock.clone(), trace: trace.clone() })
        }
        Ports {
            database: counted(&ports.database, &ports.clock, self),
            memory: counted(&ports.memory, &ports.clock, self),
            nodes: counted(&ports.nodes, &ports.clock, self),
            ..ports.clone()
        }
    }

    /// `memory;dur=1;desc="1 call", database;dur=4;desc="2 calls"`, without what was not called.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let part = |(name, count): (&str, &Count)| {
            let (calls, ms) = (count.calls.load(Relaxed), count.ms.load(Relaxed));
            let plural = if calls == 1 { "" } else { "s" };
            (calls > 0).then(|| format!(r#"{name};dur={ms};desc="{calls} call{plural}""#))
        };
        let all = [("memory", &self.memory), ("database", &self.database), ("node", &self.node)];
        let text = all.into_iter().filter_map(part).collect::<Vec<_>>().join(", ");
        HeaderValue::from_str(&text).ok().filter(|value| !value.is_empty())
    }
}

/// A port whose calls are counted.
struct Counted<P: ?Sized> {
    inner: Arc<P>,
    clock: Arc<dyn Clock>,
    trace: Arc<Trace>,
}

impl<P: ?Sized> Counted<P> {
    async fn count<T>(&self, kind: fn(&Trace) -> &Count, call: impl Future<Output = T>) -> T {
        let begin = self.clock.now();
        let answer = call.await;
        self.note(kind, begin);
        answer
    }

    fn note(&self, kind: fn(&Trace) -> &Count, begin: Millis) {
        let count = kind(&self.trace);
        count.calls.fetch_add(1, Relaxed);
        count.ms.fetch_add(self.clock.now().0 - begin.0, Relaxed);
    }
}

#[async_trait]
impl Database for Counted<dyn Database> {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        self.count(|t| &t.database, self.inner.run(statement)).await
    }
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        self.count(|t| &t.database, self.inner.batch(statements)).await
    }
    async fn read(
        &self,
        statement: Statement,
        after: Option<Position>,
    ) -> Result<(Outcome, Option<Position>), DbError> {
        self.count(|t| &t.database, self.inner.read(statement, after)).await
    }
    /// Counted only where there is something to ask.
    async fn position(&self) -> Result<Option<Position>, DbError> {
        let begin = self.clock.now();
        let position = self.inner.position().await;
        if position != Ok(None) {
            self.note(|t| &t.database, begin);
        }
        position
    }
}

#[async_trait]
impl SharedMemory for Counted<dyn SharedMemory> {
    async fn ask(&self, ask: Ask) -> Told {
        self.count(|t| &t.memory, self.inner.ask(ask)).await
    }
    async fn forget_attempts(&self, key: &str) {
        self.count(|t| &t.memory, self.inner.forget_attempts(key)).await;
    }
    async fn remember(&self, key: &str, value: &str, kept: Kept) {
        self.count(|t| &t.memory, self.inner.remember(key, value, kept)).await;
    }
    async fn forget(&self, key: &str) {
        self.count(|t| &t.memory, self.inner.forget(key)).await;
    }
    async fn publish(&self, event: Event, at: Option<Position>) {
        self.count(|t| &t.memory, self.inner.publish(event, at)).await;
    }
}

#[async_trait]
impl NodeClient for Counted<dyn NodeClient> {
    async fn call(
        &self,
        node: &Node,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, PortError> {
        self.count(|t| &t.node, self.inner.call(node, request)).await
    }
}

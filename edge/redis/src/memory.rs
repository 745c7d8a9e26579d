//! The port over Redis, and over the process's own memory while Redis is away.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use meridian_edge_api::ports::{Ask, Clock, Kept, SharedMemory, Told};
use meridian_redis::{Command, Redis, RedisError};
use meridian_shared::{event::Event, position::Position, region::Node};

use crate::{outage::Outage, script, told::told};

/// The region's memory in Redis.
///
/// While Redis is away the local memory answers: limits count anew in this process, and what only Redis knows is not known. A change of rights that could not be noted
/// makes the memory begin anew when Redis is back ([`crate`], `born`), so that nobody takes its silence for knowledge.
pub struct RedisMemory<R> {
    redis: R,
    local: Arc<dyn SharedMemory>,
    clock: Arc<dyn Clock>,
    outage: Outage,
    /// A change of rights was not noted.
    missed: AtomicBool,
    /// All nodes, where Redis is not the one to know.
    nodes: Option<Vec<Node>>,
}

impl<R: Redis> RedisMemory<R> {
    /// Over this Redis. `local` hears of every event too, and answers while Redis is away.
    pub fn new(redis: R, local: Arc<dyn SharedMemory>, clock: Arc<dyn Clock>) -> Self {
        Self { redis, local, clock, outage: Outage::none(), missed: AtomicBool::new(false), nodes: None }
    }

    /// These are all nodes that live; Redis is not asked for any.
    #[must_use]
    pub fn with_nodes(self, nodes: Vec<Node>) -> Self {
        Self { nodes: Some(nodes), ..self }
    }

    /// `None` when Redis is away.
    async fn told(&self, ask: &Ask) -> Option<Told> {
        if !self.outage.may_ask(self.clock.now()) {
            return None;
        }
        let missed = self.missed.swap(false, SeqCst);
        let answer = self.redis.run(script::ask(ask, missed)).await.and_then(|reply| told(ask, &reply));
        if answer.is_err() && missed {
            self.missed.store(true, SeqCst);
        }
        self.noted(answer)
    }

    /// Runs all of them; whether all succeeded.
    async fn run(&self, commands: Vec<Command>) -> bool {
        if !self.outage.may_ask(self.clock.now()) {
            return false;
        }
        let answers = match <[Command; 1]>::try_from(commands) {
            Ok([command]) => self.redis.run(command).await.map(|reply| vec![Ok(reply)]),
            Err(commands) => self.redis.pipeline(commands).await,
        };
        self.noted(answers.and_then(|answers| answers.into_iter().collect::<Result<Vec<_>, _>>())).is_some()
    }

    fn noted<T>(&self, answer: Result<T, RedisError>) -> Option<T> {
        match answer {
            Ok(value) => {
                self.outage.succeeded();
                Some(value)
            }
            Err(error) => {
                self.outage.failed(self.clock.now(), &error);
                None
            }
        }
    }
}

#[async_trait]
impl<R: Redis> SharedMemory for RedisMemory<R> {
    async fn ask(&self, mut ask: Ask) -> Told {
        let nodes = self.nodes.clone().filter(|_| ask.nodes);
        ask.nodes = ask.nodes && nodes.is_none();
        let told = match self.told(&ask).await {
            Some(told) => told,
            None => self.local.ask(ask).await,
        };
        Told { nodes: nodes.or(told.nodes), ..told }
    }

    async fn forget_attempts(&self, key: &str) {
        self.local.forget_attempts(key).await;
        self.run(vec![script::forget_attempts(key)]).await;
    }

    async fn remember(&self, key: &str, value: &str, kept: Kept) {
        if !self.run(vec![script::remember(key, value, kept)]).await {
            self.local.remember(key, value, kept).await;
        }
    }

    async fn forget(&self, key: &str) {
        self.local.forget(key).await;
        self.run(vec![script::forget(key)]).await;
    }

    async fn publish(&self, event: Event, at: Option<Position>) {
        let noted = self.run(script::publish(&event, at)).await;
        if !noted {
            self.missed.store(true, SeqCst);
        }
        self.local.publish(event, at).await;
    }
}

impl<R> fmt::Debug for RedisMemory<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisMemory").field("outage", &self.outage).finish_non_exhaustive()
    }
}

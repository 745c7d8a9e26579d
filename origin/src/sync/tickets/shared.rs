//! The tickets used on any node, by way of Redis.

use std::sync::Arc;

use async_trait::async_trait;
use meridian_redis::{Command, Redis, RedisError};
use meridian_shared::{
    time::Millis,
    token::{LEEWAY_S, TicketClaims},
};

use super::{MemoryTickets, UsedTickets};

/// Redis beside the memory of the node: a ticket must be new to both. While Redis is away, the node's memory decides alone, so that a ticket could be used once
/// on each node.
pub struct SharedTickets {
    memory: MemoryTickets,
    redis: Arc<dyn Redis>,
}

impl SharedTickets {
    /// Over the memory of this node and the Redis of all nodes.
    pub fn new(memory: MemoryTickets, redis: Arc<dyn Redis>) -> Self {
        Self { memory, redis }
    }
}

#[async_trait]
impl UsedTickets for SharedTickets {
    async fn consume(&self, ticket: &TicketClaims, now: Millis) -> bool {
        if !self.memory.consume(ticket, now).await {
            return false;
        }
        if ticket.reusable {
            return true;
        }
        let left = (ticket.exp + LEEWAY_S) * 1000 - now.0;
        let key = format!("meridian:used:{}", ticket.jti);
        let set = Command::set_new_for(key, 1_i64, u64::try_from(left).unwrap_or(1));
        match self.redis.run(set).await {
            Ok(reply) => !reply.is_nil(),
            Err(RedisError::Unavailable(cause)) => {
                tracing::debug!(cause, "Redis is away: this node's memory decides about a ticket");
                true
            }
            Err(error) => {
                tracing::warn!(%error, "Redis could not note a used ticket");
                true
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::{
        collections::HashSet,
        sync::{
            Mutex,
            atomic::{AtomicBool, Ordering::Relaxed},
        },
    };

    use meridian_redis::{Arg, Reply};

    use super::*;

    /// `SET key … NX`, for ever.
    #[derive(Default)]
    pub(in super::super) struct FakeRedis {
        keys: Mutex<HashSet<String>>,
        away: AtomicBool,
    }

    impl FakeRedis {
        pub(in super::super) fn leave(&self) {
            self.away.store(true, Relaxed);
        }
    }

    #[async_trait]
    impl Redis for FakeRedis {
        async fn run(&self, command: Command) -> Result<Reply, RedisError> {
            if self.away.load(Relaxed) {
                return Err(RedisError::Unavailable("away".into()));
            }
            let [_, Arg::Text(key), _, Arg::Text(nx), Arg::Text(px), Arg::Int(ms)] = command.parts() else {
                panic!("{command:?}");
            };
            assert!(nx == "NX" && px == "PX" && (1..=65_000).contains(ms), "{ms}");
            let new = self.keys.lock().unwrap().insert(key.clone());
            Ok(if new { Reply::Text("OK".into()) } else { Reply::Nil })
        }

        async fn transaction(&self, _: Vec<Command>) -> Result<Vec<Reply>, RedisError> {
            Err(RedisError::Unavailable("not here".into()))
        }
    }
}

//! The hash `nodes` in Redis, with the expiry of every node beside it, by Redis' own clock.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use meridian_redis::{Command, Redis, RedisError};
use meridian_shared::region::Node;

use super::{Board, BoardError};

/// Nodes by id, as JSON.
const NODES: &str = "meridian:nodes";
/// When each of them expires, ms.
const SEEN: &str = "meridian:nodes:seen";
/// How long a node counts, ms.
const LIVES_MS: i64 = 8_000;
/// How long after its expiry a node is forgotten, ms.
const KEPT_MS: i64 = 3_600_000;

/// Answers the URL of another living node of the same id, or an empty text. Done twice, it is as done once.
const ANNOUNCE: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = redis.call('HGET', KEYS[1], ARGV[1])
local expiry = redis.call('ZSCORE', KEYS[2], ARGV[1])
if old and expiry and tonumber(expiry) > now then
  local url = cjson.decode(old).url
  if url ~= ARGV[3] then return url end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], string.format('%.0f', now + ARGV[4]), ARGV[1])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - ARGV[5]), 'LIMIT', 0, 100)) do
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
end
return ''";

/// Takes the node down, unless another has its name.
const WITHDRAW: &str = "\
local old = redis.call('HGET', KEYS[1], ARGV[1])
if old and cjson.decode(old).url == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return ''";

/// The nodes that Redis knows.
#[derive(Clone)]
pub struct RedisBoard(pub Arc<dyn Redis>);

impl From<RedisError> for BoardError {
    fn from(error: RedisError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[async_trait]
impl Board for RedisBoard {
    fn name(&self) -> &'static str {
        "Redis"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }

    async fn announce(&self, node: &Node) -> Result<(), BoardError> {
        let json = serde_json::to_string(node).map_err(|e| BoardError::Unavailable(e.to_string()))?;
        let announce = Command::eval(ANNOUNCE, [NODES, SEEN], [&node.id, &json, &node.url])
            .arg(LIVES_MS)
            .arg(KEPT_MS)
            .repeatable();
        match self.0.run(announce).await?.as_text() {
            None | Some("") => Ok(()),
            Some(url) => Err(BoardError::Taken(url.to_owned())),
        }
    }

    async fn withdraw(&self, node: &Node) -> Result<(), BoardError> {
        let withdraw = Command::eval(WITHDRAW, [NODES, SEEN], [&node.id, &node.url]);
        self.0.run(withdraw.repeatable()).await?;
        Ok(())
    }
}

//! Which memory the edge shares: Redis where one is set, else the process's own.

use std::sync::Arc;

use meridian_edge_api::ports::SharedMemory;
use meridian_edge_redis::RedisMemory;
use meridian_redis::{
    Redis,
    native::{HttpsTransport, NativeRedis},
    rest::{InvalidEndpoint, RestClient},
};
use meridian_shared::{region::Node, settings::ConfigError};

use crate::SystemClock;

/// The variable of an address by RESP.
const REDIS_URL: &str = "REDIS_URL";
/// The variables of an address by REST.
const REST_URL: &str = "UPSTASH_REDIS_REST_URL";
const REST_TOKEN: &str = "UPSTASH_REDIS_REST_TOKEN";

/// The memory in the Redis of `REDIS_URL` (`redis://`, `rediss://`), or of `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN`; `local` without them, and while
/// Redis is away. `nodes` are all nodes, where the host knows them better than Redis.
///
/// # Errors
/// A value that can't be used. Whether Redis answers is not asked: the edge works without it.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn shared_memory(
    get: impl Fn(&str) -> Option<String>,
    local: Arc<dyn SharedMemory>,
    nodes: Option<Vec<Node>>,
) -> Result<Arc<dyn SharedMemory>, ConfigError> {
    let Some(redis) = redis(get)? else { return Ok(local) };
    let memory = RedisMemory::new(redis, local, Arc::new(SystemClock));
    Ok(match nodes {
        Some(nodes) => Arc::new(memory.with_nodes(nodes)),
        None => Arc::new(memory),
    })
}

fn redis(get: impl Fn(&str) -> Option<String>) -> Result<Option<Arc<dyn Redis>>, ConfigError> {
    let get = |name: &str| get(name).filter(|value| !value.is_empty());
    match (get(REDIS_URL), get(REST_URL), get(REST_TOKEN)) {
        (Some(_), Some(_), _) => Err(ConfigError::new(REST_URL, "must not be set beside REDIS_URL")),
        (Some(url), None, _) => match NativeRedis::new(&url) {
            Ok(redis) => Ok(Some(Arc::new(redis))),
            Err(_) => Err(ConfigError::new(REDIS_URL, "must be redis://HOST or rediss://HOST")),
        },
        (None, Some(url), token) => {
            let token = token.ok_or_else(|| ConfigError::new(REST_TOKEN, "must be set with its URL"))?;
            let client =
                RestClient::new(&url, &token, HttpsTransport::new()).map_err(|error| match error {
                    InvalidEndpoint::Url => ConfigError::new(REST_URL, "must be https://HOST"),
                    InvalidEndpoint::Token => ConfigError::new(REST_TOKEN, "must be visible ASCII"),
                })?;
            Ok(Some(Arc::new(client)))
        }
        (None, None, _) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meridian_edge_api::LocalMemory;

    #[tokio::test]
    async fn redis_is_chosen_by_variables_and_bad_ones_are_named() {
        let choose = |vars: &[(&str, &str)]| {
            let get = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            redis(get).map(|redis| redis.is_some()).map_err(|error| error.to_string())
        };
        let rest = (REST_URL, "https://db.example");
        assert_eq!(choose(&[]), Ok(false));
        assert_eq!(choose(&[(REDIS_URL, "redis://127.0.0.1:1")]), Ok(true));
        assert_eq!(choose(&[(REDIS_URL, "rediss://:hush@127.0.0.1:1")]), Ok(true));
        assert_eq!(choose(&[rest, (REST_TOKEN, "t")]), Ok(true));
        for (vars, variable) in [
            (&[(REDIS_URL, "http://hush@h")][..], REDIS_URL),
            (&[rest], REST_TOKEN),
            (&[rest, (REST_TOKEN, "hush\n")], REST_TOKEN),
            (&[(REST_URL, "db.example"), (REST_TOKEN, "hush")], REST_URL),
            (&[(REDIS_URL, "redis://h"), rest], REST_URL),
        ] {
            let error = choose(vars).unwrap_err();
            assert!(error.starts_with(variable) && !error.contains("hush"), "{error}");
        }
        let local: Arc<dyn SharedMemory> = Arc::new(LocalMemory::new(Arc::new(SystemClock)));
        assert!(Arc::ptr_eq(&shared_memory(|_| None, local.clone(), None).unwrap(), &local));
    }
}

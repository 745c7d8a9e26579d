//! The API, made from Spin's variables by an instance's first request.

use std::sync::{Arc, OnceLock};

use axum::Router;
use meridian_edge_api::{
    Api, Ports, Replicated, Settings,
    ports::{Clock, SharedMemory},
    router,
};
use meridian_edge_redis::RedisMemory;
use meridian_shared::{database::Database, keys::SigningKeys, settings::ConfigError};

use crate::{
    key_value::KeyValueMemory,
    limit::{DATABASE, REPLICA},
    log,
    nodes::HttpNodes,
    passwords::InlinePasswords,
    postgres::Postgres,
    redis::SpinRedis,
    sqlite::Sqlite,
    system::{SystemClock, SystemRandom},
    variables::Variables,
};

/// One instance's parts.
pub(crate) struct Instance {
    pub(crate) api: Api,
    pub(crate) router: Router,
}

static INSTANCE: OnceLock<Instance> = OnceLock::new();

/// The instance's parts. When two first requests come at once, both make them and one set is kept. A failure is not: what gives the variables may be back soon.
pub(crate) async fn get() -> Result<&'static Instance, ConfigError> {
    if let Some(instance) = INSTANCE.get() {
        return Ok(instance);
    }
    log::start();
    let made = Instance::new(&Variables::load().await?)?;
    Ok(INSTANCE.get_or_init(|| made))
}

impl Instance {
    fn new(variables: &Variables) -> Result<Self, ConfigError> {
        let settings = Settings::from_env(|name| variables.get(name))?;
        let keys = settings.signing_keys.as_deref().ok_or_else(|| {
            ConfigError::new("SIGNING_KEYS", "is not set: make one with `cargo xtask keys`")
        })?;
        let keys = SigningKeys::from_json(keys)
            .map_err(|error| ConfigError::new("SIGNING_KEYS", format!("is {error}")))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ports = Ports {
            database: database(variables, clock.clone())?,
            memory: memory(variables, clock.clone())?,
            passwords: Arc::new(InlinePasswords(settings.password_cost)),
            clock,
            random: Arc::new(SystemRandom),
            nodes: Arc::new(HttpNodes),
        };
        let api = Api::new(settings.api, keys, ports);
        Ok(Self { router: router(api.clone()), api })
    }
}

/// Postgres where `DATABASE_URL` names one, with its replicas, nearest first; else Spin's SQLite.
fn database(variables: &Variables, clock: Arc<dyn Clock>) -> Result<Arc<dyn Database>, ConfigError> {
    let Some(url) = variables.get("DATABASE_URL") else { return Ok(Arc::new(Sqlite::default())) };
    let primary = Postgres::new("DATABASE_URL", &url, DATABASE)?;
    let list = variables.get("DATABASE_REPLICA_URLS").unwrap_or_default();
    let urls = list.split(',').map(str::trim).filter(|url| !url.is_empty());
    let replicas = urls
        .map(|url| Ok(Arc::new(Postgres::new("DATABASE_REPLICA_URLS", url, REPLICA)?) as Arc<dyn Database>));
    let replicas = replicas.collect::<Result<Vec<_>, ConfigError>>()?;
    if replicas.is_empty() {
        return Ok(Arc::new(primary));
    }
    Ok(Arc::new(Replicated::new(Arc::new(primary), replicas, clock)))
}

/// Redis where `REDIS_URL` names one; Spin's key-value store where none is named, and while it is away.
fn memory(variables: &Variables, clock: Arc<dyn Clock>) -> Result<Arc<dyn SharedMemory>, ConfigError> {
    let local: Arc<dyn SharedMemory> = Arc::new(KeyValueMemory::new(clock.clone()));
    let Some(url) = variables.get("REDIS_URL") else { return Ok(local) };
    if !url.starts_with("redis://") && !url.starts_with("rediss://") {
        return Err(ConfigError::new("REDIS_URL", "must begin with redis:// or rediss://"));
    }
    Ok(Arc::new(RedisMemory::new(SpinRedis::new(url), local, clock)))
}

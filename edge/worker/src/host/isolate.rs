//! What an isolate makes once and keeps: settings, keys, memory and the router. Connections belong to requests ([`super::request`]).

use std::{cell::OnceCell, rc::Rc, sync::Arc, time::Duration};

use axum::Router;
use meridian_edge_api::{Api, LocalMemory, Ports, Replicated, Settings, ports::SharedMemory, router};
use meridian_edge_redis::RedisMemory;
use meridian_redis::rest::{InvalidEndpoint, RestClient};
use meridian_shared::{database::Database, keys::SigningKeys, settings::ConfigError};
use tracing::Level;
use worker::{
    Env,
    js_sys::{JSON, Reflect},
    wasm_bindgen::JsValue,
};

use super::{
    clock::{JsClock, JsRandom},
    console,
    d1::D1,
    limit::{DATABASE, REPLICA},
    nodes::FetchNodes,
    passwords::Passwords,
    postgres::Postgres,
    upstash::FetchTransport,
};
use crate::places::Places;

/// One isolate's parts.
pub(crate) struct Isolate {
    pub(crate) api: Api,
    pub(crate) router: Router,
    pub(crate) places: Places,
}

thread_local! {
    static ISOLATE: OnceCell<Result<Rc<Isolate>, ConfigError>> = const { OnceCell::new() };
}

/// The isolate's parts, made by its first request. `continent` is where that came from: where the isolate is, too.
pub(crate) fn get(env: &Env, continent: Option<&str>) -> Result<Rc<Isolate>, ConfigError> {
    ISOLATE.with(|isolate| isolate.get_or_init(|| Isolate::new(env, continent).map(Rc::new)).clone())
}

impl Isolate {
    fn new(env: &Env, continent: Option<&str>) -> Result<Self, ConfigError> {
        let get = |name: &str| variable(env, name);
        console::start(level(get("RUST_LOG"))?);
        let settings = Settings::from_env(get)?;
        let places = Places::new(&settings.api.regions, get("REGION_BY_CONTINENT").as_deref())
            .map_err(|reason| ConfigError::new("REGION_BY_CONTINENT", reason))?;
        let keys = settings.signing_keys.as_deref().ok_or_else(|| {
            ConfigError::new("SIGNING_KEYS", "is not set: make one with `cargo xtask keys`")
        })?;
        let keys = SigningKeys::from_json(keys)
            .map_err(|error| ConfigError::new("SIGNING_KEYS", format!("is {error}")))?;
        let clock = Arc::new(JsClock);
        let memory = memory(get, clock.clone())?;
        let ports = Ports {
            database: database(env, &settings, places.of(continent).map(|r| r.as_str()))?,
            memory,
            passwords: Arc::new(Passwords::new(settings.password_cost)),
            clock,
            random: Arc::new(JsRandom),
            nodes: Arc::new(FetchNodes),
        };
        let api = Api::new(settings.api, keys, ports);
        Ok(Self { router: router(api.clone()), api, places })
    }
}

/// Redis where it is set, else what this isolate knows itself.
fn memory(
    get: impl Fn(&str) -> Option<String>,
    clock: Arc<JsClock>,
) -> Result<Arc<dyn SharedMemory>, ConfigError> {
    let local = Arc::new(LocalMemory::new(clock.clone()));
    let Some(url) = get("UPSTASH_REDIS_REST_URL") else { return Ok(local) };
    let token = get("UPSTASH_REDIS_REST_TOKEN").ok_or_else(|| {
        ConfigError::new("UPSTASH_REDIS_REST_TOKEN", "is not set, but UPSTASH_REDIS_REST_URL is")
    })?;
    let redis = RestClient::new(&url, &token, FetchTransport).map_err(|error| match error {
        InvalidEndpoint::Url => {
            ConfigError::new("UPSTASH_REDIS_REST_URL", "must be an http or https URL without a query")
        }
        InvalidEndpoint::Token => ConfigError::new("UPSTASH_REDIS_REST_TOKEN", "must be visible ASCII"),
    })?;
    Ok(Arc::new(RedisMemory::new(redis, local, clock)))
}

/// Postgres where it is bound, with the replica of the isolate's region before the others; else D1.
fn database(env: &Env, settings: &Settings, region: Option<&str>) -> Result<Arc<dyn Database>, ConfigError> {
    let Some(primary) = postgres(env, "PRIMARY", DATABASE) else {
        let d1 = env.d1("DB").map_err(|_| {
            ConfigError::new("DB", "is not bound: bind a D1 database as DB, or a Hyperdrive as PRIMARY")
        })?;
        return Ok(Arc::new(D1::new(d1)));
    };
    let mut regions: Vec<_> = settings.api.regions.iter().map(|r| r.as_str()).collect();
    regions.sort_by_key(|name| Some(*name) != region);
    let names = regions.into_iter().map(|name| format!("REPLICA_{}", name.to_uppercase().replace('-', "_")));
    let names = names.chain(["REPLICA".to_owned()]);
    let replicas: Vec<_> = names.filter_map(|name| postgres(env, &name, REPLICA)).collect();
    if replicas.is_empty() {
        return Ok(primary);
    }
    Ok(Arc::new(Replicated::new(primary, replicas, Arc::new(JsClock))))
}

fn postgres(env: &Env, name: &str, limit: Duration) -> Option<Arc<dyn Database>> {
    let hyperdrive = env.hyperdrive(name).ok()?;
    Some(Arc::new(Postgres::new(name, hyperdrive, limit)))
}

fn level(text: Option<String>) -> Result<Level, ConfigError> {
    let level = text.map_or(Ok(Level::INFO), |text| text.parse());
    level.map_err(|_| {
        ConfigError::new("RUST_LOG", "must be one of error, warn, info, debug and trace on Workers")
    })
}

/// A variable or a secret. Tables and arrays of the configuration file are read as the JSON that they are.
fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    if value.is_null() || value.is_undefined() {
        return None;
    }
    value
        .as_string()
        .or_else(|| JSON::stringify(&value).ok().map(String::from))
        .filter(|text| !text.is_empty())
}

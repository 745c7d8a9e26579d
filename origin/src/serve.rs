//! `meridian-origin serve`: a node beside an edge. Rooms, and the calls that the edge forwards; no accounts, no page.

pub mod config;

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use axum::Router;
use meridian_database::SqlDatabase;
use meridian_edge_api::security_headers;
use meridian_redis::{Redis, native::NativeRedis};
use meridian_shared::revocation::KEPT_MS;
use tokio::{net::TcpListener, time::Instant};

use crate::{
    announcing::{Announcer, Board, RedisBoard, TableBoard},
    assembly::{Assembly, Outside},
    clock::now,
    health::{self, Health},
    keys::KeyRing,
    log::OwnLog,
    revocation::{
        bus,
        reader::{Eraser, Reader},
    },
    rights::{DatabaseRights, EdgeRights, Rights, RightsError},
    server,
    sync::tickets::{MemoryTickets, SharedTickets, UsedTickets},
    unread,
};
use config::{Keys, ServeConfig};

/// How long the node waits at its start for an edge that starts beside it.
const PATIENCE: Duration = Duration::from_secs(30);
/// The wait between two attempts.
const AGAIN: Duration = Duration::from_millis(500);

/// Runs until it is told to stop.
///
/// # Errors
/// A sentence for the operator: settings, or a part that can't be reached.
pub async fn run() -> Result<()> {
    let config = ServeConfig::from_env(|name| std::env::var(name).ok())?;
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("DATA_DIR: the folder {} can't be made", config.data.display()))?;
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("LISTEN: {} can't be had", config.listen))?;
    let database = open(&config).await?;
    let redis = connect_redis(&config)?;
    let rights = rights(&config, &database)?;
    let keys = keys(&config).await?;
    let memory = MemoryTickets::new(now());
    let tickets: Arc<dyn UsedTickets> = match redis.clone() {
        Some(redis) => Arc::new(SharedTickets::new(memory, redis)),
        None => Arc::new(memory),
    };
    let outside = Outside {
        config: &config.node,
        log: &database,
        rights: rights.clone(),
        keys: keys.clone(),
        tickets,
        data: &config.data,
    };
    let assembly = Assembly::new(outside)?;
    let connections = assembly.context.connections.clone();

    let mut reader = reader(&config, rights, &assembly, &database);
    first_read(&mut reader).await?;
    let health = Arc::new(Health {
        log: database.clone(),
        rights: reader.pulse(),
        redis: redis.clone().map(|redis| redis as Arc<dyn Redis>),
        metrics: assembly.context.metrics.clone(),
        draining: false.into(),
    });
    tokio::spawn(reader.run());
    tokio::spawn(keys.keep_fresh());
    if let Some(redis) = &redis {
        tokio::spawn(bus::of_redis(redis.subscribe(bus::CHANNEL).await, connections));
    }
    let announcer = Announcer::start(config.announced.clone(), boards(&config, &database, redis))
        .await
        .context("NODE_ID: stop the other node, wait until it is forgotten, or give this one another name")?;

    println!("Meridian's node {} is ready at {}", config.node.id, config.announced.url);
    let router = router(&assembly, &config, health.clone());
    let drain = async {
        health.draining.store(true, Relaxed);
        announcer.withdraw().await;
        server::drain(&assembly.context).await;
    };
    server::serve(listener, router, drain).await?;
    database.close().await;
    Ok(())
}

fn router(assembly: &Assembly, config: &ServeConfig, health: Arc<Health>) -> Router {
    assembly
        .router(config.origins.clone())
        .merge(assembly.node_router.clone())
        .merge(health::router(health))
        .layer(axum::middleware::from_fn(security_headers))
        .layer(axum::middleware::from_fn(unread::read_away))
}

/// A schema that others share is not changed by one node's start: old ones may still run.
async fn open(config: &ServeConfig) -> Result<SqlDatabase> {
    let database = SqlDatabase::connect(&config.database).await.context("DATABASE_URL")?;
    if config.owns_its_schema() {
        database.migrate().await?;
    } else {
        database.check_schema().await?;
    }
    Ok(database)
}

fn connect_redis(config: &ServeConfig) -> Result<Option<Arc<NativeRedis>>> {
    let Some(url) = &config.redis_url else { return Ok(None) };
    Ok(Some(Arc::new(NativeRedis::new(&url.0).context("REDIS_URL")?)))
}

fn rights(config: &ServeConfig, database: &SqlDatabase) -> Result<Arc<dyn Rights>> {
    Ok(match &config.edge {
        Some(edge) => Arc::new(EdgeRights::new(&edge.url, edge.secret.as_str())?),
        None => Arc::new(DatabaseRights(database.clone())),
    })
}

async fn keys(config: &ServeConfig) -> Result<Arc<KeyRing>> {
    let url = match &config.keys {
        Keys::Fixed(keys) => return Ok(KeyRing::fixed(keys.clone())),
        Keys::Url(url) => url,
    };
    let ring = KeyRing::fetched_from(url)?;
    let begin = Instant::now();
    while let Err(error) = ring.refresh().await {
        if begin.elapsed() > PATIENCE {
            bail!("JWKS_URL: no public keys: {error}");
        }
        tracing::warn!(%error, "no public keys yet");
        tokio::time::sleep(AGAIN).await;
    }
    Ok(ring)
}

/// In a log of its own the node erases accounts itself, also those that were erased while it was stopped.
fn reader(
    config: &ServeConfig,
    rights: Arc<dyn Rights>,
    assembly: &Assembly,
    database: &SqlDatabase,
) -> Reader {
    let connections = assembly.context.connections.clone();
    match config.edge {
        None => Reader::new(rights, connections, None, now()),
        Some(_) => {
            let eraser: Arc<dyn Eraser> = Arc::new(OwnLog(database.clone()));
            Reader::new(rights, connections, Some(eraser), now().plus(-KEPT_MS))
        }
    }
}

/// Shows at the start, and not at the first connection, that rights can be asked.
async fn first_read(reader: &mut Reader) -> Result<()> {
    let begin = Instant::now();
    loop {
        match reader.read().await {
            Ok(()) => return Ok(()),
            Err(error @ RightsError::Refused(_)) => bail!("rights can't be asked: {error}"),
            Err(error) if begin.elapsed() > PATIENCE => bail!("rights can't be asked: {error}"),
            Err(error) => tracing::warn!(%error, "rights can't be asked yet"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Beside an edge with a database of its own there is no table to share.
fn boards(
    config: &ServeConfig,
    database: &SqlDatabase,
    redis: Option<Arc<NativeRedis>>,
) -> Vec<Arc<dyn Board>> {
    let mut boards: Vec<Arc<dyn Board>> = Vec::new();
    if config.edge.is_none() {
        boards.push(Arc::new(TableBoard(Arc::new(database.clone()))));
    }
    if let Some(redis) = redis {
        boards.push(Arc::new(RedisBoard(redis)));
    }
    boards
}

//! `meridian-origin edge`: the API in a native process, without rooms. For deployments that run no WebAssembly at the edge.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::{Next, from_fn},
    response::Response,
};
use meridian_database::{DatabaseConfig, SqlDatabase, Target};
use meridian_edge_api::{Api, ClientIp, LocalMemory, Settings, ports::SharedMemory};
use meridian_edge_native::{RemoteNodes, SystemClock, load_keys, ports, shared_memory, with_replicas};
use meridian_shared::{database::Database, settings::ConfigError};
use tokio::net::TcpListener;

use crate::{server, unread};

/// Runs until it is told to stop.
///
/// # Errors
/// A sentence for the operator: settings, or a part that can't be reached.
pub async fn run() -> Result<()> {
    let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let settings = Settings::from_env(get)?;
    let listen: SocketAddr = get("LISTEN")
        .unwrap_or_else(|| "0.0.0.0:8787".into())
        .parse()
        .map_err(|_| ConfigError::new("LISTEN", "must be an address and a port, such as 0.0.0.0:8787"))?;
    let data = PathBuf::from(get("DATA_DIR").unwrap_or_else(|| ".data".into()));
    let config = DatabaseConfig::from_env(get)?;
    let database = open(&config).await?;
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("LISTEN: {listen} can't be had"))?;
    let address = listener.local_addr()?;

    let local = Arc::new(LocalMemory::new(Arc::new(SystemClock)));
    let memory = shared_memory(get, local, None)?;
    let reads = with_replicas(database.clone(), SqlDatabase::replicas(&config));
    let router = router(&settings, reads, memory, &data)?;
    println!("Meridian's edge is ready at http://{address}");
    server::serve(listener, router, async {}).await?;
    database.close().await;
    Ok(())
}

/// The schema of a server is shared: not one process's start changes it.
async fn open(config: &DatabaseConfig) -> Result<SqlDatabase> {
    let database = SqlDatabase::connect(config).await.context("DATABASE_URL")?;
    match config.target {
        Target::Sqlite(_) => database.migrate().await?,
        Target::Postgres(_) => database.check_schema().await?,
    }
    Ok(database)
}

fn router(
    settings: &Settings,
    database: Arc<dyn Database>,
    memory: Arc<dyn SharedMemory>,
    data: &Path,
) -> Result<Router> {
    let keys = load_keys(settings.signing_keys.as_deref(), data)?;
    let nodes = Arc::new(RemoteNodes::new()?);
    let ports = ports(settings, database, memory, nodes);
    let api = meridian_edge_api::router(Api::new(settings.api.clone(), keys, ports));
    Ok(api.layer(from_fn(client_ip)).layer(from_fn(unread::read_away)))
}

/// Tells the API who calls: limits count by it.
pub(crate) async fn client_ip(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(ClientIp(peer.ip()));
    next.run(request).await
}

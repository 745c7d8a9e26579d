//! `origin dev`: the edge's router, the rooms and the board page in one process, on embedded defaults.
//!
//! Production's parts are chosen by configuration alone: with `DATABASE_URL=postgres://…` the same process keeps everything in Postgres.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context as _, Result};
use axum::{Router, extract::Request};
use clap::Args;
use meridian_database::{DatabaseConfig, SqlDatabase};
use meridian_edge_api::{Api, LocalMemory, Settings, is_api_path, security_headers};
use meridian_edge_native::{
    InProcessNode, LocalBus, SystemClock, load_keys, ports, shared_memory, with_replicas,
};
use meridian_shared::region::Node;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::{
    assembly::{Assembly, Outside},
    clock::now,
    config::NodeConfig,
    edge::client_ip,
    keys::KeyRing,
    page,
    revocation::{bus, reader::Reader},
    rights::DatabaseRights,
    server,
    sync::{connection::Context, tickets::MemoryTickets},
    unread,
};

/// Options of `origin dev`.
#[derive(Debug, Args)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Folder that holds everything the program keeps.
    #[arg(long, default_value = ".data")]
    data: PathBuf,
    /// Database: `postgres://…`, or `sqlite:PATH`. Without it, `meridian.sqlite` in the folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Redis that edges share: `redis://…` or `rediss://…`. Without it, memory of this process.
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// Folder of the built page.
    #[arg(long)]
    page_dir: Option<PathBuf>,
    /// Serve no page.
    #[arg(long, conflicts_with = "page_dir")]
    no_page: bool,
}

/// Runs until it is told to stop.
pub async fn run(options: Options) -> Result<()> {
    std::fs::create_dir_all(&options.data)
        .with_context(|| format!("the data folder {} can't be made", options.data.display()))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("port {} can't be had; name another with --port", options.port))?;
    let port = listener.local_addr()?.port();
    let env = Environment {
        port,
        database_url: options.database_url.clone(),
        redis_url: options.redis_url.clone(),
        data: options.data.clone(),
    };
    let parts = assemble(&env, &options).await?;
    println!("Meridian is ready at http://127.0.0.1:{port}");
    server::serve(listener, parts.router, server::drain(&parts.context)).await?;
    parts.database.close().await;
    Ok(())
}

/// The process's variables over the defaults of one machine.
struct Environment {
    port: u16,
    database_url: Option<String>,
    redis_url: Option<String>,
    data: PathBuf,
}

impl Environment {
    fn get(&self, name: &str) -> Option<String> {
        let set = std::env::var(name).ok().filter(|value| !value.is_empty());
        match name {
            // The option, which the variable is the default of.
            "DATABASE_URL" => Some(
                self.database_url
                    .clone()
                    .unwrap_or_else(|| format!("sqlite:{}", self.data.join("meridian.sqlite").display())),
            ),
            "REDIS_URL" => self.redis_url.clone(),
            "PAGE_URL" => set.or_else(|| Some(format!("http://127.0.0.1:{}", self.port))),
            "ALLOWED_ORIGINS" => {
                set.or_else(|| Some(format!("http://127.0.0.1:{0},http://localhost:{0}", self.port)))
            }
            _ => set,
        }
    }
}

struct Parts {
    router: Router,
    context: Arc<Context>,
    database: SqlDatabase,
}

async fn assemble(env: &Environment, options: &Options) -> Result<Parts> {
    let get = |name: &str| env.get(name);
    let config = NodeConfig::from_env(get)?;
    let edge = Settings::from_env(get)?;
    let database_config = DatabaseConfig::from_env(get)?;
    let database = SqlDatabase::connect(&database_config).await?;
    database.migrate().await?;
    let keys = load_keys(edge.signing_keys.as_deref(), &options.data)?;
    let bus = LocalBus::new();
    let rights = Arc::new(DatabaseRights(database.clone()));
    let assembly = Assembly::new(Outside {
        config: &config,
        log: &database,
        rights: rights.clone(),
        keys: KeyRing::fixed(keys.public().clone()),
        tickets: Arc::new(MemoryTickets::new(now())),
        data: &options.data,
    })?;
    let connections = &assembly.context.connections;
    tokio::spawn(bus::of_process(bus.subscribe(), connections.clone()));
    // Another process may write to the same database, and the notes have to be deleted by someone.
    tokio::spawn(Reader::new(rights, connections.clone(), None, now()).run());
    let node = Node {
        id: config.id.clone(),
        region: config.region.clone(),
        url: format!("http://127.0.0.1:{}", env.port),
        sync_url: format!("ws://127.0.0.1:{}/v1/sync", env.port),
    };
    let origins =
        edge.api.allowed_origins.iter().filter_map(|o| o.to_str().ok().map(str::to_owned)).collect();
    let memory = LocalMemory::new(Arc::new(SystemClock))
        .with_nodes(vec![node.clone()])
        .with_listener(move |event| bus.publish(event));
    let memory = shared_memory(get, Arc::new(memory), Some(vec![node]))?;
    let nodes = Arc::new(InProcessNode(assembly.node_router.clone()));
    let reads = with_replicas(database.clone(), SqlDatabase::replicas(&database_config));
    let ports = ports(&edge, reads, memory, nodes);
    let api = meridian_edge_api::router(Api::new(edge.api.clone(), keys, ports));
    let router = assembly
        .router(origins)
        .fallback_service(api_or_page(api, options.page_dir.as_deref()))
        .layer(axum::middleware::from_fn(client_ip))
        .layer(axum::middleware::from_fn(security_headers))
        .layer(axum::middleware::from_fn(unread::read_away));
    Ok(Parts { router, context: assembly.context, database })
}

/// The API answers its own paths, and everything when there is no page; the page answers the rest.
fn api_or_page(api: Router, page_dir: Option<&std::path::Path>) -> Router {
    let Some(dist) = page_dir else { return api };
    let page = page::router(dist);
    Router::new().fallback(move |request: Request| {
        let service = if is_api_path(request.uri().path()) { api.clone() } else { page.clone() };
        async move {
            let Ok(response) = service.oneshot(request).await;
            response
        }
    })
}

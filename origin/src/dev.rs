//! `origin dev`: the edge's router, the rooms and the board page in one process, on embedded defaults.
//!
//! Production's parts are chosen by configuration alone: with `DATABASE_URL=postgres://…` the same process keeps everything in Postgres.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    extract::{ConnectInfo, Request},
    middleware::Next,
    response::Response,
    routing::get,
};
use clap::Args;
use meridian_database::{DatabaseConfig, SqlDatabase};
use meridian_edge_api::{Api, ClientIp, LocalMemory, Settings, is_api_path, security_headers};
use meridian_edge_native::{InProcessNode, LocalBus, SystemClock, load_keys, ports};
use meridian_shared::region::Node;
use object_store::local::LocalFileSystem;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::{
    clock::now,
    config::NodeConfig,
    log::{SqlLog, writer::LogWriter},
    metrics::Metrics,
    node::{self, NodeState},
    page, revocation,
    rooms::{registry::Registry, rehearsal::Rehearsal, room::Shared},
    server,
    sync::{self, SyncState, admission::Admission, connection::Context, connections::Connections},
    unread,
};

/// How long an update may take in a rehearsal.
const REHEARSAL_PATIENCE: Duration = Duration::from_secs(5);

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
    let env = Environment { port, database_url: options.database_url.clone(), data: options.data.clone() };
    let parts = assemble(&env, &options).await?;
    println!("Meridian is ready at http://127.0.0.1:{port}");
    server::serve(listener, parts.router, parts.context).await?;
    parts.database.close().await;
    Ok(())
}

/// The process's variables over the defaults of one machine.
struct Environment {
    port: u16,
    database_url: Option<String>,
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
    if get("REDIS_URL").is_some() {
        tracing::warn!("REDIS_URL is set but not used: one process keeps bus and cache in memory");
    }
    let database = SqlDatabase::connect(&DatabaseConfig::from_env(get)?).await?;
    database.migrate().await?;
    let keys = load_keys(edge.signing_keys.as_deref(), &options.data)?;
    let bus = LocalBus::new();

    let metrics = Arc::new(Metrics::default());
    let context = origin(&config, &database, keys.public().clone(), metrics.clone())?;
    tokio::spawn(revocation::run(bus.subscribe(), context.connections.clone()));
    let node = Node {
        id: config.id.clone(),
        region: config.region.clone(),
        url: format!("http://127.0.0.1:{}", env.port),
        sync_url: format!("ws://127.0.0.1:{}/v1/sync", env.port),
    };
    let files = options.data.join("files");
    std::fs::create_dir_all(&files)?;
    let files = Arc::new(LocalFileSystem::new_with_prefix(files)?);
    let node_router = node::router(NodeState { context: context.clone(), files });

    let origins =
        edge.api.allowed_origins.iter().filter_map(|o| o.to_str().ok().map(str::to_owned)).collect();
    let memory = LocalMemory::new(Arc::new(SystemClock))
        .with_nodes(vec![node])
        .with_listener(move |event| bus.publish(event));
    let nodes = Arc::new(InProcessNode(node_router));
    let ports = ports(&edge, Arc::new(database.clone()), Arc::new(memory), nodes);
    let api = meridian_edge_api::router(Api::new(edge.api.clone(), keys, ports));
    let router = sync::router(SyncState { context: context.clone(), origins })
        .route("/metrics", get_metrics(metrics))
        .fallback_service(api_or_page(api, options.page_dir.as_deref()))
        .layer(axum::middleware::from_fn(client_ip))
        .layer(axum::middleware::from_fn(security_headers))
        .layer(axum::middleware::from_fn(unread::read_away));
    Ok(Parts { router, context, database })
}

/// The node's own parts: log, rooms, connections.
fn origin(
    config: &NodeConfig,
    database: &SqlDatabase,
    keys: meridian_shared::keys::PublicKeys,
    metrics: Arc<Metrics>,
) -> Result<Arc<Context>> {
    let log = Arc::new(SqlLog::new(database.clone()));
    let registry = Registry::new(Arc::new(Shared {
        node: config.id.clone(),
        limits: config.limits.clone(),
        timing: config.timing.clone(),
        log: log.clone(),
        writer: LogWriter::start(log, metrics.clone()),
        rehearsal: Rehearsal::new(std::env::current_exe()?, REHEARSAL_PATIENCE),
        metrics: metrics.clone(),
    }));
    Ok(Arc::new(Context {
        limits: config.limits.clone(),
        admission: Admission::new(Arc::new(database.clone()), keys, now()),
        connections: Connections::new(metrics.clone()),
        registry,
        metrics,
    }))
}

fn get_metrics(metrics: Arc<Metrics>) -> axum::routing::MethodRouter {
    get(
        move || async move { ([(http::header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()) },
    )
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

/// Tells the API who calls: limits count by it.
async fn client_ip(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ClientIp(peer.ip()));
    next.run(request).await
}

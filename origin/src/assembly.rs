//! What every node is made of, whichever program it runs in: log, rooms, connections, and the calls of the edge.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use axum::{Router, routing::get};
use meridian_database::SqlDatabase;
use object_store::local::LocalFileSystem;

use crate::{
    config::NodeConfig,
    keys::KeyRing,
    log::{SqlLog, writer::LogWriter},
    metrics::Metrics,
    node::{self, NodeState},
    rights::Rights,
    rooms::{registry::Registry, rehearsal::Rehearsal, room::Shared},
    sync::{
        self, SyncState, admission::Admission, connection::Context, connections::Connections,
        tickets::UsedTickets,
    },
};

/// How long an update may take in a rehearsal.
const REHEARSAL_PATIENCE: Duration = Duration::from_secs(5);

/// What a program brings to its node.
pub(crate) struct Outside<'a> {
    pub(crate) config: &'a NodeConfig,
    /// Holds the log.
    pub(crate) log: &'a SqlDatabase,
    pub(crate) rights: Arc<dyn Rights>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) tickets: Arc<dyn UsedTickets>,
    /// Folder of everything that is not in a database.
    pub(crate) data: &'a Path,
}

/// A node.
pub(crate) struct Assembly {
    pub(crate) context: Arc<Context>,
    /// The calls of the edge.
    pub(crate) node_router: Router,
    metrics: Arc<Metrics>,
}

impl Assembly {
    /// Puts the node together. Nothing runs yet but the log's writer.
    pub(crate) fn new(outside: Outside<'_>) -> Result<Self> {
        let Outside { config, log, rights, keys, tickets, data } = outside;
        let metrics = Arc::new(Metrics::default());
        let log = Arc::new(SqlLog::new(log.clone()));
        let registry = Registry::new(Arc::new(Shared {
            node: config.id.clone(),
            limits: config.limits.clone(),
            timing: config.timing.clone(),
            log: log.clone(),
            writer: LogWriter::start(log, metrics.clone()),
            rehearsal: Rehearsal::new(std::env::current_exe()?, REHEARSAL_PATIENCE),
            metrics: metrics.clone(),
        }));
        let context = Arc::new(Context {
            limits: config.limits.clone(),
            admission: Admission::new(rights, keys, tickets),
            connections: Connections::new(metrics.clone()),
            registry,
            metrics: metrics.clone(),
        });
        let files = data.join("files");
        std::fs::create_dir_all(&files)
            .with_context(|| format!("the folder {} can't be made", files.display()))?;
        let files = Arc::new(LocalFileSystem::new_with_prefix(files)?);
        let node_router = node::router(NodeState { context: context.clone(), files });
        Ok(Self { context, node_router, metrics })
    }

    /// What clients and operators reach: rooms and counters.
    pub(crate) fn router(&self, origins: Arc<[String]>) -> Router {
        let metrics = self.metrics.clone();
        let render = move || async move {
            ([(http::header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render())
        };
        sync::router(SyncState { context: self.context.clone(), origins }).route("/metrics", get(render))
    }
}

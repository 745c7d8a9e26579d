//! `GET /healthz` and `GET /readyz` of a node beside an edge.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use meridian_database::SqlDatabase;
use meridian_redis::{Command, Redis};
use meridian_shared::database::{Database, Statement};
use serde_json::json;
use tokio::time::timeout;

use crate::{metrics::Metrics, problem::problem, revocation::reader::Pulse};

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the node needs in order to serve.
pub struct Health {
    /// Holds the log.
    pub log: SqlDatabase,
    /// Whether rights can be asked.
    pub rights: Arc<Pulse>,
    /// Makes things faster, and is missed by nobody.
    pub redis: Option<Arc<dyn Redis>>,
    /// Knows whether commits succeed.
    pub metrics: Arc<Metrics>,
    /// Set when the node stops.
    pub draining: AtomicBool,
}

impl Health {
    /// Why the node can't serve.
    async fn obstacle(&self) -> Option<&'static str> {
        if self.draining.load(Relaxed) {
            return Some("The node drains: it takes no more connections.");
        }
        let answer = timeout(PATIENCE, self.log.run(Statement::new("SELECT 1"))).await;
        if !matches!(answer, Ok(Ok(_))) {
            return Some("The database of the log does not answer.");
        }
        if self.metrics.commits_fail() {
            return Some("The log does not take commits.");
        }
        (!self.rights.is_alive()).then_some("Rights can't be checked: nobody answers who knows them.")
    }

    async fn is_redis_away(&self) -> bool {
        match &self.redis {
            None => false,
            Some(redis) => !matches!(timeout(PATIENCE, redis.run(Command::ping())).await, Ok(Ok(_))),
        }
    }
}

/// The two routes.
pub fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/readyz", get(ready))
        .with_state(health)
}

/// 200 when it can serve: `degraded` when something is away that it can do without.
async fn ready(State(health): State<Arc<Health>>) -> Response {
    if let Some(reason) = health.obstacle().await {
        let answer = problem(StatusCode::SERVICE_UNAVAILABLE, "not_ready", reason);
        return ([(header::RETRY_AFTER, "1")], answer).into_response();
    }
    if health.is_redis_away().await {
        let reason = "Redis does not answer: rights that end take up to a second longer.";
        return Json(json!({"status": "degraded", "reason": reason})).into_response();
    }
    Json(json!({"status": "ok"})).into_response()
}

//! The database fails, or a handler does.

use super::support::{Options, World};
use async_trait::async_trait;
use http::Method;
use meridian_database::SqlDatabase;
use meridian_shared::database::{Database, DbError, Outcome, Statement};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// 0: works; 1: unavailable; 2: a defect; 3: panics.
static MODE: AtomicU8 = AtomicU8::new(0);

struct Fragile(SqlDatabase);

#[async_trait]
impl Database for Fragile {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        match MODE.load(Ordering::SeqCst) {
            1 => Err(DbError::Unavailable("connection to postgres://u:secret@db refused".into())),
            2 => Err(DbError::Other("SELECT secret FROM users: no such column".into())),
            3 => panic!("secret in a panic"),
            _ => self.0.batch(statements).await,
        }
    }
}

/// 503 with Retry-After while it is away, 500 for defects and panics; the causes stay inside, and afterwards all is well.
#[tokio::test]
async fn failures_are_answered_and_survived() {
    let world = World::with(Options { wrap: |db| Arc::new(Fragile(db)), ..Options::default() }).await;
    let ada = world.person("Ada").await;
    let room = ada.room("Room").await;
    for (mode, status, code) in [(1, 503, "unavailable"), (2, 500, "internal"), (3, 500, "internal")] {
        MODE.store(mode, Ordering::SeqCst);
        let answers = [
            ada.get("/v1/me").await,
            ada.get(&room).await,
            ada.get("/v1/rooms").await,
            ada.post("/v1/rooms", json!({"name": "Room"})).await,
            ada.post(&format!("{room}/ticket"), json!({})).await,
            world.post("/v1/auth/signin", json!({"email": ada.email, "password": "wrong"})).await,
            world.post("/v1/auth/refresh", json!({"refresh_token": ada.refresh})).await,
        ];
        for answer in answers {
            answer.refused(status, code);
            assert!(!String::from_utf8_lossy(&answer.bytes).contains("secret"));
        }
        world.call(Method::GET, "/healthz", None).await.expect(200);
        if mode != 3 {
            let problem = world.call(Method::GET, "/readyz", None).await.refused(503, "not_ready");
            assert_eq!(problem["detail"], "The database does not answer.");
        }
    }
    MODE.store(0, Ordering::SeqCst);
    ada.get("/v1/me").await.expect(200);
    world.call(Method::GET, "/readyz", None).await.expect(200);
}

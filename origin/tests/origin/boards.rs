//! What every board does alike: in the table of both engines, and in a private Redis.

use std::sync::Arc;

use meridian_database::{DatabaseConfig, SqlDatabase};
use meridian_origin::announcing::{Announcer, Board, BoardError, RedisBoard, TableBoard};
use meridian_redis::{Command, Redis, native::NativeRedis};
use meridian_redis_testkit::RedisServer;
use meridian_shared::{
    database::{Database, Statement},
    region::Node,
};
use meridian_testkit::Postgres;

fn node(id: &str, address: &str) -> Node {
    Node {
        id: id.into(),
        region: "eu".parse().unwrap(),
        url: format!("http://{address}"),
        sync_url: format!("ws://{address}/v1/sync"),
    }
}

/// A node has its name for itself until it takes it down or is forgotten, which `forget` hastens.
async fn contract(board: Arc<dyn Board>, ids: impl AsyncFn() -> Vec<String>, forget: impl AsyncFn()) {
    let (one, elsewhere) = (node("one", "a"), node("one", "b"));
    board.announce(&one).await.unwrap();
    board.announce(&one).await.unwrap();
    board.announce(&node("two", "c")).await.unwrap();
    assert_eq!(ids().await, ["one", "two"]);
    assert_eq!(board.announce(&elsewhere).await, Err(BoardError::Taken("http://a".into())));
    let refused = Announcer::start(elsewhere.clone(), vec![board.clone()]).await;
    assert!(matches!(refused, Err(BoardError::Taken(_))));
    board.withdraw(&elsewhere).await.unwrap();
    assert_eq!(ids().await, ["one", "two"], "another's name stays");
    forget().await;
    board.announce(&elsewhere).await.unwrap();
    assert_eq!(board.announce(&one).await, Err(BoardError::Taken("http://b".into())));
    let three = Announcer::start(node("three", "d"), vec![board.clone()]).await.unwrap();
    assert_eq!(ids().await, ["one", "three", "two"]);
    three.withdraw().await;
    board.withdraw(&elsewhere).await.unwrap();
    board.withdraw(&elsewhere).await.unwrap();
    assert_eq!(ids().await, ["two"]);
}

async fn table(config: DatabaseConfig) {
    let database = SqlDatabase::connect(&config).await.unwrap();
    database.migrate().await.unwrap();
    let ids = async || {
        let rows = database.run(Statement::new("SELECT id FROM nodes ORDER BY id")).await.unwrap().rows;
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
    };
    let forget = async || {
        let age = "UPDATE nodes SET seen_at = seen_at - 31000 WHERE id = 'one'";
        database.run(Statement::new(age)).await.unwrap();
    };
    contract(Arc::new(TableBoard(Arc::new(database.clone()))), ids, forget).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    table(DatabaseConfig::sqlite(dir.path().join("test.db"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_postgres() {
    table(DatabaseConfig::from_url(&Postgres::shared().new_database()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_of_redis() {
    let server = RedisServer::start();
    let redis = Arc::new(NativeRedis::new(&server.url()).unwrap());
    let ids = async || {
        let reply = redis.run(Command::new("HKEYS").arg("meridian:nodes")).await.unwrap();
        let mut ids: Vec<String> =
            reply.as_array().unwrap().iter().map(|id| id.as_text().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let forget = async || {
        let age = Command::new("ZINCRBY").arg("meridian:nodes:seen").arg(-8001_i64).arg("one");
        redis.run(age).await.unwrap();
    };
    contract(Arc::new(RedisBoard(redis.clone())), ids, forget).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_forgets_who_died_long_ago() {
    let server = RedisServer::start();
    let redis = Arc::new(NativeRedis::new(&server.url()).unwrap());
    let board = RedisBoard(redis.clone());
    board.announce(&node("dead", "a")).await.unwrap();
    redis.run(Command::zadd("meridian:nodes:seen", 1, "dead")).await.unwrap();
    board.announce(&node("alive", "b")).await.unwrap();
    for command in [
        Command::hget("meridian:nodes", "dead"),
        Command::new("ZSCORE").arg("meridian:nodes:seen").arg("dead"),
    ] {
        assert!(redis.run(command).await.unwrap().is_nil());
    }
}

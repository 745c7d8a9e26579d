//! Memories under test.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use meridian_edge_api::{
    LocalMemory,
    ports::{Ask, SharedMemory, Told},
};
use meridian_edge_native::SystemClock;
use meridian_edge_redis::RedisMemory;
use meridian_redis::{
    Command, Redis, RedisError, Reply,
    native::{HttpsTransport, NativeRedis},
    rest::RestClient,
};
use meridian_redis_gateway::{Gateway, Token, router};
use meridian_redis_testkit::RedisServer;
use meridian_shared::{event::Event, gcra::Quota};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A memory with what stands behind it, and the events that its process hears.
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) memory: Arc<dyn SharedMemory>,
    pub(crate) events: UnboundedReceiver<Event>,
    pub(crate) server: Option<RedisServer>,
    /// How often Redis was asked.
    pub(crate) trips: Arc<AtomicUsize>,
}

pub(crate) fn local() -> Fixture {
    let (memory, events) = process();
    Fixture { name: "process", memory, events, server: None, trips: Arc::default() }
}

pub(crate) fn resp() -> Fixture {
    let server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    over("RESP", server, redis)
}

pub(crate) async fn rest() -> Fixture {
    let server = RedisServer::start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let redis = NativeRedis::new(&server.url()).unwrap();
    let (_, stopping) = tokio::sync::watch::channel(false);
    let gateway = Gateway { redis, token: Token::new("t"), body_limit: 1 << 20, stopping };
    tokio::spawn(async move { axum::serve(listener, router(gateway)).await });
    over("REST", server, RestClient::new(&url, "t", HttpsTransport::new()).unwrap())
}

fn over(name: &'static str, server: RedisServer, redis: impl Redis + 'static) -> Fixture {
    let (local, events) = process();
    let trips = Arc::new(AtomicUsize::new(0));
    let redis = Counted { redis, trips: trips.clone() };
    let memory = Arc::new(RedisMemory::new(redis, local, Arc::new(SystemClock)));
    Fixture { name, memory, events, server: Some(server), trips }
}

fn process() -> (Arc<LocalMemory>, UnboundedReceiver<Event>) {
    let (sender, events) = unbounded_channel();
    let memory = LocalMemory::new(Arc::new(SystemClock)).with_listener(move |event| {
        let _ = sender.send(event);
    });
    (Arc::new(memory), events)
}

/// Counts round trips.
struct Counted<R> {
    redis: R,
    trips: Arc<AtomicUsize>,
}

#[async_trait]
impl<R: Redis> Redis for Counted<R> {
    async fn run(&self, command: Command) -> Result<Reply, RedisError> {
        self.trips.fetch_add(1, SeqCst);
        self.redis.run(command).await
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, RedisError>>, RedisError> {
        self.trips.fetch_add(1, SeqCst);
        self.redis.pipeline(commands).await
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Reply>, RedisError> {
        self.trips.fetch_add(1, SeqCst);
        self.redis.transaction(commands).await
    }
}

impl Fixture {
    pub(crate) fn server(&mut self) -> &mut RedisServer {
        self.server.as_mut().unwrap()
    }

    /// Says a line to the Redis behind it.
    pub(crate) fn redis(&self, line: &str) -> String {
        self.server.as_ref().unwrap().command(line).unwrap()
    }

    pub(crate) async fn ask(&self, ask: Ask) -> Told {
        self.memory.ask(ask).await
    }

    /// Whether an attempt may pass.
    pub(crate) async fn allowed(&self, key: &str, quota: Quota) -> bool {
        self.ask(limit(key, quota)).await.decision.unwrap().allowed
    }

    /// What is remembered, and whether to load it anew.
    pub(crate) async fn recall(&self, key: &str) -> Option<(String, bool)> {
        let ask = Ask { recall: Some(key.into()), ..Ask::default() };
        self.ask(ask).await.recalled.map(|recalled| (recalled.value, recalled.refresh))
    }
}

pub(crate) fn limit(key: &str, quota: Quota) -> Ask {
    Ask { limit: Some((key.into(), quota)), ..Ask::default() }
}

/// Waits for a fact.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, fact: impl Fn() -> F) {
    let begin = Instant::now();
    while !fact().await {
        assert!(begin.elapsed() < Duration::from_secs(15), "still waiting: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

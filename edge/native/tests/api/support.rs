//! A world for one test: database, clock, node and the API over them.

mod memory;
mod node;
mod rules;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use meridian_database::{DatabaseConfig, SqlDatabase};
use meridian_edge_api::{
    Api, ApiConfig, ClientIp, LocalMemory, NodeSecret, Ports, Quotas, passwords::PasswordCost, ports::Clock,
};
use meridian_edge_native::{Argon2Passwords, InProcessNode, LocalBus, OsRandom};
use meridian_shared::{
    database::Database,
    event::Event,
    keys::{PrivateJwk, SigningKeys},
    region::Node,
    time::Millis,
};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tower::ServiceExt;

pub(crate) use memory::Knowing;
pub(crate) use node::FakeNode;

/// The clock of a test. It stands still unless told to go.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) router: Router,
    pub(crate) memory: Arc<Knowing>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) keys: SigningKeys,
    pub(crate) database: SqlDatabase,
    pub(crate) node: FakeNode,
    events: Mutex<Receiver<Event>>,
    names: AtomicU64,
    _dir: Option<tempfile::TempDir>,
}

/// What a test may want otherwise.
pub(crate) struct Options {
    pub(crate) quotas: Quotas,
    pub(crate) trusted_hops: usize,
    pub(crate) cost: PasswordCost,
    /// Stands before the database.
    pub(crate) wrap: fn(SqlDatabase) -> Arc<dyn Database>,
}

impl Default for Options {
    fn default() -> Self {
        let cost = PasswordCost { memory_kib: 8, iterations: 1, parallelism: 1 };
        Self { quotas: Quotas::default().scaled(100_000), trusted_hops: 0, cost, wrap: |db| Arc::new(db) }
    }
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::with(Options::default()).await
    }

    /// One on each engine: what holds on one must hold on the other.
    pub(crate) async fn both() -> [Self; 2] {
        [Self::sqlite().await, Self::postgres().await]
    }

    pub(crate) async fn with(options: Options) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = DatabaseConfig::sqlite(dir.path().join("test.db"));
        Self::on(config, options, Some(dir)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::postgres_with(Options::default()).await
    }

    pub(crate) async fn postgres_with(options: Options) -> Self {
        let url = meridian_testkit::Postgres::shared().new_database();
        Self::on(DatabaseConfig::from_url(&url).expect("a URL"), options, None).await
    }

    async fn on(config: DatabaseConfig, options: Options, dir: Option<tempfile::TempDir>) -> Self {
        let database = SqlDatabase::connect(&config).await.expect("connects");
        database.migrate().await.expect("migrates");
        let keys = SigningKeys::new(&[PrivateJwk::from_seed("test", [7; 32])]).expect("keys");
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000_000)));
        let (bus, node) = (LocalBus::new(), FakeNode::new(keys.public().clone(), clock.clone()));
        let events = Mutex::new(bus.subscribe());
        let mut api = ApiConfig::new("https://board.example", "eu-west".parse().expect("a region"));
        api.regions.push("us-east".parse().expect("a region"));
        api.allowed_origins = vec!["https://board.example".parse().expect("an origin")];
        (api.quotas, api.trusted_hops) = (options.quotas, options.trusted_hops);
        api.node_secret = NodeSecret::from_variable(Some("the secret of nodes".into())).expect("a secret");
        let place = Node {
            id: "eu-1".into(),
            region: "eu-west".parse().expect("a region"),
            url: "https://eu-1.example".into(),
            sync_url: "wss://eu-1.example/v1/sync".into(),
        };
        let memory = LocalMemory::new(clock.clone())
            .with_nodes(vec![place])
            .with_listener(move |event| bus.publish(event));
        let memory = Arc::new(Knowing::new(memory));
        let ports = Ports {
            database: (options.wrap)(database.clone()),
            memory: memory.clone(),
            passwords: Arc::new(Argon2Passwords::new(options.cost)),
            clock: clock.clone(),
            random: Arc::new(OsRandom),
            nodes: Arc::new(InProcessNode(node.router())),
        };
        let api = Api::new(api, keys.clone(), ports);
        let router = meridian_edge_api::router(api.clone());
        Self { api, router, memory, clock, keys, database, node, events, names: AtomicU64::new(0), _dir: dir }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(self.router.clone(), request).await
    }

    /// A call without an access token.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send(request(method, path, None, body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A new person, signed in.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let email =
            format!("{}-{}@example.com", name.to_lowercase(), self.names.fetch_add(1, Ordering::SeqCst));
        let body = json!({"email": email, "name": name, "password": PASSWORD});
        let answer = self.post("/v1/auth/signup", body).await.expect(201);
        Person::new(self.router.clone(), email, &answer)
    }

    /// What was published since the last look.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = self.events.lock().expect("no panic");
        std::iter::from_fn(|| events.try_recv().ok()).collect()
    }
}

pub(crate) const PASSWORD: &str = "correct horse";

/// Someone who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    router: Router,
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Person {
    pub(crate) fn new(router: Router, email: String, tokens: &Value) -> Self {
        let text = |v: &Value| v.as_str().expect("a text").to_owned();
        Self {
            router,
            email,
            id: text(&tokens["user"]["id"]),
            access: text(&tokens["access_token"]),
            refresh: text(&tokens["refresh_token"]),
        }
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        send(self.router.clone(), request(method, path, Some(&self.access), body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// The path of a new room of this person.
    pub(crate) async fn room(&self, name: &str) -> String {
        let room = self.post("/v1/rooms", json!({"name": name})).await.expect(201);
        format!("/v1/rooms/{}", room["id"].as_str().expect("an id"))
    }

    /// Makes `other` a member of a room.
    pub(crate) async fn invite(&self, room: &str, other: &Person, role: &str) {
        let invite = self.post(&format!("{room}/invites"), json!({"role": role})).await.expect(201);
        other.accept(&invite).await.expect(200);
    }

    pub(crate) async fn accept(&self, invite: &Value) -> Answer {
        self.call(
            Method::POST,
            &format!("/v1/invites/{}/accept", invite["code"].as_str().expect("a code")),
            None,
        )
        .await
    }
}

/// A request with a JSON body.
pub(crate) fn request(
    method: Method,
    path: &str,
    access: Option<&str>,
    body: Option<Value>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = access {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = match body {
        None => Body::empty(),
        Some(json) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(json.to_string())
        }
    };
    from(request.body(body).expect("a request"), "192.0.2.1")
}

/// The request, as if it came from there.
pub(crate) fn from(mut request: Request<Body>, ip: &str) -> Request<Body> {
    request.extensions_mut().insert(ClientIp(ip.parse::<IpAddr>().expect("an address")));
    request
}

async fn send(router: Router, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a whole body").to_bytes().to_vec();
    let answer = Answer { status: parts.status, headers: parts.headers, bytes };
    rules::hold(&method, &path, &answer);
    answer
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The body, if the status is as expected.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// Asserts a problem.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        body
    }
}

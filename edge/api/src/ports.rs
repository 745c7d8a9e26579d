//! What the API asks of its host. The host implements these; the API knows nothing else of it.
//!
//! The database is a port too: [`meridian_shared::database::Database`].

use async_trait::async_trait;
use bytes::Bytes;
use meridian_shared::{
    event::{Event, Subject},
    gcra::{Decision, Quota},
    position::Position,
    region::Node,
    time::Millis,
};

/// A port that can't do its work now. The text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Millis;
}

/// A source of random bytes fit for secrets.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError>;
}

/// What a password is to a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not the password.
    Wrong,
    /// The password.
    Right,
    /// The password, but hashed with parameters that are no longer used: hash it again.
    RightButOutdated,
}

/// Hashes passwords, with bounded concurrency: hashing is made to be expensive.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A salted hash as a PHC string.
    async fn hash(&self, password: &str) -> Result<String, PortError>;
    /// Compares. Without a hash (nobody has that e-mail) it does the same work and answers [`Verdict::Wrong`].
    async fn verify(&self, password: &str, hash: Option<&str>) -> Result<Verdict, PortError>;
}

/// What a call asks of the memory that the edge instances of a region share; all of it in one round trip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Count an attempt of this key, if it may pass.
    pub limit: Option<(String, Quota)>,
    /// When did the rights of these change last?
    pub rights: Vec<Subject>,
    /// Which nodes live?
    pub nodes: bool,
    /// What is remembered under this key?
    pub recall: Option<String>,
}

/// The answers to an [`Ask`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Always there when a limit was asked: an implementation whose store is out of reach decides by what it knows itself.
    pub decision: Option<Decision>,
    /// The newest change of the asked rights: a replica that has replayed it knows of it. `None` when that is not known, so that only the primary will do.
    pub changed: Option<Position>,
    /// The nodes alive. `None` when that is not known.
    pub nodes: Option<Vec<Node>>,
    /// What was remembered.
    pub recalled: Option<Recalled>,
}

/// A remembered value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// The value.
    pub value: String,
    /// It is past its freshness, and this caller of all is the one to load it anew; the others are told the old value meanwhile.
    pub refresh: bool,
}

/// How long a value is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// ms after which one caller is asked to load it anew.
    pub fresh_ms: u64,
    /// ms after which it is forgotten: the bound of its staleness.
    pub keep_ms: u64,
}

/// The memory that the edge instances of a region share (Redis, or the process itself). **Invariant:** all of it may be lost at any time; then calls are
/// slower and limits start anew, but nothing is wrong and nothing durable is gone. No method fails.
#[async_trait]
pub trait SharedMemory: Send + Sync {
    /// Answers everything in one round trip.
    async fn ask(&self, ask: Ask) -> Told;
    /// Forgets the attempts of a key.
    async fn forget_attempts(&self, key: &str);
    /// Remembers a value.
    async fn remember(&self, key: &str, value: &str, kept: Kept);
    /// Forgets a value.
    async fn forget(&self, key: &str);
    /// Tells the origin nodes, and notes that the rights of the event's subject changed at this position. A hint: a lost event costs time, never a right.
    async fn publish(&self, event: Event, at: Option<Position>);
}

/// Calls of the API that a room's node answers. Bodies are whole: at most 16 MiB both ways.
#[async_trait]
pub trait NodeClient: Send + Sync {
    /// Sends a request whose URI is a path (`/node/v1/rooms/…`), which follows [`Node::url`], to a node.
    async fn call(
        &self,
        node: &Node,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, PortError>;
}

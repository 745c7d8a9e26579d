//! What the API asks of its host. The host implements these; the API knows nothing else of it.
//!
//! The database is a port too: [`meridian_shared::database::Database`].

use async_trait::async_trait;
use bytes::Bytes;
use meridian_shared::{
    event::Event,
    gcra::{Decision, Quota},
    ids::RoomId,
    region::{Node, Region},
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

/// Counts attempts by key. Never fails: an implementation whose store is out of reach decides by what it knows itself.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts an attempt of `key`, if it may pass.
    async fn check(&self, key: &str, quota: Quota) -> Decision;
    /// Forgets the attempts of `key`.
    async fn reset(&self, key: &str);
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

/// Tells the origin nodes. The bus is a hint: a lost event costs time, never a right.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes; failures are the implementation's to log.
    async fn publish(&self, event: Event);
}

/// Where rooms live.
#[async_trait]
pub trait Placement: Send + Sync {
    /// The node that serves a room whose home is `region`.
    async fn place(&self, room: RoomId, region: &Region) -> Result<Node, PortError>;
}

/// Calls of the API that a room's node answers. Bodies are whole: at most 16 MiB both ways.
#[async_trait]
pub trait NodeClient: Send + Sync {
    /// Sends a request whose URI is a path (`/node/v1/rooms/…`) to a node.
    async fn call(
        &self,
        node: &Node,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, PortError>;
}

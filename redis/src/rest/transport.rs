//! The port to HTTP.

use std::hash::{BuildHasher, RandomState};

use async_trait::async_trait;
use bytes::Bytes;

/// How large a response may be, in bytes. Transports that read a body piece by piece stop there with [`TransportError::TooLarge`].
pub const RESPONSE_LIMIT: usize = 8 * 1024 * 1024;

/// Why a request has no response. The texts are for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The connection failed before anything of the request was sent. When in doubt, it is [`TransportError::Lost`].
    #[error("no connection: {0}")]
    NotSent(String),
    /// No response, or half of one: the request may have been carried out.
    #[error("no response: {0}")]
    Lost(String),
    /// No response in the transport's time. The request may have been carried out, and there is no time left for another.
    #[error("no response in time")]
    TimedOut,
    /// A response above [`RESPONSE_LIMIT`].
    #[error("the response is too large")]
    TooLarge,
}

/// Sends HTTP requests. On Cloudflare it is `fetch`, in Spin WASI's outgoing HTTP, natively hyper.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends a request with an absolute URL and reads the response whole.
    ///
    /// Must end in a time of its own choice, short beside what a caller waits for (natively 1 s), with [`TransportError::TimedOut`]: the client above has no clock. After
    /// other failures it may be called again, up to three times for one command.
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError>;

    /// Waits.
    async fn sleep(&self, ms: u64);

    /// A number that differs between processes, for the jitter of waits; no secret comes from it. Where the standard library has no source of randomness
    /// (`wasm32-unknown-unknown`), the host should bring its own.
    fn jitter(&self) -> u64 {
        RandomState::new().hash_one(0_u8)
    }
}

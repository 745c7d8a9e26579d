//! What may be sent again, and when.

use http::StatusCode;

use super::transport::TransportError;
use crate::RedisError;

/// How often a request is sent at most.
pub(super) const ATTEMPTS: u32 = 3;
/// The wait before the second attempt is a random part of this, in ms; it doubles with every further one.
const FIRST_WAIT_MS: u64 = 50;

/// An attempt without an answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// It was not carried out.
    Untouched(RedisError),
    /// It may have been carried out.
    Unknown(RedisError),
    /// Another attempt would fail alike.
    Final(RedisError),
}

impl Failure {
    /// Of the transport.
    pub(super) fn of_transport(error: TransportError) -> Self {
        let reason = RedisError::Unavailable(error.to_string());
        match error {
            TransportError::NotSent(_) => Self::Untouched(reason),
            TransportError::Lost(_) => Self::Unknown(reason),
            TransportError::TimedOut => Self::Final(reason),
            TransportError::TooLarge => Self::Final(RedisError::Protocol(error.to_string())),
        }
    }

    /// Of a response that is no success; `said` is the server's error.
    pub(super) fn of_status(status: StatusCode, said: Option<String>) -> Self {
        let text = || said.clone().unwrap_or_else(|| format!("status {}", status.as_u16()));
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Self::Untouched(RedisError::Unavailable(text()));
        }
        if status.is_server_error() {
            return Self::Unknown(RedisError::Unavailable(text()));
        }
        Self::Final(match said {
            Some(said) if status.is_client_error() => RedisError::Refused(said),
            _ => RedisError::Protocol(text()),
        })
    }

    /// The error, unless another attempt is allowed.
    pub(super) fn give_up(self, attempt: u32, repeatable: bool) -> Option<RedisError> {
        match self {
            Self::Untouched(_) if attempt < ATTEMPTS => None,
            Self::Unknown(_) if attempt < ATTEMPTS && repeatable => None,
            Self::Untouched(error) | Self::Unknown(error) | Self::Final(error) => Some(error),
        }
    }
}

/// The wait after the attempt of this number (from 1), in ms: full jitter, so that those who failed together do not come back together.
pub(super) fn wait_ms(attempt: u32, jitter: u64) -> u64 {
    jitter % (FIRST_WAIT_MS << attempt.saturating_sub(1).min(6)) + 1
}

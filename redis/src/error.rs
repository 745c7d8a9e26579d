//! Why a command has no answer.

/// A command without an answer. The text is for the log; it holds neither token nor values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedisError {
    /// Redis can't be reached, or did not answer in time. Whether the command was executed is not known.
    #[error("Redis is out of reach: {0}")]
    Unavailable(String),
    /// The server's own error, as it says it: `WRONGTYPE Operation against …`.
    #[error("Redis refused: {0}")]
    Refused(String),
    /// An answer that can't be read, or a command that can't be written down.
    #[error("not understood by Redis' protocol: {0}")]
    Protocol(String),
}

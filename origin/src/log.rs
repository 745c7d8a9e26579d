//! The log of rooms: the truth, durable before visible (invariants 1 to 3).

mod erase;
mod sql;
pub mod writer;

use async_trait::async_trait;
use bytes::Bytes;
use meridian_shared::{
    ids::{RoomId, UserId},
    time::Millis,
};

pub use erase::OwnLog;
pub use sql::SqlLog;

/// The right to append to a room: the epoch that was taken, and the sequence of the newest update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Grows with every take-over. An append under an older one is refused.
    pub epoch: i64,
    /// Sequence of the newest update, 0 when there is none.
    pub seq: u64,
}

/// One update, as it is appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Who made it.
    pub author: UserId,
    /// When the room accepted it.
    pub at: Millis,
    /// The Yjs update, encoding v1.
    pub payload: Bytes,
}

/// Consecutive updates of one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The room.
    pub room: RoomId,
    /// The epoch under which the appending node owns the room.
    pub epoch: i64,
    /// The sequence of the first entry: one more than the head.
    pub first_seq: u64,
    /// The updates; never empty.
    pub entries: Vec<Entry>,
}

impl Append {
    /// The sequence of the last entry.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + self.entries.len() as u64 - 1
    }
}

/// What became of an [`Append`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// Durable. Also when an earlier attempt, whose fate was unknown, had committed it: an append lands exactly once.
    Committed,
    /// Another node took the room. Nothing of this append is in the log, nor ever will be.
    Fenced,
}

/// What is stored of a room.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The newest snapshot and its sequence.
    pub snapshot: Option<(u64, Vec<u8>)>,
    /// The updates after it, with their sequences.
    pub updates: Vec<(u64, Vec<u8>)>,
}

/// Why the log did not answer. Whether an append happened is then unknown, and the same append is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The database did not answer in time or refused for now.
    #[error("the log is unavailable: {0}")]
    Unavailable(String),
    /// A defect, or rows that were changed by another hand.
    #[error("the log is defective: {0}")]
    Defective(String),
}

/// The log port. Implementations: [`SqlLog`] on SQLite and on Postgres.
#[async_trait]
pub trait Log: Send + Sync {
    /// Takes a room over: the next epoch, under `owner`. From then on nobody appends under an older one.
    async fn take(&self, room: RoomId, owner: &str) -> Result<Head, LogError>;

    /// Appends to several rooms in one transaction, each on its own condition: its epoch and its head. The answers are in the order of `appends`.
    async fn append(&self, appends: &[Append]) -> Result<Vec<Appended>, LogError>;

    /// The newest snapshot and what follows it.
    async fn load(&self, room: RoomId) -> Result<Stored, LogError>;

    /// Stores a snapshot of a room at `seq`, if `epoch` still holds.
    async fn save_snapshot(
        &self,
        room: RoomId,
        epoch: i64,
        seq: u64,
        at: Millis,
        payload: Bytes,
    ) -> Result<(), LogError>;
}

//! The rooms of this node: each is one task that owns the document, the members and the sequence.
//!
//! The way of an update: [`crate::sync::connection`] decodes it → [`Command::Document`] → `updates` checks and applies → `commits` hands it to the log's
//! writer → once durable, `members` pushes one shared frame into every member's [`outbox`].

mod attendance;
mod catch_up;
mod commits;
pub mod document;
mod gate;
mod load;
mod members;
pub mod outbox;
mod presence;
pub mod registry;
pub mod rehearsal;
pub mod room;
mod snapshots;
mod updates;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use meridian_shared::{close::CloseCode, ids::UserId, protocol::update::Summary, role::Role, time::Millis};
use tokio::sync::oneshot;

use outbox::Outbox;

/// A connection of this process; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// What a connection may do in its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The name that others see.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Whether it sends presence (PRES-5).
    pub presence: bool,
}

/// A connection that enters a room.
pub struct Joining {
    /// The connection.
    pub connection: ConnectionId,
    /// Its account.
    pub user: UserId,
    /// What it may do.
    pub right: Right,
    /// When its right ends.
    pub until: Millis,
    /// Where its frames go.
    pub outbox: Arc<Outbox>,
}

/// Why a connection does not enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRefused {
    /// The close code.
    pub code: CloseCode,
    /// The reason, for the person at the client.
    pub reason: &'static str,
}

/// Someone in the room, for `GET /v1/rooms/{id}/participants`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The account.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// Since when.
    pub connected_at: Millis,
}

/// Which message carried an update; the limits differ (LIM-2, LIM-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentMessage {
    /// The answer to the server's SyncStep1.
    SyncStep2,
    /// A change.
    Update,
}

/// What a room is asked to do.
pub enum Command {
    /// A connection enters.
    Join(Box<Joining>, oneshot::Sender<Result<(), JoinRefused>>),
    /// A connection is gone.
    Leave(ConnectionId),
    /// SyncStep1: the state vector, checked by [`document::decode_state_vector`].
    SyncStep1(ConnectionId, yrs::StateVector),
    /// SyncStep2 or Update, inspected.
    Document {
        /// The sender.
        connection: ConnectionId,
        /// Which message.
        kind: DocumentMessage,
        /// The Yjs update.
        update: Bytes,
        /// What it adds and needs.
        summary: Summary,
    },
    /// SyncStep2 or Update that was refused before it was inspected (LIM-2, LIM-3).
    TooLarge(ConnectionId),
    /// An awareness message's body, checked by [`meridian_shared::protocol::awareness::Entry::decode_all`].
    Presence(ConnectionId, Bytes),
    /// QueryAwareness.
    QueryPresence(ConnectionId),
    /// A slow reader has taken everything that was queued.
    CatchUp(ConnectionId),
    /// What a connection may do has changed.
    ChangeRight(ConnectionId, Right),
    /// Who is here.
    Participants(oneshot::Sender<Vec<Participant>>),
    /// The node stops: commit what waits, close every member, end.
    Drain,
}

/// How rooms behave in time. Units are in the types.
#[derive(Debug, Clone)]
pub struct Timing {
    /// How long a room without members stays in memory.
    pub idle: Duration,
    /// Presence changes inside this time are sent together (PRES-7).
    pub presence: Duration,
    /// A commit that takes longer counts as stalled, and members are told.
    pub stall: Duration,
    /// The longest wait between two attempts to commit.
    pub max_retry: Duration,
    /// How long a draining room tries to commit what waits.
    pub drain: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30),
            presence: Duration::from_millis(30),
            stall: Duration::from_secs(1),
            max_retry: Duration::from_secs(1),
            drain: Duration::from_secs(8),
        }
    }
}

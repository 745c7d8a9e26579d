//! The limits of a room, as published at `GET /v1/limits` and in `docs/PROTOCOL.md` (LIM-1 to LIM-13).

use serde::{Deserialize, Serialize};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Limits of rooms and connections. Sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// LIM-1: a message.
    pub message_bytes: usize,
    /// LIM-2: an Update.
    pub update_bytes: usize,
    /// LIM-4: the encoded document; above, only updates that add nothing but deletions pass.
    pub document_bytes: usize,
    /// LIM-4: the encoded document, deletions included.
    pub document_hard_bytes: usize,
    /// LIM-5: document messages of a connection, a second.
    pub updates_per_second: u32,
    /// LIM-5: document messages of a connection at once.
    pub updates_burst: u32,
    /// LIM-6: awareness messages of a connection, a second.
    pub presence_per_second: u32,
    /// LIM-6: awareness messages of a connection at once.
    pub presence_burst: u32,
    /// LIM-7: an awareness state.
    pub presence_bytes: usize,
    /// LIM-8: connections of a room.
    pub connections_per_room: usize,
    /// LIM-9: connections of one user in a room.
    pub connections_per_user: usize,
    /// LIM-10: connections of a node.
    pub connections_per_node: usize,
    /// LIM-11: queued for one connection.
    pub queue_bytes: usize,
    /// LIM-12: not yet committed, a room.
    pub uncommitted_bytes: usize,
    /// LIM-13: parked for missing predecessors, a room.
    pub pending_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes: 16 * MIB,
            update_bytes: MIB,
            document_bytes: 32 * MIB,
            document_hard_bytes: 64 * MIB,
            updates_per_second: 60,
            updates_burst: 600,
            presence_per_second: 30,
            presence_burst: 300,
            presence_bytes: 64 * KIB,
            connections_per_room: 500,
            connections_per_user: 10,
            connections_per_node: 50_000,
            queue_bytes: 4 * MIB,
            uncommitted_bytes: 8 * MIB,
            pending_bytes: 4 * MIB,
        }
    }
}

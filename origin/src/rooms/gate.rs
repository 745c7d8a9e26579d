//! The output gate: what shows updates that are applied but not yet durable waits here until they are (invariant 1).
//!
//! The document is brought up to date before the commit, so that a bad update is refused at the door. What is encoded from it at sequence `n` is let out
//! when the log is durable up to `n`. The idea is that of Durable Objects' output gates.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{ConnectionId, members::Behind};

/// What waits.
pub(super) enum Gated {
    /// The answer to a SyncStep1. If the reader's queue is full, it is owed for this state vector.
    SyncStep2(ConnectionId, Bytes, yrs::StateVector),
    /// What a slow reader missed. If its queue is full again, it is still behind by this.
    CatchUp(ConnectionId, Bytes, Behind),
    /// The echo of an update that changed nothing (SYNC-6).
    Echo(ConnectionId, Bytes),
    /// The first `count` document messages of a connection are settled.
    Saved(ConnectionId, u64),
    /// An encoded snapshot.
    Snapshot(Bytes),
}

/// What waits for the log, in order of sequence. Owned by the room's task; bounded by the rate limits of the members while the log stalls.
#[derive(Default)]
pub(super) struct Gate {
    waiting: VecDeque<(u64, Gated)>,
}

impl Gate {
    /// Lets `gated` out when the log is durable up to `seq`.
    pub(super) fn push(&mut self, seq: u64, gated: Gated) {
        // Only the newest count matters; one entry a connection and sequence keeps a stalled room small.
        if let (Some((last, Gated::Saved(connection, count))), Gated::Saved(new, newer)) =
            (self.waiting.back_mut(), &gated)
            && *last == seq
            && connection == new
        {
            *count = *newer;
            return;
        }
        self.waiting.push_back((seq, gated));
    }

    /// The next thing that may go out.
    pub(super) fn pop(&mut self, durable: u64) -> Option<Gated> {
        if self.waiting.front()?.0 <= durable {
            self.waiting.pop_front().map(|(_, gated)| gated)
        } else {
            None
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

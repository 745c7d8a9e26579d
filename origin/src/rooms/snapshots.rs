//! When to snapshot a room: so that the tail to load stays short, and snapshots take no more room than the updates do.

use bytes::Bytes;

use super::{gate::Gated, room::Room};
use crate::clock::now;

/// Decides by what was appended since the last snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct SnapshotPolicy {
    updates: u64,
    bytes: usize,
    last_bytes: usize,
}

/// Fewer updates than this load fast enough by themselves (about 10 µs each).
const MIN_UPDATES: u64 = 500;
/// More than this are never left to load one by one.
const MAX_UPDATES: u64 = 10_000;

impl SnapshotPolicy {
    /// For a room that was loaded from a snapshot of `last_bytes` and a tail.
    pub(super) fn new(last_bytes: usize, tail_updates: u64, tail_bytes: usize) -> Self {
        Self { updates: tail_updates, bytes: tail_bytes, last_bytes }
    }

    /// An update was applied.
    pub(super) fn appended(&mut self, bytes: usize) {
        self.updates += 1;
        self.bytes += bytes;
    }

    /// Whether a snapshot pays now. The half keeps the sum of all snapshots within a few times the log, however large the document.
    pub(super) fn is_due(&self) -> bool {
        self.updates >= MAX_UPDATES || (self.updates >= MIN_UPDATES && self.bytes >= self.last_bytes / 2)
    }

    /// A snapshot of `bytes` was taken.
    pub(super) fn taken(&mut self, bytes: usize) {
        *self = Self::new(bytes, 0, 0);
    }
}

impl Room {
    /// Encodes a snapshot of what is applied; it is stored when all of that is durable.
    pub(super) fn snapshot_if_due(&mut self) {
        if !self.snapshots.is_due() {
            return;
        }
        match self.document.encode() {
            Ok(payload) => {
                self.snapshots.taken(payload.len());
                self.gate.push(self.applied, Gated::Snapshot(payload.into()));
                self.release();
            }
            Err(error) => tracing::error!(room = %self.id, %error, "room {}: no snapshot", self.id),
        }
    }

    pub(super) fn save_snapshot(&self, payload: Bytes) {
        let (log, room, epoch, seq) = (self.shared.log.clone(), self.id, self.epoch, self.durable);
        // Beside the room's work: a snapshot that fails costs a longer load, nothing else.
        tokio::spawn(async move {
            if let Err(error) = log.save_snapshot(room, epoch, seq, now(), payload).await {
                tracing::warn!(%room, seq, %error, "room {room}: the snapshot at {seq} was not stored");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_document_is_not_written_again_for_every_few_updates() {
        let mut policy = SnapshotPolicy::new(3_000_000, 0, 0);
        let mut written = 0u64;
        let mut snapshots = 0;
        for _ in 0..100_000 {
            policy.appended(400);
            written += 400;
            if policy.is_due() {
                snapshots += 1;
                policy.taken(3_000_000);
            }
        }
        assert!(snapshots * 3_000_000 <= 3 * written, "{snapshots} snapshots for {written} bytes of updates");
        assert!(snapshots >= 10);
    }
}

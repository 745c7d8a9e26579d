//! Document messages: checked against the sender's right and the room's limits, applied, queued for the log.

use bytes::Bytes;
use meridian_shared::{
    close::CloseCode,
    protocol::{message, notice::Refusal, update::Summary},
};
use std::time::Duration;
use tokio::time::Instant;

use super::{
    ConnectionId, DocumentMessage,
    commits::Queued,
    document::{Applied, ApplyError, Poisoned, first_clocks},
    gate::Gated,
    rehearsal::{Rehearsal, Verdict},
    room::Room,
};
use crate::{clock::now, log::Entry};

/// Integrating more structs than this at once may take milliseconds: other tasks are moved off the thread first.
const MANY_STRUCTS: usize = 2_000;
/// An update may take this long to apply, and as much more as its length allows; ordinary ones take 10 µs.
const FREE_TIME: Duration = Duration::from_millis(250);
const TIME_PER_BYTE: Duration = Duration::from_nanos(500);
/// A sender is asked for what is missing at most this often.
const ASK_EVERY: Duration = Duration::from_secs(1);

impl Room {
    /// SyncStep1: what the client lacks, let out when everything in it is durable (SYNC-2).
    pub(super) async fn on_sync_step_1(&mut self, connection: ConnectionId, state_vector: yrs::StateVector) {
        if self.stalled {
            // Nothing encoded now could be let out soon; what waits would be a document for each who asks.
            if let Some(member) = self.members.get_mut(connection) {
                member.owed = Some(state_vector);
            }
            return;
        }
        let Some(update) = self.encode_for(&state_vector).await else { return };
        let Some(member) = self.members.get_mut(connection) else { return };
        // What is under way is in the answer already.
        member.has_seq = self.applied;
        let frame = message::sync_step_2(&update);
        self.gate.push(self.applied, Gated::SyncStep2(connection, frame, state_vector));
        self.release();
    }

    /// What `state_vector` lacks. All who have nothing share one encoding.
    async fn encode_for(&mut self, state_vector: &yrs::StateVector) -> Option<Bytes> {
        if !state_vector.is_empty() {
            let diff = self.document.diff(state_vector).map(Bytes::from);
            return self.or_rebuild(diff).await;
        }
        if let Some((seq, full)) = &self.full_state
            && *seq == self.applied
        {
            return Some(full.clone());
        }
        let full = self.document.encode().map(Bytes::from);
        let full = self.or_rebuild(full).await?;
        self.full_state = Some((self.applied, full.clone()));
        Some(full)
    }

    /// The result, or nothing when the engine failed: then the document is built again, and the clients ask again on their next connection.
    pub(super) async fn or_rebuild<T>(&mut self, result: Result<T, Poisoned>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::error!(room = %self.id, %error, "room {}: the document could not be encoded", self.id);
                self.rebuild().await;
                None
            }
        }
    }

    /// SyncStep2 or Update.
    pub(super) async fn on_document(
        &mut self,
        connection: ConnectionId,
        kind: DocumentMessage,
        update: Bytes,
        summary: Summary,
    ) {
        if self.is_draining() {
            return; // not acknowledged: the client sends it again where it reconnects
        }
        let Some(member) = self.members.get_mut(connection) else { return };
        member.received += 1;
        let index = member.received;
        if !member.right.role.can_edit() {
            return self.on_viewers_document(connection, kind, &summary, index);
        }
        if summary.is_empty() {
            return self.settle(connection, kind, update, index);
        }
        let lacks = summary.lacks_predecessors(|client| self.document.clock(client));
        if let Some(reason) = self.refusal(&update, &summary, lacks).await {
            self.refuse(connection, reason, index);
        } else if self.apply(connection, kind, update, &summary, index).await && lacks {
            self.ask_for_missing(connection);
        }
        if !self.document.has_parked() {
            self.parked = 0;
        }
    }

    /// SYNC-5. What a viewer answers to the server's SyncStep1 is no change as long as it carries nothing new.
    fn on_viewers_document(
        &mut self,
        connection: ConnectionId,
        kind: DocumentMessage,
        summary: &Summary,
        index: u64,
    ) {
        let harmless =
            kind == DocumentMessage::SyncStep2 && summary.adds_nothing(|client| self.document.clock(client));
        if harmless {
            self.gate.push(self.applied, Gated::Saved(connection, index));
            self.release();
        } else {
            self.refuse(connection, Refusal::ReadOnly, index);
        }
    }

    /// LIM-2 and LIM-3, found by the connection before it looked inside.
    pub(super) fn on_too_large(&mut self, connection: ConnectionId) {
        if let Some(member) = self.members.get_mut(connection) {
            member.received += 1;
            let index = member.received;
            self.refuse(connection, Refusal::TooLarge, index);
        }
    }

    /// Why the room takes no such update now.
    async fn refusal(&mut self, update: &Bytes, summary: &Summary, lacks: bool) -> Option<Refusal> {
        let limits = self.shared.limits.clone();
        if self.uncommitted + update.len() > limits.uncommitted_bytes && self.uncommitted > 0 {
            return Some(Refusal::Stalled);
        }
        if lacks && self.parked + update.len() > limits.pending_bytes {
            return Some(Refusal::TooMuchPending);
        }
        let full = if summary.spans.is_empty() { limits.document_hard_bytes } else { limits.document_bytes };
        let exceeds = self.document.exceeds(full.saturating_sub(update.len()));
        let exceeds = self.or_rebuild(exceeds).await.unwrap_or(true);
        exceeds.then_some(Refusal::DocumentFull)
    }

    fn refuse(&mut self, connection: ConnectionId, reason: Refusal, index: u64) {
        self.shared.metrics.refused(reason.as_str());
        if let Some(member) = self.members.get_mut(connection) {
            member.refuse(reason, Some(index));
            member.ask_again |= reason == Refusal::Stalled;
            self.ask_again |= member.ask_again;
        }
        self.gate.push(self.applied, Gated::Saved(connection, index));
        self.release();
    }

    /// Applies an update and queues it for the log. False when its sender was closed for it.
    async fn apply(
        &mut self,
        connection: ConnectionId,
        kind: DocumentMessage,
        update: Bytes,
        summary: &Summary,
        index: u64,
    ) -> bool {
        if Rehearsal::is_needed(self.document.structs(), summary.structs) && !self.rehearse(&update).await {
            self.expel(connection, CloseCode::Malformed, "this update takes too long to apply");
            return false;
        }
        let lacks = summary.lacks_predecessors(|client| self.document.clock(client));
        let (started, document) = (std::time::Instant::now(), &mut self.document);
        let applied = if summary.structs > MANY_STRUCTS {
            tokio::task::block_in_place(|| document.apply(&update, summary))
        } else {
            document.apply(&update, summary)
        };
        let is_costly = started.elapsed() > FREE_TIME + TIME_PER_BYTE * update.len() as u32;
        match applied {
            Ok(Applied::Nothing) => self.settle(connection, kind, update, index),
            Ok(Applied::Changed) => {
                self.parked += if lacks { update.len() } else { 0 };
                self.enqueue(connection, update, summary, index);
            }
            Err(error) => {
                self.expel(connection, CloseCode::Malformed, "not a Yjs update");
                if error != ApplyError::Refused {
                    self.rebuild().await;
                }
                return false;
            }
        }
        if is_costly {
            self.expel(connection, CloseCode::TooFast, "updates of this connection take too long to apply");
        }
        true
    }

    /// Tries an update out in a child process. A rehearsal that can't be held counts as failed.
    async fn rehearse(&mut self, update: &[u8]) -> bool {
        let encoded = self.document.encode();
        let Some(document) = self.or_rebuild(encoded).await else { return false };
        match self.shared.rehearsal.rehearse(&document, update).await {
            Ok(verdict) => verdict == Verdict::Fit,
            Err(error) => {
                tracing::error!(room = %self.id, %error, "room {}: no rehearsal", self.id);
                false
            }
        }
    }

    /// REF-2: what the engine refuses, fails on or takes too long for closes its sender, and nobody else.
    fn expel(&mut self, connection: ConnectionId, code: CloseCode, reason: &'static str) {
        if let Some(member) = self.members.get_mut(connection) {
            self.shared.metrics.refused(Refusal::MalformedUpdate.as_str());
            member.refuse(Refusal::MalformedUpdate, Some(member.received));
            member.outbox.close(code, reason);
        }
    }

    /// An update that changes nothing: counted, and echoed in its turn (SYNC-6).
    fn settle(&mut self, connection: ConnectionId, kind: DocumentMessage, update: Bytes, index: u64) {
        if kind == DocumentMessage::Update && !self.stalled {
            self.gate.push(self.applied, Gated::Echo(connection, message::update(&update)));
        }
        self.gate.push(self.applied, Gated::Saved(connection, index));
        self.release();
    }

    fn enqueue(&mut self, connection: ConnectionId, update: Bytes, summary: &Summary, index: u64) {
        let Some(member) = self.members.get_mut(connection) else { return };
        let author = member.user;
        self.applied += 1;
        self.uncommitted += update.len();
        self.snapshots.appended(update.len());
        self.queued.push(Queued {
            frame: message::update(&update),
            first_clocks: first_clocks(summary),
            connection,
            index,
            entry: Entry { author, at: now(), payload: update },
        });
    }

    /// Asks a sender for what its update builds on (SYNC-7).
    fn ask_for_missing(&mut self, connection: ConnectionId) {
        let Some(member) = self.members.get_mut(connection) else { return };
        if member.asked_at.is_none_or(|at| at.elapsed() >= ASK_EVERY) {
            member.asked_at = Some(Instant::now());
            let _ = member.outbox.push(message::sync_step_1(&self.document.state_vector()));
        }
    }
}

//! From applied to durable to visible.

use std::time::Duration;

use bytes::Bytes;
use meridian_shared::{
    close::CloseCode,
    protocol::{message, notice::Notice},
};
use tokio::time::Instant;

use super::{ConnectionId, gate::Gated, members::fall_behind, room::Room};
use crate::log::{Append, Appended, Entry, LogError, writer::Submitted};

/// An update that is applied and on its way to the log.
pub(super) struct Queued {
    /// The row.
    pub(super) entry: Entry,
    /// The one frame that every receiver shares.
    pub(super) frame: Bytes,
    /// The first clock of each Yjs client in it: a reader that misses it is behind from there.
    pub(super) first_clocks: Vec<(u64, u64)>,
    /// The sender, and which of its document messages this is.
    pub(super) connection: ConnectionId,
    pub(super) index: u64,
}

/// The room's append, one at a time.
pub(super) enum Commit {
    /// None.
    Idle,
    /// With the log's writer since then.
    UnderWay(Vec<Queued>, Submitted, Instant),
    /// To be tried again at the first instant; tried since the second.
    Waiting(Vec<Queued>, Append, Instant, Instant),
}

/// What the log's writer says: the append, and what became of it. `None` when the writer is gone.
pub(super) type Answer = Option<(Append, Result<Appended, LogError>)>;

impl Commit {
    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Commit::Idle)
    }

    /// What is with the writer, or waits to be again.
    pub(super) fn under_way(&self) -> &[Queued] {
        match self {
            Commit::Idle => &[],
            Commit::UnderWay(queued, ..) | Commit::Waiting(queued, ..) => queued,
        }
    }

    /// Waits for the writer's answer; for ever when nothing is under way.
    pub(super) async fn answered(&mut self) -> Answer {
        match self {
            Commit::UnderWay(_, answer, _) => answer.await.ok(),
            _ => std::future::pending().await,
        }
    }

    /// When to try again.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        match self {
            Commit::Waiting(_, _, at, _) => Some(*at),
            _ => None,
        }
    }

    /// When this append counts as stalled.
    pub(super) fn stalls_at(&self, patience: Duration) -> Option<Instant> {
        match self {
            Commit::UnderWay(_, _, since) | Commit::Waiting(_, _, _, since) => Some(*since + patience),
            Commit::Idle => None,
        }
    }
}

pub(super) fn stalled_notice() -> Notice {
    Notice::Stalled { message: "Changes can't be saved at the moment. Nothing is lost.".into() }
}

impl Room {
    /// Hands the next append to the log's writer, if none is under way: what gathered meanwhile goes together.
    pub(super) fn submit(&mut self) {
        let (queued, append, since) = match std::mem::replace(&mut self.commit, Commit::Idle) {
            Commit::Idle if self.queued.is_empty() => return,
            Commit::Idle => {
                let queued = std::mem::take(&mut self.queued);
                let entries = queued.iter().map(|queued| queued.entry.clone()).collect();
                let append =
                    Append { room: self.id, epoch: self.epoch, first_seq: self.durable + 1, entries };
                (queued, append, Instant::now())
            }
            Commit::Waiting(queued, append, at, since) if at <= Instant::now() => (queued, append, since),
            busy => {
                self.commit = busy;
                return;
            }
        };
        let answer = self.shared.writer.submit(append);
        self.commit = Commit::UnderWay(queued, answer, since);
    }

    pub(super) fn on_answer(&mut self, answer: Answer) {
        let Commit::UnderWay(queued, _, since) = std::mem::replace(&mut self.commit, Commit::Idle) else {
            return;
        };
        match answer {
            Some((_, Ok(Appended::Committed))) => self.on_committed(queued),
            Some((_, Ok(Appended::Fenced))) => {
                tracing::warn!(room = %self.id, epoch = self.epoch, "room {} was taken over by another node", self.id);
                self.over = Some((CloseCode::Moved, "the room moved to another node"));
            }
            Some((append, Err(error))) => self.try_again(queued, append, since, &error),
            None => self.over = Some((CloseCode::Restarting, "the node stops")),
        }
    }

    /// The same append again: under one epoch it lands once, whatever became of the earlier attempts.
    fn try_again(&mut self, queued: Vec<Queued>, append: Append, since: Instant, error: &LogError) {
        if let LogError::Defective(cause) = error {
            // Going on could only do harm: the room ends, and is loaded again from the log.
            tracing::error!(room = %self.id, cause, "room {}: the log does not fit what the room knows", self.id);
            self.over = Some((CloseCode::Restarting, "the room restarts"));
            return;
        }
        self.tell_stalled();
        // Attempts grow apart up to the maximum, counted from the first.
        let wait = (since.elapsed() / 4).clamp(Duration::from_millis(50), self.shared.timing.max_retry);
        self.commit = Commit::Waiting(queued, append, Instant::now() + wait, since);
    }

    /// SYNC-9.
    pub(super) fn tell_stalled(&mut self) {
        if !self.stalled {
            self.stalled = true;
            self.members.notify(&stalled_notice());
        }
    }

    fn tell_resumed(&mut self) {
        self.stalled = false;
        self.members.notify(&Notice::Resumed { message: "Changes are saved again.".into() });
        for (_, member) in self.members.iter_mut() {
            if member.owed.is_some() || member.behind.is_some() || member.presence_missed {
                member.outbox.mark_behind();
            }
        }
    }

    /// Asks those whose updates were refused for want of room to send them again: a SyncStep1 brings whatever they have and the room lacks.
    fn ask_refused(&mut self) {
        self.ask_again = false;
        let question = message::sync_step_1(&self.document.state_vector());
        for (_, member) in self.members.iter_mut() {
            if std::mem::take(&mut member.ask_again) {
                let _ = member.outbox.push(question.clone());
            }
        }
    }

    /// Shows what is durable now, in the order of the log (SYNC-3, SYNC-4).
    fn on_committed(&mut self, queued: Vec<Queued>) {
        for Queued { entry, frame, first_clocks, connection, index } in queued {
            self.durable += 1;
            self.uncommitted -= entry.payload.len();
            let seq = self.durable;
            let receivers = self
                .members
                .iter_mut()
                .filter_map(|(_, member)| member.deliver(&frame, seq, &first_clocks).then_some(()));
            self.shared.metrics.delivered(receivers.count());
            self.settled(connection, index);
            self.release();
        }
        if self.stalled {
            self.tell_resumed();
        }
        if self.ask_again && self.uncommitted <= self.shared.limits.uncommitted_bytes / 2 {
            self.ask_refused();
        }
        self.snapshot_if_due();
    }

    fn settled(&mut self, connection: ConnectionId, index: u64) {
        if let Some(member) = self.members.get_mut(connection) {
            member.outbox.saved(self.durable, index);
        }
    }

    /// Lets out what waited for the log to come this far.
    pub(super) fn release(&mut self) {
        while let Some(gated) = self.gate.pop(self.durable) {
            self.let_out(gated);
        }
    }

    fn let_out(&mut self, gated: Gated) {
        match gated {
            Gated::SyncStep2(connection, frame, asked) => {
                let Some(member) = self.members.get_mut(connection) else { return };
                if member.outbox.push(frame).is_err() {
                    member.owed = Some(asked);
                    member.behind.get_or_insert_default();
                    member.outbox.mark_behind();
                }
            }
            Gated::CatchUp(connection, frame, missed) => {
                let Some(member) = self.members.get_mut(connection) else { return };
                if member.outbox.push(frame).is_err() {
                    let missed: Vec<_> = missed.into_iter().collect();
                    fall_behind(member.behind.get_or_insert_default(), &missed);
                    member.outbox.mark_behind();
                }
            }
            Gated::Echo(connection, frame) => {
                let Some(member) = self.members.get_mut(connection) else { return };
                let _ = member.outbox.push(frame);
            }
            Gated::Saved(connection, count) => {
                let Some(member) = self.members.get_mut(connection) else { return };
                member.outbox.saved(self.durable, count);
            }
            Gated::Snapshot(payload) => self.save_snapshot(payload),
        }
    }
}

//! Who is in a room and how frames reach them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bytes::Bytes;
use meridian_shared::{
    close::CloseCode,
    ids::UserId,
    protocol::{
        message,
        notice::{Notice, Refusal},
    },
    time::Millis,
};

use super::{ConnectionId, Joining, Participant, Right, outbox::Outbox};

/// The clock, by Yjs client, from which on a slow reader misses updates.
pub(super) type Behind = BTreeMap<u64, u64>;

/// Notes that a reader misses what begins at these clocks.
pub(super) fn fall_behind(behind: &mut Behind, first_clocks: &[(u64, u64)]) {
    for &(client, clock) in first_clocks {
        let first = behind.entry(client).or_insert(clock);
        *first = clock.min(*first);
    }
}

/// One connection in the room.
pub(super) struct Member {
    pub(super) user: UserId,
    pub(super) right: Right,
    pub(super) outbox: Arc<Outbox>,
    pub(super) connected_at: Millis,
    /// How many document messages it has sent.
    pub(super) received: u64,
    /// Updates up to this sequence are in something that was encoded for it; they are not sent again.
    pub(super) has_seq: u64,
    /// Set while it does not keep up: what it misses (SYNC-8).
    pub(super) behind: Option<Behind>,
    /// A SyncStep1 whose answer did not fit its queue.
    pub(super) owed: Option<yrs::StateVector>,
    /// A presence frame was dropped; it gets everyone's with the catch-up.
    pub(super) presence_missed: bool,
    /// An update of it was refused that it should send again: it is asked when the log accepts commits.
    pub(super) ask_again: bool,
    /// When it was last asked for what is missing, so that a burst of gaps asks once.
    pub(super) asked_at: Option<tokio::time::Instant>,
}

impl Member {
    pub(super) fn new(joining: Joining, now: Millis, durable: u64) -> Self {
        Self {
            user: joining.user,
            right: joining.right,
            outbox: joining.outbox,
            connected_at: now,
            received: 0,
            has_seq: durable,
            behind: None,
            owed: None,
            presence_missed: false,
            ask_again: false,
            asked_at: None,
        }
    }

    /// Sends an update of the log, or notes that it is missed.
    pub(super) fn deliver(&mut self, frame: &Bytes, seq: u64, first_clocks: &[(u64, u64)]) -> bool {
        if seq <= self.has_seq {
            return false;
        }
        if self.behind.is_none() && self.outbox.push(frame.clone()).is_ok() {
            return true;
        }
        fall_behind(self.behind.get_or_insert_default(), first_clocks);
        self.outbox.mark_behind();
        false
    }

    /// Sends a presence frame, or notes that it is missed.
    pub(super) fn show(&mut self, frame: &Bytes) {
        if self.presence_missed || self.outbox.push(frame.clone()).is_err() {
            self.presence_missed = true;
            self.outbox.mark_behind();
        }
    }

    /// Sends a notice to a client that understands it. Notices are small and may be dropped for a reader that takes nothing.
    pub(super) fn notify(&self, notice: &Notice) {
        if self.outbox.is_extended() {
            let _ = self.outbox.push(message::notice(notice));
        }
    }

    /// Tells that a message was refused (REF-1).
    pub(super) fn refuse(&self, reason: Refusal, index: Option<u64>) {
        if self.outbox.is_extended() {
            self.notify(&Notice::refused(reason, index));
        } else {
            let text = format!("{}: {}", reason.as_str(), reason.message());
            let _ = self.outbox.push(message::auth_denied(&text));
        }
    }
}

/// The members of a room.
#[derive(Default)]
pub(super) struct Members(HashMap<ConnectionId, Member>);

impl Members {
    pub(super) fn insert(&mut self, connection: ConnectionId, member: Member) {
        self.0.insert(connection, member);
    }

    pub(super) fn remove(&mut self, connection: ConnectionId) -> Option<Member> {
        self.0.remove(&connection)
    }

    pub(super) fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Member> {
        self.0.get_mut(&connection)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many connections a person has here (LIM-9).
    pub(super) fn of_user(&self, user: UserId) -> usize {
        self.0.values().filter(|member| member.user == user).count()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (ConnectionId, &mut Member)> {
        self.0.iter_mut().map(|(id, member)| (*id, member))
    }

    /// Tells everyone.
    pub(super) fn notify(&self, notice: &Notice) {
        self.0.values().for_each(|member| member.notify(notice));
    }

    /// Closes everyone.
    pub(super) fn close(&self, code: CloseCode, reason: &str) {
        self.0.values().for_each(|member| member.outbox.close(code, reason));
    }

    pub(super) fn participants(&self) -> Vec<Participant> {
        let mut all: Vec<_> = self
            .0
            .values()
            .map(|member| Participant {
                user: member.user,
                name: member.right.name.clone(),
                role: member.right.role,
                connected_at: member.connected_at,
            })
            .collect();
        all.sort_by_key(|participant| (participant.connected_at, participant.user));
        all
    }
}

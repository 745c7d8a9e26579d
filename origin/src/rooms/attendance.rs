//! Who comes and goes in a room, and what they show of themselves.

use meridian_shared::{
    close::CloseCode,
    protocol::{
        awareness::Entry,
        message,
        notice::{Notice, Person, Refusal},
    },
};
use tokio::time::Instant;

use super::{
    ConnectionId, JoinRefused, Joining,
    members::Member,
    presence::{Accepted, Owner},
    room::Room,
};
use crate::clock::now;

impl Room {
    pub(super) fn join(&mut self, joining: Joining) -> Result<(), JoinRefused> {
        let limits = &self.shared.limits;
        if self.drain_until.is_some() {
            return Err(JoinRefused { code: CloseCode::Restarting, reason: "the node restarts" });
        }
        if self.members.len() >= limits.connections_per_room {
            return Err(JoinRefused { code: CloseCode::Overloaded, reason: "the room is full" });
        }
        if self.members.of_user(joining.user) >= limits.connections_per_user {
            return Err(JoinRefused {
                code: CloseCode::TooFast,
                reason: "too many connections of one person",
            });
        }
        let (connection, until) = (joining.connection, joining.until);
        let member = Member::new(joining, now(), self.durable);
        member.notify(&Notice::Welcome {
            role: member.right.role,
            seq: self.durable,
            user: Person { id: member.user, name: member.right.name.clone() },
            expires_at: until.rfc3339(),
            limits: limits.clone(),
        });
        let _ = member.outbox.push(message::sync_step_1(&self.document.state_vector()));
        if self.stalled {
            member.notify(&super::commits::stalled_notice());
        }
        self.members.insert(connection, member);
        self.send_everyone(connection);
        Ok(())
    }

    pub(super) fn leave(&mut self, connection: ConnectionId) {
        self.members.remove(connection);
        self.end_presence(connection);
        self.idle_since = Instant::now();
    }

    pub(super) fn change_right(&mut self, connection: ConnectionId, right: super::Right) {
        let Some(member) = self.members.get_mut(connection) else { return };
        let hidden = member.right.presence && !right.presence;
        member.right = right;
        if hidden {
            self.end_presence(connection);
        }
    }

    fn end_presence(&mut self, connection: ConnectionId) {
        if self.presence.leave(connection) == Accepted::Changed {
            self.show_presence_soon();
        }
    }

    pub(super) fn on_presence(&mut self, connection: ConnectionId, body: &[u8]) {
        let Some(member) = self.members.get_mut(connection) else { return };
        if !member.right.presence {
            return;
        }
        let limit = self.shared.limits.presence_bytes;
        let mut entries = Entry::decode_all(body).unwrap_or_default();
        let all = entries.len();
        entries.retain(|entry| entry.state.len() <= limit);
        if entries.len() < all {
            self.shared.metrics.refused(Refusal::PresenceTooLarge.as_str());
            member.refuse(Refusal::PresenceTooLarge, None);
        }
        let owner =
            Owner { connection, user: member.user, name: &member.right.name, role: member.right.role };
        match self.presence.accept(&owner, &entries) {
            Ok(Accepted::Changed) => self.show_presence_soon(),
            Ok(Accepted::Ignored) => {}
            Err(malformed) => member.outbox.close(CloseCode::Malformed, malformed.0),
        }
    }

    fn show_presence_soon(&mut self) {
        self.show_presence_at.get_or_insert_with(|| Instant::now() + self.shared.timing.presence);
    }

    pub(super) fn show_presence(&mut self) {
        self.show_presence_at = None;
        if let Some(frame) = self.presence.changes() {
            self.members.iter_mut().for_each(|(_, member)| member.show(&frame));
        }
    }

    pub(super) fn send_everyone(&mut self, connection: ConnectionId) {
        if let (Some(member), Some(frame)) = (self.members.get_mut(connection), self.presence.everyone()) {
            member.presence_missed = false;
            member.show(&frame);
        }
    }
}

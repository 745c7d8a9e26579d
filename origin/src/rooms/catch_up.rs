//! Slow readers (SYNC-8): what did not fit their queue is replaced by one merged update.

use meridian_shared::protocol::message;

use super::{ConnectionId, gate::Gated, members::fall_behind, room::Room};

impl Room {
    /// A slow reader has taken everything: it gets what it missed as one update (SYNC-8).
    pub(super) async fn on_catch_up(&mut self, connection: ConnectionId) {
        if self.stalled {
            return; // asked again when the log accepts commits
        }
        let Some(member) = self.members.get_mut(connection) else { return };
        let missed_presence = member.presence_missed;
        if let Some(asked) = member.owed.take() {
            member.behind = None;
            self.on_sync_step_1(connection, asked).await;
        } else if let Some(mut missed) = member.behind.take() {
            for queued in self.commit.under_way().iter().chain(&self.queued) {
                fall_behind(&mut missed, &queued.first_clocks);
            }
            let reader =
                self.document.state_vector_behind(missed.iter().map(|(&client, &clock)| (client, clock)));
            let diff = self.document.diff(&reader);
            let Some(diff) = self.or_rebuild(diff).await else { return };
            let Some(member) = self.members.get_mut(connection) else { return };
            member.has_seq = self.applied;
            self.shared.metrics.caught_up();
            self.gate.push(self.applied, Gated::CatchUp(connection, message::update(&diff), missed));
            self.release();
        }
        if missed_presence {
            self.send_everyone(connection);
        }
    }
}

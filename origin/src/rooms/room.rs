//! The task of a room.

use std::sync::Arc;

use meridian_shared::{close::CloseCode, ids::RoomId, limits::Limits, protocol::notice::Notice};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Command, JoinRefused, Timing,
    commits::{Commit, Queued},
    document::Document,
    gate::Gate,
    load,
    members::Members,
    presence::Presence,
    registry::{Generation, Registry},
    rehearsal::Rehearsal,
    snapshots::SnapshotPolicy,
};
use crate::{
    log::{Head, Log, LogError, Stored, writer::LogWriter},
    metrics::Metrics,
};

/// What all rooms of a node share.
pub struct Shared {
    /// Name of the node, stored with the epoch it takes.
    pub node: String,
    /// The limits in force.
    pub limits: Limits,
    /// How rooms behave in time.
    pub timing: Timing,
    /// Where rooms are loaded from.
    pub log: Arc<dyn Log>,
    /// Where updates are committed.
    pub writer: LogWriter,
    /// Where suspicious updates are tried out.
    pub rehearsal: Rehearsal,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// A room in memory. Owned by its task; ends with it.
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) shared: Arc<Shared>,
    pub(super) epoch: i64,
    /// Everything up to here is committed.
    pub(super) durable: u64,
    /// Everything up to here is in the document.
    pub(super) applied: u64,
    pub(super) document: Document,
    pub(super) members: Members,
    pub(super) presence: Presence,
    /// Applied, and not yet handed to the log's writer.
    pub(super) queued: Vec<Queued>,
    pub(super) commit: Commit,
    /// Bytes of updates that are applied and not durable (LIM-12).
    pub(super) uncommitted: usize,
    /// Bytes of updates that wait for missing predecessors (LIM-13).
    pub(super) parked: usize,
    pub(super) gate: Gate,
    pub(super) snapshots: SnapshotPolicy,
    /// Set while members have been told that the log does not accept commits.
    pub(super) stalled: bool,
    /// Set while members are to be asked for what was refused as `Refusal::Stalled`.
    pub(super) ask_again: bool,
    /// What a client with nothing is sent, and the sequence it holds: joins share it.
    pub(super) full_state: Option<(u64, bytes::Bytes)>,
    /// When presence changes are sent.
    pub(super) show_presence_at: Option<Instant>,
    /// Since when nobody is here.
    pub(super) idle_since: Instant,
    /// Set by a drain: until when what waits may be committed.
    pub(super) drain_until: Option<Instant>,
    /// Set when the room is over: how its members are closed.
    pub(super) over: Option<(CloseCode, &'static str)>,
}

impl Room {
    /// Takes the room over and loads it.
    async fn open(id: RoomId, shared: Arc<Shared>) -> Result<Self, LogError> {
        let Head { epoch, seq } = shared.log.take(id, &shared.node).await?;
        let stored = shared.log.load(id).await?;
        let document = build(id, &stored, &shared.metrics);
        let tail_bytes = stored.updates.iter().map(|(_, payload)| payload.len()).sum();
        let last_bytes = stored.snapshot.as_ref().map_or(0, |(_, payload)| payload.len());
        tracing::info!(room = %id, epoch, seq, "room {id} loaded");
        shared.metrics.rooms(1);
        Ok(Self {
            id,
            epoch,
            durable: seq,
            applied: seq,
            document,
            members: Members::default(),
            presence: Presence::default(),
            queued: Vec::new(),
            commit: Commit::Idle,
            uncommitted: 0,
            parked: 0,
            gate: Gate::default(),
            snapshots: SnapshotPolicy::new(last_bytes, stored.updates.len() as u64, tail_bytes),
            stalled: false,
            ask_again: false,
            full_state: None,
            show_presence_at: None,
            idle_since: Instant::now(),
            drain_until: None,
            over: None,
            shared,
        })
    }

    /// Builds the document again after the engine failed on it: from the log, and from what is applied but not durable.
    pub(super) async fn rebuild(&mut self) {
        self.shared.metrics.poisoned("live");
        let stored = loop {
            match self.shared.log.load(self.id).await {
                Ok(stored) => break stored,
                Err(error) => {
                    tracing::warn!(room = %self.id, %error, "rebuilding room {} waits for the log", self.id);
                    tokio::time::sleep(self.shared.timing.max_retry).await;
                }
            }
        };
        // What is under way may be in the log already; applying it twice changes nothing.
        let waiting = self.commit.under_way().iter().chain(&self.queued);
        let mut all = stored;
        all.updates.extend(
            waiting.zip(self.durable + 1..).map(|(queued, seq)| (seq, queued.entry.payload.to_vec())),
        );
        self.document = build(self.id, &all, &self.shared.metrics);
        self.full_state = None;
    }

    async fn serve(&mut self, commands: &mut mpsc::Receiver<Command>, registry: &Registry) {
        loop {
            self.submit();
            if self.is_over() {
                return;
            }
            let deadline = self.deadline();
            tokio::select! {
                answer = self.commit.answered() => self.on_answer(answer),
                command = commands.recv() => match command {
                    Some(command) => self.handle(command).await,
                    None => self.over = Some((CloseCode::Restarting, "the node stops")),
                },
                () = sleep_until(deadline) => self.on_deadline(),
            }
            if self.is_idle() && registry.remove_if_quiet(self.id, commands) {
                return;
            }
        }
    }

    async fn handle(&mut self, command: Command) {
        match command {
            Command::Join(joining, reply) => {
                let _ = reply.send(self.join(*joining));
            }
            Command::Leave(connection) => self.leave(connection),
            Command::SyncStep1(connection, state_vector) => {
                self.on_sync_step_1(connection, state_vector).await
            }
            Command::Document { connection, kind, update, summary } => {
                self.on_document(connection, kind, update, summary).await;
            }
            Command::TooLarge(connection) => self.on_too_large(connection),
            Command::Presence(connection, body) => self.on_presence(connection, &body),
            Command::QueryPresence(connection) => self.send_everyone(connection),
            Command::CatchUp(connection) => self.on_catch_up(connection).await,
            Command::ChangeRight(connection, right) => self.change_right(connection, right),
            Command::Participants(reply) => {
                let _ = reply.send(self.members.participants());
            }
            Command::Drain => self.drain(),
        }
    }

    fn drain(&mut self) {
        self.drain_until.get_or_insert_with(|| Instant::now() + self.shared.timing.drain);
        self.members.notify(&Notice::Restarting { retry_after_ms: 1000 });
    }

    fn deadline(&self) -> Instant {
        let is_quiet = self.members.is_empty() && self.is_settled();
        let idle = is_quiet.then(|| self.idle_since + self.shared.timing.idle);
        let stall = self.commit.stalls_at(self.shared.timing.stall).filter(|_| !self.stalled);
        let waits = [self.show_presence_at, self.commit.retry_at(), stall, self.drain_until, idle];
        // An hour: the task sleeps until something is sent to it.
        waits
            .into_iter()
            .flatten()
            .min()
            .unwrap_or_else(|| Instant::now() + std::time::Duration::from_secs(3600))
    }

    fn on_deadline(&mut self) {
        let now = Instant::now();
        if self.show_presence_at.is_some_and(|at| at <= now) {
            self.show_presence();
        }
        if self.commit.stalls_at(self.shared.timing.stall).is_some_and(|at| at <= now) {
            self.tell_stalled();
        }
    }

    /// Nobody has been here for a while, and nothing waits for the log. What is parked is in the log.
    fn is_idle(&self) -> bool {
        self.members.is_empty() && self.is_settled() && self.idle_since.elapsed() >= self.shared.timing.idle
    }

    pub(super) fn is_settled(&self) -> bool {
        self.queued.is_empty() && self.commit.is_idle() && self.gate.is_empty()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.drain_until.is_some()
    }

    fn is_over(&mut self) -> bool {
        if let Some(until) = self.drain_until
            && (self.is_settled() || until <= Instant::now())
        {
            self.over.get_or_insert((CloseCode::Restarting, "the node restarts"));
        }
        self.over.is_some()
    }
}

impl Drop for Room {
    /// However the task ends, by a defect too: nobody stays connected to a room that is not there.
    fn drop(&mut self) {
        let (code, reason) = self.over.unwrap_or((CloseCode::Restarting, "the room restarts"));
        self.members.close(code, reason);
        self.shared.metrics.rooms(-1);
    }
}

fn build(room: RoomId, stored: &Stored, metrics: &Metrics) -> Document {
    // A long log takes seconds; other rooms' tasks move to other threads meanwhile.
    tokio::task::block_in_place(|| load::build(room, stored, metrics))
}

/// Runs a room until it is idle, over, or its node drains. `registry` has its sender and loses it at the end.
pub(super) async fn run(
    id: RoomId,
    generation: Generation,
    shared: Arc<Shared>,
    registry: Arc<Registry>,
    mut commands: mpsc::Receiver<Command>,
) {
    let opened = Room::open(id, shared.clone()).await;
    let refusal = match opened {
        Ok(mut room) => {
            room.serve(&mut commands, &registry).await;
            tracing::info!(room = %id, "room {id} unloaded");
            None
        }
        Err(error) => {
            tracing::error!(room = %id, %error, "room {id} can't be loaded");
            Some(JoinRefused {
                code: CloseCode::Overloaded,
                reason: "the room can't be opened now; try again soon",
            })
        }
    };
    registry.remove(id, generation);
    commands.close();
    // Whoever came too late asks the registry again (the reply is dropped), or is refused when the room can't be opened.
    while let Some(command) = commands.recv().await {
        if let (Command::Join(_, reply), Some(refusal)) = (command, refusal.clone()) {
            let _ = reply.send(Err(refusal));
        }
    }
}

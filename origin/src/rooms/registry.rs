//! Which rooms this node has in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use meridian_shared::{close::CloseCode, ids::RoomId};
use tokio::sync::{mpsc, oneshot};

use super::{
    Command, JoinRefused, Joining, Participant,
    room::{self, Shared},
};

/// Commands that wait for a room. A full queue makes the senders' sockets wait, not the memory grow.
const QUEUE: usize = 256;

/// A way to a room's task.
pub type RoomHandle = mpsc::Sender<Command>;

/// The rooms in memory, by id. A room is inserted by the first who needs it and removed by its own task.
pub struct Registry {
    shared: Arc<Shared>,
    /// A std mutex: held for a look-up, never across an await.
    rooms: Mutex<Rooms>,
}

#[derive(Default)]
struct Rooms {
    by_id: HashMap<RoomId, (Generation, RoomHandle)>,
    next: Generation,
    /// Set by a drain: no room is opened any more.
    draining: bool,
}

/// Tells a room's task from its successor's.
pub(super) type Generation = u64;

impl Registry {
    /// No rooms yet.
    pub fn new(shared: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self { shared, rooms: Mutex::default() })
    }

    /// The room's task, started if need be. None when the node drains.
    fn open(self: &Arc<Self>, id: RoomId) -> Option<RoomHandle> {
        let mut rooms = self.lock();
        if rooms.draining {
            return None;
        }
        if let Some((_, handle)) = rooms.by_id.get(&id).filter(|(_, handle)| !handle.is_closed()) {
            return Some(handle.clone());
        }
        let (handle, commands) = mpsc::channel(QUEUE);
        let generation = rooms.next;
        rooms.next += 1;
        rooms.by_id.insert(id, (generation, handle.clone()));
        tokio::spawn(room::run(id, generation, self.shared.clone(), self.clone(), commands));
        Some(handle)
    }

    /// Enters a room, loading it if need be.
    pub async fn join(
        self: &Arc<Self>,
        id: RoomId,
        mut joining: impl FnMut() -> Joining,
    ) -> Result<RoomHandle, JoinRefused> {
        // A room that unloads at this very moment drops the reply; the next attempt opens it anew.
        for _ in 0..10 {
            let Some(handle) = self.open(id) else {
                return Err(JoinRefused { code: CloseCode::Restarting, reason: "the node restarts" });
            };
            let (reply, answer) = oneshot::channel();
            if handle.send(Command::Join(Box::new(joining()), reply)).await.is_err() {
                continue;
            }
            if let Ok(answer) = answer.await {
                return answer.map(|()| handle);
            }
        }
        Err(JoinRefused { code: CloseCode::Overloaded, reason: "the room is busy; try again soon" })
    }

    /// Who is in a room. A room that is not in memory has nobody.
    pub async fn participants(&self, id: RoomId) -> Vec<Participant> {
        let Some(handle) = self.get(id) else { return Vec::new() };
        let (reply, answer) = oneshot::channel();
        let _ = handle.send(Command::Participants(reply)).await;
        answer.await.unwrap_or_default()
    }

    /// Tells every room to commit what waits and to close, and waits until they have, at most `patience`. From then on nobody enters.
    pub async fn drain(&self, patience: Duration) {
        let handles: Vec<RoomHandle> = {
            let mut rooms = self.lock();
            rooms.draining = true;
            rooms.by_id.values().map(|(_, handle)| handle.clone()).collect()
        };
        let close = |handle: RoomHandle| async move {
            let _ = handle.send(Command::Drain).await;
            handle.closed().await;
        };
        if tokio::time::timeout(patience, join_all(handles.into_iter().map(close))).await.is_err() {
            tracing::warn!(
                "rooms were still committing after {patience:?}; what they held is not acknowledged"
            );
        }
    }

    fn get(&self, id: RoomId) -> Option<RoomHandle> {
        self.lock().by_id.get(&id).map(|(_, handle)| handle.clone())
    }

    /// Removes an idle room, unless somebody has just asked for it.
    pub(super) fn remove_if_quiet(&self, id: RoomId, commands: &mpsc::Receiver<Command>) -> bool {
        let mut rooms = self.lock();
        if !commands.is_empty() {
            return false;
        }
        rooms.by_id.remove(&id);
        true
    }

    /// Removes a room that ended, unless its successor is there already.
    pub(super) fn remove(&self, id: RoomId, generation: Generation) {
        let mut rooms = self.lock();
        if rooms.by_id.get(&id).is_some_and(|(current, _)| *current == generation) {
            rooms.by_id.remove(&id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

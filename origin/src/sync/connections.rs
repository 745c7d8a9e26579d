//! All connections of this node, so that a right that ends or changes reaches them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use meridian_shared::{event::Event, standing::Bearer};
use tokio::sync::Notify;

use crate::{metrics::Metrics, rooms::ConnectionId};

/// The connections by id.
#[derive(Default)]
pub struct Connections {
    next: AtomicU64,
    /// A std mutex: never held across an await.
    open: Mutex<HashMap<ConnectionId, (Bearer, Arc<Notify>)>>,
    /// Woken when a connection ends.
    ended: Notify,
    metrics: Arc<Metrics>,
}

/// A connection's place among all; dropped with the connection, it leaves.
pub struct Place {
    /// The connection.
    pub id: ConnectionId,
    /// Woken when its right is to be checked again.
    pub recheck: Arc<Notify>,
    all: Arc<Connections>,
}

impl Connections {
    /// None yet.
    pub fn new(metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { metrics, ..Self::default() })
    }

    /// Adds a connection.
    pub fn enter(self: &Arc<Self>, bearer: Bearer) -> Place {
        let id = ConnectionId(self.next.fetch_add(1, Relaxed));
        let recheck = Arc::new(Notify::new());
        self.lock().insert(id, (bearer, recheck.clone()));
        self.metrics.connections(1);
        Place { id, recheck, all: self.clone() }
    }

    /// Has the connections that an event is about check their right.
    pub fn announce(&self, event: &Event) {
        self.recheck(|bearer| match event {
            Event::SessionEnded { session } => bearer.session == *session,
            Event::UserErased { user } => bearer.user == *user,
            Event::MemberChanged { room, user } => bearer.room == *room && bearer.user == *user,
            Event::RoomChanged { room } | Event::RoomDeleted { room } => bearer.room == *room,
        });
    }

    /// Has every connection check its right: events were lost.
    pub fn announce_all(&self) {
        self.recheck(|_| true);
    }

    fn recheck(&self, concerns: impl Fn(&Bearer) -> bool) {
        for (bearer, recheck) in self.lock().values() {
            if concerns(bearer) {
                recheck.notify_one();
            }
        }
    }

    /// Waits until no connection is open, at most `patience`.
    pub async fn all_ended(&self, patience: Duration) {
        let none = async {
            loop {
                let ended = self.ended.notified();
                if self.lock().is_empty() {
                    return;
                }
                ended.await;
            }
        };
        let _ = tokio::time::timeout(patience, none).await;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, (Bearer, Arc<Notify>)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
        self.all.metrics.connections(-1);
        self.all.ended.notify_waiters();
    }
}

//! A bus inside the process.

use meridian_shared::event::Event;
use tokio::sync::broadcast;

/// How many events a subscriber may be behind before it loses the oldest. It is told so (`RecvError::Lagged`) and should then check its rights anew.
const CAPACITY: usize = 1024;

/// Events of the API for everyone in this process who subscribes. Clones are the same bus.
#[derive(Debug, Clone)]
pub struct LocalBus(broadcast::Sender<Event>);

impl LocalBus {
    /// A bus without subscribers.
    pub fn new() -> Self {
        Self(broadcast::Sender::new(CAPACITY))
    }

    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    /// Tells everyone who listens.
    pub fn publish(&self, event: Event) {
        // An error says that nobody listens, which is nobody's fault.
        let _ = self.0.send(event);
    }
}

impl Default for LocalBus {
    fn default() -> Self {
        Self::new()
    }
}

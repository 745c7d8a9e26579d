//! A memory that knows when rights changed, as Redis does.

use std::sync::Mutex;

use async_trait::async_trait;
use meridian_edge_api::{
    LocalMemory,
    ports::{Ask, Kept, SharedMemory, Told},
};
use meridian_shared::{event::Event, position::Position};

pub(crate) struct Knowing {
    memory: LocalMemory,
    /// What it answers whoever asks for changes of rights.
    pub(crate) changed: Mutex<Option<Position>>,
    /// The positions of the events that were published.
    pub(crate) noted: Mutex<Vec<(Event, Option<Position>)>>,
}

impl Knowing {
    pub(super) fn new(memory: LocalMemory) -> Self {
        Self { memory, changed: Mutex::default(), noted: Mutex::default() }
    }
}

#[async_trait]
impl SharedMemory for Knowing {
    async fn ask(&self, ask: Ask) -> Told {
        let changed = self.changed.lock().expect("no panic").filter(|_| !ask.rights.is_empty());
        Told { changed, ..self.memory.ask(ask).await }
    }

    async fn forget_attempts(&self, key: &str) {
        self.memory.forget_attempts(key).await;
    }

    async fn remember(&self, key: &str, value: &str, kept: Kept) {
        self.memory.remember(key, value, kept).await;
    }

    async fn forget(&self, key: &str) {
        self.memory.forget(key).await;
    }

    async fn publish(&self, event: Event, at: Option<Position>) {
        self.noted.lock().expect("no panic").push((event.clone(), at));
        self.memory.publish(event, at).await;
    }
}

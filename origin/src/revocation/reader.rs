//! Reads the notes of rights that ended or changed, so that none needs a message to reach its connections.
//!
//! Notes carry the time of the edge that made them. Its clock may be up to a minute off, and its batch may commit late, so each read covers more than a
//! minute, and what was read before is known by its id.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use meridian_shared::{
    event::Event,
    ids::UserId,
    revocation::{AT_MOST, Revocation},
    time::Millis,
};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{
    clock::now,
    rights::{Rights, RightsError},
    sync::connections::Connections,
};

/// How often the notes are read.
const EVERY: Duration = Duration::from_millis(500);
/// How far back a read looks from where the one before began, ms: a minute between clocks, and half a minute for a batch to commit.
const OVERLAP_MS: i64 = 90_000;
/// How often old notes are deleted.
const FORGET_EVERY: Duration = Duration::from_secs(600);
/// The most statements that one such time takes.
const FORGET_AT_MOST: usize = 100;
/// How many portions of notes one read takes in, and so how many ids are remembered.
const PORTIONS: usize = 20;
/// How long ago the last read may be until rights count as out of reach, ms.
const AWAY_MS: i64 = 10_000;

/// Erases who drew, in a log that the edge can't reach.
#[async_trait]
pub trait Eraser: Send + Sync {
    /// Erases a person. Done again, it changes nothing. False when it has to be tried again.
    async fn erase(&self, user: UserId) -> bool;
}

/// Reads notes and passes them on.
pub struct Reader {
    rights: Arc<dyn Rights>,
    connections: Arc<Connections>,
    eraser: Option<Arc<dyn Eraser>>,
    /// The notes of the last read: at most [`AT_MOST`] times [`PORTIONS`].
    seen: HashSet<String>,
    /// When the last read that was answered began.
    read_at: Millis,
    pulse: Arc<Pulse>,
}

/// When notes were last read.
#[derive(Debug)]
pub struct Pulse(AtomicI64);

impl Pulse {
    /// Whether the one who knows rights answers.
    pub fn is_alive(&self) -> bool {
        now().0 - self.0.load(Relaxed) < AWAY_MS
    }
}

impl Reader {
    /// Reads from `rights`, from `start` on. An `eraser` is needed where the log is the node's own.
    pub fn new(
        rights: Arc<dyn Rights>,
        connections: Arc<Connections>,
        eraser: Option<Arc<dyn Eraser>>,
        start: Millis,
    ) -> Self {
        let pulse = Arc::new(Pulse(AtomicI64::new(now().0)));
        Self { rights, connections, eraser, seen: HashSet::new(), read_at: start, pulse }
    }

    /// Tells whether reading works.
    pub fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }

    /// Reads for as long as the process lives.
    pub async fn run(mut self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut answered, mut forgotten) = (true, Instant::now());
        loop {
            ticks.tick().await;
            let read = self.read().await;
            if let Err(error) = &read
                && answered
            {
                tracing::warn!(%error, "ended rights can't be read; trying on");
            }
            answered = read.is_ok();
            if answered && forgotten.elapsed() > FORGET_EVERY {
                self.forget().await;
                forgotten = Instant::now();
            }
        }
    }

    /// Reads once.
    ///
    /// # Errors
    /// Nobody answers. What happened meanwhile is read later.
    pub async fn read(&mut self) -> Result<(), RightsError> {
        let begin = now();
        // After a time without answers the read goes back to where that began.
        let mut after = self.read_at.min(begin).plus(-OVERLAP_MS);
        let mut seen = HashSet::new();
        for _ in 0..PORTIONS {
            let notes = self.rights.revocations(after).await?;
            let last = notes.last().map(|note| note.at).filter(|_| notes.len() >= AT_MOST);
            for note in notes {
                let known = self.seen.contains(&note.id) || seen.contains(&note.id);
                if known || self.tell(&note).await {
                    seen.insert(note.id);
                }
            }
            self.read_at = last.unwrap_or(begin);
            match last {
                // Some of the same millisecond may come again.
                Some(at) => after = at.plus(-1),
                None => break,
            }
        }
        if self.read_at < begin {
            tracing::warn!("more rights ended or changed at once than are told apart: all are checked again");
            self.connections.announce_all();
        }
        self.seen = seen;
        self.pulse.0.store(now().0, Relaxed);
        Ok(())
    }

    /// Passes a note on. False when that has to be done again.
    async fn tell(&self, note: &Revocation) -> bool {
        let Some(event) = note.event() else { return true };
        self.connections.announce(&event);
        match (event, &self.eraser) {
            (Event::UserErased { user }, Some(eraser)) => eraser.erase(user).await,
            _ => true,
        }
    }

    /// Deletes old notes, in portions that hold no lock for long.
    async fn forget(&self) {
        for _ in 0..FORGET_AT_MOST {
            match self.rights.forget_revocations().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => return tracing::warn!(%error, "old notes of ended rights can't be deleted"),
            }
        }
    }
}

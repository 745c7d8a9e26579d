//! What waits to be written to one connection: bounded, filled by the room, drained by the connection's task.

use std::{collections::VecDeque, sync::Mutex};

use bytes::Bytes;
use meridian_shared::{close::CloseCode, protocol::message};
use tokio::sync::Notify;

/// The queue is full; the frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What a connection's task finds to do.
#[derive(Debug, Default)]
pub struct Batch {
    /// Frames to write, in order.
    pub frames: Vec<Bytes>,
    /// Everything was taken and the reader missed updates meanwhile: the room is to be asked for a catch-up (SYNC-8).
    pub caught_up: bool,
    /// Close after the frames.
    pub close: Option<(CloseCode, String)>,
}

/// The queue of one connection. Held by the room's member and by the connection's task; dropped with the later of the two.
pub struct Outbox {
    /// A std mutex: held for a push or a take, never across an await.
    queue: Mutex<Queue>,
    wake: Notify,
    /// LIM-11, bytes.
    limit: usize,
    /// Whether the client understands message types 110 and above (CONN-5).
    extended: bool,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// The newest *saved*; only the last one counts, so it takes no place in the queue.
    saved: Option<(u64, u64)>,
    behind: bool,
    close: Option<(CloseCode, String)>,
}

impl Outbox {
    /// A queue of at most `limit` bytes, for a client that understands message types 110 and above, or not.
    pub fn new(limit: usize, extended: bool) -> Self {
        Self { queue: Mutex::default(), wake: Notify::new(), limit, extended }
    }

    /// Queues a frame, or says that the reader does not keep up.
    pub fn push(&self, frame: Bytes) -> Result<(), Full> {
        {
            let mut queue = self.lock();
            // One frame always fits: a frame larger than the limit could not be sent otherwise.
            if queue.bytes > 0 && queue.bytes + frame.len() > self.limit {
                return Err(Full);
            }
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
        }
        self.wake.notify_one();
        Ok(())
    }

    /// Whether the client understands message types 110 and above (CONN-5).
    pub fn is_extended(&self) -> bool {
        self.extended
    }

    /// Replaces the *saved* that waits.
    pub fn saved(&self, seq: u64, count: u64) {
        if !self.extended {
            return;
        }
        self.lock().saved = Some((seq, count));
        self.wake.notify_one();
    }

    /// Notes that the reader misses updates: when it has taken what is queued it is to ask for a catch-up.
    pub fn mark_behind(&self) {
        self.lock().behind = true;
        self.wake.notify_one();
    }

    /// Closes after what is queued. The first reason stays.
    pub fn close(&self, code: CloseCode, reason: impl Into<String>) {
        self.lock().close.get_or_insert_with(|| (code, reason.into()));
        self.wake.notify_one();
    }

    /// Waits until there is something to take.
    pub async fn ready(&self) {
        self.wake.notified().await;
    }

    /// Takes up to about `max` bytes.
    pub fn take(&self, max: usize) -> Batch {
        let mut queue = self.lock();
        let mut batch = Batch::default();
        let mut taken = 0;
        while taken < max {
            let Some(frame) = queue.frames.pop_front() else { break };
            taken += frame.len();
            batch.frames.push(frame);
        }
        queue.bytes -= taken;
        if queue.frames.is_empty() {
            if let Some((seq, count)) = queue.saved.take() {
                batch.frames.push(message::saved(seq, count));
            }
            batch.caught_up = std::mem::take(&mut queue.behind);
            batch.close = queue.close.clone();
        } else {
            self.wake.notify_one();
        }
        batch
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        // No code that can panic runs under the lock.
        self.queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lim_11_the_queue_is_bounded_and_says_when_it_is_empty_again() {
        let outbox = Outbox::new(10, true);
        assert_eq!(outbox.push(Bytes::from_static(&[0; 8])), Ok(()));
        assert_eq!(outbox.push(Bytes::from_static(&[0; 8])), Err(Full));
        outbox.mark_behind();
        let batch = outbox.take(1000);
        assert!(batch.caught_up && batch.frames.len() == 1);
        assert!(!outbox.take(1000).caught_up);
        assert_eq!(outbox.push(Bytes::from(vec![0; 80])), Ok(()), "one frame always fits");
    }

    #[test]
    fn only_the_last_saved_is_sent_and_the_close_comes_last() {
        let outbox = Outbox::new(100, true);
        outbox.saved(1, 1);
        outbox.saved(2, 3);
        outbox.push(Bytes::from_static(&[7])).unwrap();
        outbox.close(CloseCode::Restarting, "first");
        outbox.close(CloseCode::Overloaded, "second");
        let batch = outbox.take(1000);
        assert_eq!(batch.frames, [Bytes::from_static(&[7]), message::saved(2, 3)]);
        assert_eq!(batch.close, Some((CloseCode::Restarting, "first".into())));
    }
}

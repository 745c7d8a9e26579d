//! Group commit: while one transaction commits, the appends of all rooms gather for the next (invariant 1 made cheap).

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};

use super::{Append, Appended, Log, LogError};
use crate::metrics::Metrics;

/// The most a transaction carries. Keeps commit latency and memory bounded when thousands of rooms write.
const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;
const MAX_BATCH_APPENDS: usize = 1024;
/// How long a transaction may take before its fate counts as unknown.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);

struct Submission {
    append: Append,
    reply: oneshot::Sender<(Append, Result<Appended, LogError>)>,
}

/// The handle by which rooms submit appends. The writing task ends when the last handle is dropped.
#[derive(Clone)]
pub struct LogWriter {
    /// Not bounded by itself: each room has one submission under way, and the room is bounded.
    submissions: mpsc::UnboundedSender<Submission>,
}

/// The answer to a submission: the append itself, to be submitted again if its fate is unknown, and what became of it.
pub type Submitted = oneshot::Receiver<(Append, Result<Appended, LogError>)>;

impl LogWriter {
    /// Starts the writing task over a log.
    pub fn start(log: Arc<dyn Log>, metrics: Arc<Metrics>) -> Self {
        let (submissions, receiver) = mpsc::unbounded_channel();
        tokio::spawn(run(log, receiver, metrics));
        Self { submissions }
    }

    /// Hands an append to the next transaction. A room has one submission under way at a time, so that its order is the log's.
    pub fn submit(&self, append: Append) -> Submitted {
        let (reply, answer) = oneshot::channel();
        // The task outlives every handle; a failed send would drop `reply`, which the room sees as an unknown fate.
        let _ = self.submissions.send(Submission { append, reply });
        answer
    }
}

async fn run(log: Arc<dyn Log>, mut receiver: mpsc::UnboundedReceiver<Submission>, metrics: Arc<Metrics>) {
    while let Some(first) = receiver.recv().await {
        let (batch, replies) = gather(first, &mut receiver);
        let rows: usize = batch.iter().map(|append| append.entries.len()).sum();
        let result = match tokio::time::timeout(COMMIT_TIMEOUT, log.append(&batch)).await {
            Ok(result) => result,
            Err(_) => Err(LogError::Unavailable(format!("no answer to a commit in {COMMIT_TIMEOUT:?}"))),
        };
        match &result {
            Ok(_) => metrics.committed(rows),
            Err(error) => {
                metrics.commit_failed();
                tracing::warn!(rooms = batch.len(), rows, %error, "commit failed");
            }
        }
        answer(batch, replies, result);
    }
}

type Replies = Vec<oneshot::Sender<(Append, Result<Appended, LogError>)>>;

fn gather(first: Submission, receiver: &mut mpsc::UnboundedReceiver<Submission>) -> (Vec<Append>, Replies) {
    let (mut batch, mut replies, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut next = Some(first);
    while let Some(Submission { append, reply }) = next {
        bytes += append.entries.iter().map(|entry| entry.payload.len()).sum::<usize>();
        batch.push(append);
        replies.push(reply);
        let full = bytes >= MAX_BATCH_BYTES || batch.len() >= MAX_BATCH_APPENDS;
        next = if full { None } else { receiver.try_recv().ok() };
    }
    (batch, replies)
}

fn answer(batch: Vec<Append>, replies: Replies, result: Result<Vec<Appended>, LogError>) {
    for (i, (append, reply)) in batch.into_iter().zip(replies).enumerate() {
        let one = match &result {
            Ok(appended) => appended
                .get(i)
                .copied()
                .ok_or_else(|| LogError::Defective("an append without an answer".into())),
            Err(error) => Err(error.clone()),
        };
        // A room that is gone does not need its answer.
        let _ = reply.send((append, one));
    }
}

//! How edges learn that this node lives: it says so again and again on every board, and takes its names down before it drains.

mod redis;
mod table;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use meridian_shared::region::Node;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};

pub use redis::RedisBoard;
pub use table::TableBoard;

/// How long taking a name down may keep a stopping node.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why a name is not on a board.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// Another node of the same name lives.
    #[error("another node of this name was seen a moment ago at {0}")]
    Taken(String),
    /// The board can't be reached. The text is for the log.
    #[error("{0}")]
    Unavailable(String),
}

/// A place where edges look for nodes. Implementations: [`RedisBoard`], [`TableBoard`].
#[async_trait]
pub trait Board: Send + Sync {
    /// What it is, for the log.
    fn name(&self) -> &'static str;
    /// How often a node says that it lives. What it said holds for at least three times as long.
    fn every(&self) -> Duration;
    /// Says that the node lives.
    async fn announce(&self, node: &Node) -> Result<(), BoardError>;
    /// Says that it does not.
    async fn withdraw(&self, node: &Node) -> Result<(), BoardError>;
}

/// A node that says that it lives.
pub struct Announcer {
    node: Arc<Node>,
    boards: Vec<Arc<dyn Board>>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Announcer {
    /// Announces the node for the first time, and then again and again.
    ///
    /// # Errors
    /// Another node of the same name lives. A board that can't be reached is tried again later.
    pub async fn start(node: Node, boards: Vec<Arc<dyn Board>>) -> Result<Self, BoardError> {
        for board in &boards {
            match board.announce(&node).await {
                Err(error @ BoardError::Taken(_)) => return Err(error),
                Err(error) => tracing::warn!(board = board.name(), %error, "not announced yet"),
                Ok(()) => {}
            }
        }
        let (node, stop) = (Arc::new(node), watch::Sender::new(false));
        let again =
            |board: &Arc<dyn Board>| tokio::spawn(repeat(node.clone(), board.clone(), stop.subscribe()));
        let tasks = boards.iter().map(again).collect();
        Ok(Self { node, boards, stop, tasks })
    }

    /// Takes the name down everywhere: no edge sends anyone here from now on.
    pub async fn withdraw(self) {
        // What is under way ends first: it could put the name back after it was taken down.
        self.stop.send_replace(true);
        for task in self.tasks {
            let _ = timeout(GOODBYE, task).await;
        }
        for board in self.boards {
            match timeout(GOODBYE, board.withdraw(&self.node)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(board = board.name(), %error, "the name stays until it expires")
                }
                Err(_) => tracing::warn!(board = board.name(), "the name stays until it expires: no answer"),
            }
        }
    }
}

async fn repeat(node: Arc<Node>, board: Arc<dyn Board>, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(board.every());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut announced = true;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let result = board.announce(&node).await;
        match &result {
            Err(error @ BoardError::Taken(_)) => {
                tracing::error!(board = board.name(), %error, "two nodes have the same NODE_ID: stop one");
            }
            Err(error) if announced => tracing::warn!(board = board.name(), %error, "not announced"),
            Ok(()) if !announced => tracing::info!(board = board.name(), "announced again"),
            _ => {}
        }
        announced = result.is_ok();
    }
}

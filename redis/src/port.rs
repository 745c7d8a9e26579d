//! The port: who runs commands.

use async_trait::async_trait;

use crate::{Command, RedisError, Reply};

/// Runs commands on one Redis. Every call ends: an implementation has a time limit of its own.
#[async_trait]
pub trait Redis: Send + Sync {
    /// Runs one command.
    async fn run(&self, command: Command) -> Result<Reply, RedisError>;

    /// Runs commands in order, each for itself: others' commands may come between. An outer error says that none has an answer.
    ///
    /// One by one unless an implementation knows better. When Redis goes away in between, the rest is not tried.
    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, RedisError>>, RedisError> {
        let mut replies = Vec::with_capacity(commands.len());
        let mut gone = None;
        for command in commands {
            let reply = match &gone {
                Some(error) => Err(RedisError::clone(error)),
                None => self.run(command).await,
            };
            if let Err(error @ RedisError::Unavailable(_)) = &reply {
                gone = Some(error.clone());
            }
            replies.push(reply);
        }
        Ok(replies)
    }

    /// Runs commands as one (`MULTI` … `EXEC`): nobody's come between. A command that fails while it runs does not undo the others; its error is then the answer.
    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Reply>, RedisError>;
}

#[async_trait]
impl<R: Redis + ?Sized> Redis for std::sync::Arc<R> {
    async fn run(&self, command: Command) -> Result<Reply, RedisError> {
        (**self).run(command).await
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, RedisError>>, RedisError> {
        (**self).pipeline(commands).await
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Reply>, RedisError> {
        (**self).transaction(commands).await
    }
}

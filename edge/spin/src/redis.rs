//! [`meridian_redis::Redis`] on `spin:redis`.
//!
//! Spin flattens answers: an array in an array is lost, and an array of one element looks like that element. So a script's answer travels as JSON, and is told
//! exactly; of any other command a single value is told as itself, and a caller that expects several must take one too.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use meridian_redis::{Arg, Command, Redis, RedisError, Reply};
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::{evaluation, limit::timeout};

/// How long a command may take, connecting included.
const PATIENCE: Duration = Duration::from_millis(500);

/// A Redis server.
pub(crate) struct SpinRedis {
    address: String,
    /// Many commands may be under way on it. Locked for a look, never across an await.
    connection: Mutex<Option<Arc<Connection>>>,
}

impl SpinRedis {
    /// Connects when it is first needed.
    pub(crate) fn new(address: String) -> Self {
        Self { address, connection: Mutex::default() }
    }

    fn open(&self) -> MutexGuard<'_, Option<Arc<Connection>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connect(&self) -> Result<Arc<Connection>, RedisError> {
        Connection::open(&self.address).await.map(Arc::new).map_err(failure)
    }

    async fn shared(&self) -> Result<Arc<Connection>, RedisError> {
        let open = self.open().clone();
        match open {
            Some(connection) => Ok(connection),
            None => {
                let connection = self.connect().await?;
                *self.open() = Some(connection.clone());
                Ok(connection)
            }
        }
    }

    /// The work's result in time. A connection that failed is not used again.
    async fn within<T>(&self, work: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
        let late = || Err(RedisError::Unavailable(format!("no answer within {} ms", PATIENCE.as_millis())));
        let done = timeout(PATIENCE, work).await.unwrap_or_else(late);
        if matches!(done, Err(RedisError::Unavailable(_))) {
            *self.open() = None;
        }
        done
    }
}

#[async_trait]
impl Redis for SpinRedis {
    async fn run(&self, command: Command) -> Result<Reply, RedisError> {
        let script = evaluation::wrapped(&command);
        let answer =
            self.within(async { execute(&*self.shared().await?, script.as_ref().unwrap_or(&command)).await });
        let answer = reply(answer.await?);
        if script.is_some() { evaluation::unwrapped(&answer) } else { Ok(answer) }
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Reply>, RedisError> {
        self.within(async {
            // A connection of its own: what others send meanwhile must not become part of it.
            let connection = self.connect().await?;
            execute(&connection, &Command::new("MULTI")).await?;
            for command in &commands {
                execute(&connection, command).await?;
            }
            let replies: Vec<_> =
                execute(&connection, &Command::new("EXEC")).await?.into_iter().map(single).collect();
            if replies.len() != commands.len() {
                return Err(RedisError::Protocol(
                    "Spin can't tell apart the answers of this transaction".into(),
                ));
            }
            Ok(replies)
        })
        .await
    }
}

async fn execute(connection: &Connection, command: &Command) -> Result<Vec<RedisResult>, RedisError> {
    let arguments = command.parts().iter().skip(1).map(|arg| match arg {
        Arg::Text(text) => RedisParameter::Binary(text.as_bytes().to_vec()),
        Arg::Int(number) => RedisParameter::Int64(*number),
        Arg::Bytes(bytes) => RedisParameter::Binary(bytes.clone()),
    });
    connection.execute(command.name(), arguments.collect::<Vec<_>>()).await.map_err(failure)
}

fn reply(mut results: Vec<RedisResult>) -> Reply {
    match results.pop() {
        Some(only) if results.is_empty() => single(only),
        Some(last) => {
            results.push(last);
            Reply::Array(results.into_iter().map(single).collect())
        }
        None => Reply::Array(Vec::new()),
    }
}

fn single(result: RedisResult) -> Reply {
    match result {
        RedisResult::Nil => Reply::Nil,
        RedisResult::Status(text) => Reply::Text(text),
        RedisResult::Int64(number) => Reply::Int(number),
        RedisResult::Binary(bytes) => Reply::string(bytes),
    }
}

/// Spin passes on the driver's sentence; what Redis itself said begins with its word in capitals (`WRONGTYPE`, `ERR`), behind the driver's own.
fn failure(error: Error) -> RedisError {
    match error {
        Error::InvalidAddress => RedisError::Unavailable(
            "REDIS_URL is no address that allowed_outbound_hosts in spin.toml allows".into(),
        ),
        Error::TooManyConnections => RedisError::Unavailable("too many connections".into()),
        Error::TypeError => RedisError::Refused("WRONGTYPE".into()),
        Error::Other(sentence) if is_servers(&sentence) => RedisError::Refused(sentence),
        Error::Other(sentence) => RedisError::Unavailable(sentence),
    }
}

fn is_servers(sentence: &str) -> bool {
    let said = ["signalled by the server", "ResponseError", "Server error"]
        .iter()
        .any(|words| sentence.contains(words));
    // A server that starts or is replaced says so, and is as good as away.
    said && !["LOADING", "MASTERDOWN", "READONLY", "BusyLoading", "MasterDown", "ReadOnly"]
        .iter()
        .any(|word| sentence.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_itself_and_several_are_an_array() {
        assert_eq!(reply(vec![RedisResult::Nil]), Reply::Nil);
        assert_eq!(reply(vec![RedisResult::Status("OK".into())]), Reply::Text("OK".into()));
        assert_eq!(reply(vec![RedisResult::Binary(vec![0xff])]), Reply::Bytes(vec![0xff]));
        let two = reply(vec![RedisResult::Int64(1), RedisResult::Binary(b"a".to_vec())]);
        assert_eq!(two, Reply::Array(vec![Reply::Int(1), Reply::Text("a".into())]));
        assert_eq!(reply(vec![]), Reply::Array(vec![]));
    }

    #[test]
    fn what_the_server_refused_is_no_outage() {
        let of = |text: &str| failure(Error::Other(text.into()));
        let refused = of("An error was signalled by the server - ResponseError: wrong number of arguments");
        assert!(matches!(refused, RedisError::Refused(_)));
        for text in [
            "Connection refused (os error 111)",
            "An error was signalled by the server - BusyLoading: LOADING",
        ] {
            assert!(matches!(of(text), RedisError::Unavailable(_)), "{text}");
        }
    }
}

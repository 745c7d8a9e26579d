//! One multiplexed connection that comes back by itself.

use std::{
    fmt,
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use redis::{
    Client, ErrorKind, IntoConnectionInfo, Pipeline, RedisResult, Value,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
};
use tokio::time::timeout;

use super::{choose_cryptography, convert, subscription::Subscription};
use crate::{Command, Redis, RedisError, Reply};

/// How long a call may take, connecting included, unless said otherwise.
const PATIENCE: Duration = Duration::from_millis(400);
/// A peer that acknowledges nothing for this long is gone: its machine may have died without a word.
const SILENCE: Duration = Duration::from_secs(5);

/// Redis over RESP.
///
/// All calls share one connection. When it breaks, the next call starts another; a [repeatable](Command::repeatable) command that met the break is sent again. Every call
/// ends within the patience (400 ms), whatever Redis does.
pub struct NativeRedis {
    client: Client,
    manager: Mutex<ConnectionManager>,
    patience: Duration,
}

impl NativeRedis {
    /// A client of `redis://[user:password@]host[:port][/number]`, or `rediss://` over TLS with the system's root certificates. Connects at the first call.
    ///
    /// # Errors
    /// The URL is none of these.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Self::with_patience(url, PATIENCE)
    }

    /// As [`NativeRedis::new`], with another limit of time for a call.
    ///
    /// # Errors
    /// As [`NativeRedis::new`].
    ///
    /// # Panics
    /// As [`NativeRedis::new`].
    pub fn with_patience(url: &str, patience: Duration) -> Result<Self, RedisError> {
        choose_cryptography();
        // The URL may hold a password, so errors about it are not shown.
        let invalid = |_| RedisError::Protocol("the URL must be redis://HOST or rediss://HOST".into());
        let keepalive = TcpKeepalive::new().with_time(SILENCE).with_interval(Duration::from_secs(1));
        let tcp = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(SILENCE);
        let info = url.into_connection_info().map_err(invalid)?.set_tcp_settings(tcp);
        let client = Client::open(info).map_err(invalid)?;
        let manager = Mutex::new(manage(&client, patience)?);
        Ok(Self { client, manager, patience })
    }

    /// Messages of a channel, from now on. Returns when it listens, or after a first attempt in vain: it goes on by itself.
    pub async fn subscribe(&self, channel: &str) -> Subscription {
        Subscription::start(self.client.clone(), channel.to_owned()).await
    }

    /// As [`Redis::transaction`], with the answer of each command for itself. An outer error says that nothing was executed, or that nobody knows.
    ///
    /// # Errors
    /// As [`Redis::transaction`].
    pub async fn transaction_each(
        &self,
        commands: &[Command],
    ) -> Result<Vec<Result<Reply, RedisError>>, RedisError> {
        if commands.is_empty() {
            return Ok(vec![]);
        }
        let results = self.send_all(commands, pipeline(commands).atomic()).await?;
        Ok(results.into_iter().map(answer).collect())
    }

    fn manager(&self) -> ConnectionManager {
        self.manager.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The manager comes back from broken connections, but not from a server that refused the first words on a new one (a password, a database): it is replaced then.
    fn replace_manager(&self) {
        if let Ok(fresh) = manage(&self.client, self.patience) {
            *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }

    /// Tries once, or, when the connection was found broken and `repeatable` says so, twice.
    async fn send<T, F>(
        &self,
        repeatable: bool,
        attempt: impl Fn(ConnectionManager) -> F,
    ) -> Result<T, RedisError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let work = async {
            match attempt(self.manager()).await {
                Err(error) if repeatable && error.is_connection_dropped() => attempt(self.manager()).await,
                other => other,
            }
        };
        match timeout(self.patience, work).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                if matches!(error.kind(), ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig) {
                    self.replace_manager();
                }
                Err(convert::error(error))
            }
            Err(_) => {
                Err(RedisError::Unavailable(format!("no answer within {} ms", self.patience.as_millis())))
            }
        }
    }

    async fn send_all(
        &self,
        commands: &[Command],
        pipeline: &Pipeline,
    ) -> Result<Vec<RedisResult<Value>>, RedisError> {
        let repeatable = commands.iter().all(Command::is_repeatable);
        self.send(repeatable, |mut manager| async move { pipeline.query_async(&mut manager).await }).await
    }
}

fn manage(client: &Client, patience: Duration) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        // Callers come again; waiting between attempts is theirs to decide.
        .set_number_of_retries(0)
        .set_connection_timeout(Some(patience))
        .set_response_timeout(Some(patience));
    ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(convert::error)
}

fn pipeline(commands: &[Command]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command(convert::command(command));
    }
    pipeline.ignore_errors();
    pipeline
}

fn answer(result: RedisResult<Value>) -> Result<Reply, RedisError> {
    result.map_err(convert::error).and_then(convert::reply)
}

#[async_trait]
impl Redis for NativeRedis {
    async fn run(&self, command: Command) -> Result<Reply, RedisError> {
        let cmd = convert::command(&command);
        let cmd = &cmd;
        let attempt = |mut manager: ConnectionManager| async move { manager.send_packed_command(cmd).await };
        convert::reply(self.send(command.is_repeatable(), attempt).await?)
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply, RedisError>>, RedisError> {
        if commands.is_empty() {
            return Ok(vec![]);
        }
        let results = self.send_all(&commands, &pipeline(&commands)).await?;
        Ok(results.into_iter().map(answer).collect())
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Reply>, RedisError> {
        self.transaction_each(&commands).await?.into_iter().collect()
    }
}

/// The host only: the URL may hold a password.
impl fmt::Debug for NativeRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NativeRedis({})", self.client.get_connection_info().addr())
    }
}

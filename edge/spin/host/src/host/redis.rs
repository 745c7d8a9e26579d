//! `spin:redis`: one connection for each that a component opens. Answers are flattened, as Spin does: an array in an array is lost.

use redis::{Value, aio::MultiplexedConnection};
use wasmtime::component::{Accessor, Resource};

use crate::{
    bindings::redis::redis::{
        Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
    },
    instance::{Instance, Spin},
};

/// An open connection.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct Connection(MultiplexedConnection);

impl Host for Instance {}

impl HostConnection for Instance {
    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for Spin {
    async fn open(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let Ok(client) = redis::Client::open(address.as_str()) else { return Ok(Err(Error::InvalidAddress)) };
        let rights = accessor.with(|mut access| access.get().rights.clone());
        let redis::ConnectionAddr::Tcp(host, port) = client.get_connection_info().addr() else {
            return Ok(Err(Error::InvalidAddress));
        };
        if !rights.outbound.allow("redis", host, *port) {
            return Ok(Err(Error::InvalidAddress));
        }
        match client.get_multiplexed_async_connection().await {
            Ok(connection) => {
                accessor.with(|mut access| Ok(Ok(access.get().table.push(Connection(connection))?)))
            }
            Err(error) => Ok(Err(Error::Other(error.to_string()))),
        }
    }

    async fn execute(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> wasmtime::Result<Result<Vec<RedisResult>, Error>> {
        let connection = accessor.with(|mut access| access.get().table.get(&connection).map(|c| c.0.clone()));
        let mut connection = connection?;
        let mut command = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        let answer = command.query_async::<Value>(&mut connection).await;
        Ok(answer.map_err(|e| Error::Other(e.to_string())).and_then(|value| {
            let mut results = Vec::new();
            flatten(value, &mut results)?;
            Ok(results)
        }))
    }
}

fn flatten(value: Value, results: &mut Vec<RedisResult>) -> Result<(), Error> {
    results.push(match value {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".to_owned()),
        Value::Array(items) => return items.into_iter().try_for_each(|item| flatten(item, results)),
        Value::ServerError(error) => return Err(Error::Other(format!("{error:?}"))),
        other => return Err(Error::Other(format!("Could not convert Redis response {other:?}"))),
    });
    Ok(())
}

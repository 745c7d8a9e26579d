//! `spin:sqlite`: a connection of its own to the database's file for each that a component opens. Errors are sentences, as Spin passes them on.

use std::{sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Either, Executor, Row as _, SqliteConnection, TypeInfo,
    ValueRef,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use tokio::sync::Mutex;
use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::{
    bindings::sqlite::sqlite::{Error, Host, HostConnection, HostConnectionWithStore, RowResult, Value},
    instance::{Instance, Spin},
};

/// Spin's own.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open connection, and what its newest statement changed.
#[expect(unreachable_pub, reason = "the bindings re-export it")]
pub struct Connection(Arc<Mutex<(SqliteConnection, u64)>>);

type Rows = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

impl Host for Instance {}

impl HostConnection for Instance {
    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

impl<T: Send> HostConnectionWithStore<T> for Spin {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let rights = accessor.with(|mut access| access.get().rights.clone());
        let Some(file) = rights.sqlite.get(&database) else { return Ok(Err(Error::AccessDenied)) };
        let options = SqliteConnectOptions::new().filename(file).create_if_missing(true).foreign_keys(false);
        match options.busy_timeout(BUSY_TIMEOUT).connect().await {
            Ok(connection) => {
                let connection = Connection(Arc::new(Mutex::new((connection, 0))));
                accessor.with(|mut access| Ok(Ok(access.get().table.push(connection)?)))
            }
            Err(error) => Ok(Err(failure(&error))),
        }
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<Rows, Error>> {
        let connection = get(accessor, &connection)?;
        let done = execute(&mut *connection.lock().await, statement, parameters).await;
        let (columns, rows) = match done {
            Ok(done) => done,
            Err(error) => return Ok(Err(failure(&error))),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let end = FutureReader::new(&mut access, async { Ok::<_, wasmtime::Error>(Ok(())) })?;
            Ok(Ok((columns, rows, end)))
        })
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        Ok(get(accessor, &connection)?.lock().await.1)
    }
}

fn get<T: Send>(
    accessor: &Accessor<T, Spin>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<Arc<Mutex<(SqliteConnection, u64)>>> {
    Ok(accessor.with(|mut access| access.get().table.get(connection).map(|c| c.0.clone()))?)
}

async fn execute(
    (connection, changes): &mut (SqliteConnection, u64),
    statement: String,
    parameters: Vec<Value>,
) -> Result<(Vec<String>, Vec<RowResult>), sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for value in parameters {
        query = match value {
            Value::Integer(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Blob(value) => query.bind(value),
            Value::Null => query.bind(None::<i64>),
        };
    }
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let mut stream = connection.fetch_many(query);
    while let Some(item) = stream.try_next().await? {
        match item {
            Either::Left(done) => *changes = done.rows_affected(),
            Either::Right(row) => {
                if rows.is_empty() {
                    columns = row.columns().iter().map(|c| c.name().to_owned()).collect();
                }
                rows.push(RowResult { values: values(&row)? });
            }
        }
    }
    Ok((columns, rows))
}

fn values(row: &SqliteRow) -> Result<Vec<Value>, sqlx::Error> {
    let value = |i: usize| {
        let raw = row.try_get_raw(i)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        match raw.type_info().name() {
            "INTEGER" | "BOOLEAN" => row.try_get_unchecked(i).map(Value::Integer),
            "REAL" => row.try_get_unchecked(i).map(Value::Real),
            "BLOB" => row.try_get_unchecked(i).map(Value::Blob),
            _ => row.try_get_unchecked(i).map(Value::Text),
        }
    };
    (0..row.len()).map(value).collect()
}

/// SQLite's own words, where it said them.
fn failure(error: &sqlx::Error) -> Error {
    Error::Io(error.as_database_error().map_or_else(|| error.to_string(), |e| e.message().to_owned()))
}

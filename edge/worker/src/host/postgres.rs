//! The Database port on Postgres, through Hyperdrive: a pool in transaction mode, so nothing outlives a transaction on the server, and no statement has a name.
//!
//! Everything of one call is sent at once: a statement costs one round trip, and so does a batch.

use std::{cell::RefCell, error::Error as _, fmt, rc::Rc, str::FromStr, time::Duration};

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::{
    FutureExt, TryStreamExt,
    future::{RemoteHandle, join_all, join3},
    pin_mut,
};
use meridian_shared::{
    database::{Database, DbError, Outcome, Row, Statement, Value},
    sql,
};
use tokio::sync::OnceCell;
use tokio_postgres::{
    Client, Config, NoTls,
    config::SslMode,
    types::{IsNull, ToSql, Type, to_sql_checked},
};
use worker::{Hyperdrive, send::SendFuture, wasm_bindgen_futures::spawn_local};

use super::{
    limit::{timeout, within},
    request,
};

/// How often a batch that lost against others (serialization failure, deadlock) is tried in all.
const ATTEMPTS: usize = 4;
/// How long a connection may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// A Postgres behind a Hyperdrive binding.
pub(crate) struct Postgres {
    name: String,
    hyperdrive: Hyperdrive,
    /// How long a call may take.
    limit: Duration,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({})", self.name)
    }
}

impl Postgres {
    pub(crate) fn new(name: &str, hyperdrive: Hyperdrive, limit: Duration) -> Self {
        Self { name: name.to_owned(), hyperdrive, limit }
    }

    /// Calls with the request's connection.
    async fn call<T>(
        &self,
        call: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, DbError> {
        let held = request::current().ok_or_else(|| DbError::Other("no request runs".into()))?;
        let connection = held.connection(&self.name);
        let work = async {
            let client = connection.client(&self.hyperdrive).await?;
            call(client).await.map_err(db_error)
        };
        within(self.limit, work).await?
    }

    async fn transact(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DbError> {
        // Reads of one batch see one snapshot; a batch that writes locks what it changes.
        let begin = if statements.iter().all(|s| sql::is_read(s.sql)) {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        } else {
            "BEGIN"
        };
        self.call(async |client| {
            let mut left = ATTEMPTS;
            loop {
                left -= 1;
                // Sent in this order, without waiting. After a statement that fails the server refuses the others, and COMMIT rolls back.
                let outcomes = join_all(statements.iter().map(|statement| execute(client, statement)));
                let (begun, outcomes, committed) =
                    join3(client.batch_execute(begin), outcomes, client.batch_execute("COMMIT")).await;
                let outcomes: Result<Vec<_>, _> = outcomes.into_iter().collect();
                match begun.and(outcomes).and_then(|outcomes| committed.map(|()| outcomes)) {
                    Err(error) if left > 0 && is_retryable(&error) => {
                        tracing::debug!(%error, left, "batch lost against another, trying again");
                    }
                    result => return result,
                }
            }
        })
        .await
    }
}

#[async_trait]
impl Database for Postgres {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        SendFuture::new(self.call(async |client| execute(client, &statement).await)).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        SendFuture::new(self.transact(&statements)).await
    }
}

/// A connection that is made when it is first needed.
#[derive(Default)]
pub(crate) struct Connection {
    client: OnceCell<Client>,
    /// Ready when the connection has ended.
    ended: RefCell<Option<RemoteHandle<()>>>,
}

impl Connection {
    async fn client(&self, hyperdrive: &Hyperdrive) -> Result<&Client, DbError> {
        self.client.get_or_try_init(|| self.connect(hyperdrive)).await
    }

    async fn connect(&self, hyperdrive: &Hyperdrive) -> Result<Client, DbError> {
        let unavailable = |e: worker::Error| DbError::Unavailable(format!("Hyperdrive: {e}"));
        let mut config = Config::from_str(&hyperdrive.connection_string())
            .map_err(|_| DbError::Other("Hyperdrive gave an unusable connection string".into()))?;
        // Hyperdrive speaks TLS to the server; up to there nothing leaves Cloudflare.
        config.ssl_mode(SslMode::Disable).application_name("meridian-edge");
        let socket = hyperdrive.connect().map_err(unavailable)?;
        let (client, connection) = config.connect_raw(socket, NoTls).await.map_err(db_error)?;
        let (task, ended) = connection
            .map(|result| {
                if let Err(error) = result {
                    tracing::warn!(%error, "a connection to the database broke");
                }
            })
            .remote_handle();
        self.ended.replace(Some(ended));
        spawn_local(task);
        Ok(client)
    }

    /// Says goodbye and waits for the end.
    pub(crate) async fn close(self: Rc<Self>) {
        let ended = self.ended.take();
        // Ends the connection's task, which sends Terminate. Nobody else is left: the request is over.
        drop(Rc::into_inner(self));
        if let Some(ended) = ended
            && timeout(CLOSING, ended).await.is_none()
        {
            tracing::warn!("a connection to the database did not close");
        }
    }
}

/// One round trip: the unnamed statement is parsed, bound and run in one message.
async fn execute(client: &Client, statement: &Statement) -> Result<Outcome, tokio_postgres::Error> {
    let params = statement.params.iter().map(|value| (Param(value), type_of(value)));
    let stream = client.query_typed_raw(statement.sql, params).await?;
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(values(&row)?);
    }
    let affected = if sql::is_read(statement.sql) { 0 } else { stream.rows_affected().unwrap_or(0) };
    Ok(Outcome { rows, affected })
}

/// A parameter. NULL takes the type of its place, which the server infers.
#[derive(Debug)]
struct Param<'a>(&'a Value);

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Text(_) => Type::TEXT,
        Value::Int(_) => Type::INT8,
        Value::Bytes(_) => Type::BYTEA,
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Text(text) => text.as_str().to_sql(ty, out),
            Value::Int(int) => int.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.as_slice().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn values(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let value = |i: usize| {
        Ok(match *row.columns()[i].type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(i)?.map(Value::Int),
            Type::INT4 => row.try_get::<_, Option<i32>>(i)?.map(|v| Value::Int(v.into())),
            Type::INT2 => row.try_get::<_, Option<i16>>(i)?.map(|v| Value::Int(v.into())),
            Type::BOOL => row.try_get::<_, Option<bool>>(i)?.map(|v| Value::Int(v.into())),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(i)?.map(Value::Bytes),
            Type::VOID => None,
            // Text of any kind; anything else is an error that names the column.
            _ => row.try_get::<_, Option<String>>(i)?.map(Value::Text),
        }
        .unwrap_or(Value::Null))
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

fn is_retryable(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| sql::is_postgres_retryable(code.code()))
}

fn db_error(error: tokio_postgres::Error) -> DbError {
    if let Some(e) = error.as_db_error() {
        return sql::postgres_error(e.code().code(), e.constraint(), e.message());
    }
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    let text = format!("{error}{cause}");
    // A value that is not of its column's type is a defect; everything else without a code is the network.
    if text.contains("serializing") { DbError::Other(text) } else { DbError::Unavailable(text) }
}

//! SQLite: one file, one writer, many readers.

use futures_util::TryStreamExt;
use meridian_shared::database::{DbError, Outcome, Row, Statement, Value};
use sqlx::{
    Column, Either, Executor, Row as _, SqliteConnection, TypeInfo, ValueRef,
    migrate::Migrator,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};
use std::time::{Duration, Instant};

use crate::{
    DatabaseConfig,
    error::{ConnectError, db_error, is_busy},
    is_read, outcome,
};

/// How long a lock held by another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a lock that SQLite does not wait for is tried again.
const BUSY_RETRY: Duration = Duration::from_millis(10);

/// The pools of a SQLite file.
///
/// SQLite has one writer at a time. Letting writers queue in a pool of one connection is fair and never fails with BUSY inside this process; readers work
/// beside it on snapshots (WAL).
#[derive(Debug, Clone)]
pub struct Sqlite {
    writer: SqlitePool,
    reader: SqlitePool,
}

impl Sqlite {
    pub(crate) async fn connect(
        options: &SqliteConnectOptions,
        config: &DatabaseConfig,
    ) -> Result<Self, ConnectError> {
        let pool = || SqlitePoolOptions::new().acquire_timeout(config.acquire_timeout);
        let options = options.clone().create_if_missing(true).foreign_keys(true).busy_timeout(BUSY_TIMEOUT);
        // FULL: a commit is on the disk when it returns, also in WAL mode (https://www.sqlite.org/pragma.html#pragma_synchronous).
        let writing =
            options.clone().journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let writer = connect_writer(pool().max_connections(1), writing).await?;
        let reader =
            pool().max_connections(config.max_connections).connect_lazy_with(options.read_only(true));
        Ok(Self { writer, reader })
    }

    /// The pool of the one connection that writes. Begin a write with `BEGIN IMMEDIATE`.
    pub fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    /// The pool of connections that only read.
    pub fn reader(&self) -> &SqlitePool {
        &self.reader
    }

    pub(crate) async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// All migrations in one transaction that holds the write lock: sqlx has no lock of its own for SQLite.
    pub(crate) async fn migrate(&self, migrations: &Migrator) -> Result<(), ConnectError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(db_error)?;
        migrations.run_direct(None, &mut *transaction, false).await?;
        transaction.commit().await.map_err(db_error)?;
        Ok(())
    }

    pub(crate) async fn run(&self, statement: &Statement) -> Result<Outcome, DbError> {
        let pool = if is_read(statement) { &self.reader } else { &self.writer };
        let mut connection = pool.acquire().await.map_err(db_error)?;
        execute(&mut connection, statement).await
    }

    pub(crate) async fn batch(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DbError> {
        let begin = if statements.iter().all(is_read) {
            self.reader.begin_with("BEGIN")
        } else {
            // IMMEDIATE: the lock is taken before anything is read, so that no statement fails half-way with BUSY.
            self.writer.begin_with("BEGIN IMMEDIATE")
        };
        let mut transaction = begin.await.map_err(db_error)?;
        let mut outcomes = Vec::with_capacity(statements.len());
        for statement in statements {
            outcomes.push(execute(&mut transaction, statement).await?);
        }
        transaction.commit().await.map_err(db_error)?;
        Ok(outcomes)
    }
}

/// Opens the file and turns WAL on. Of several processes that turn it on at once SQLite refuses all but one, without waiting for the busy timeout (it could be
/// a deadlock for all it knows, <https://www.sqlite.org/c3ref/busy_handler.html>), so the waiting is done here.
async fn connect_writer(
    pool: SqlitePoolOptions,
    options: SqliteConnectOptions,
) -> Result<SqlitePool, ConnectError> {
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && Instant::now() < give_up => {
                tokio::time::sleep(BUSY_RETRY).await;
            }
            other => return Ok(other.map_err(db_error)?),
        }
    }
}

async fn execute(connection: &mut SqliteConnection, statement: &Statement) -> Result<Outcome, DbError> {
    let mut query = sqlx::query::<sqlx::Sqlite>(statement.sql);
    for value in &statement.params {
        query = bind(query, value);
    }
    let (mut rows, mut affected) = (Vec::new(), 0);
    let mut stream = connection.fetch_many(query);
    while let Some(item) = stream.try_next().await.map_err(db_error)? {
        match item {
            Either::Left(done) => affected = done.rows_affected(),
            Either::Right(row) => rows.push(values(&row)?),
        }
    }
    Ok(outcome(statement, rows, affected))
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Text(text) => query.bind(text.clone()),
        Value::Int(int) => query.bind(*int),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    }
}

/// SQLite's values carry their type themselves, whatever the column says.
fn values(row: &SqliteRow) -> Result<Row, DbError> {
    let value = |i: usize| {
        let raw = row.try_get_raw(i).map_err(db_error)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let kind = raw.type_info();
        match kind.name() {
            "INTEGER" | "BOOLEAN" => row.try_get_unchecked(i).map(Value::Int),
            "BLOB" => row.try_get_unchecked(i).map(Value::Bytes),
            "TEXT" => row.try_get_unchecked(i).map(Value::Text),
            other => {
                return Err(DbError::Other(format!(
                    "column {i} ({}): unexpected type {other}",
                    row.column(i).name()
                )));
            }
        }
        .map_err(db_error)
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

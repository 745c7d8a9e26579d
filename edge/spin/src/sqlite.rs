//! The Database port on Spin's own SQLite (the database `default`), for an application without a server. The schema is made on first use.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use async_trait::async_trait;
use meridian_shared::{
    database::{Database, DbError, Outcome, Row, Statement, Value},
    sql::{self, columns, placeholders},
};
use spin_sdk::sqlite::{Connection, Error, Value as SpinValue};

use crate::{
    limit::{DATABASE, within},
    migrations::{MIGRATIONS, statements},
};

/// How often a lock that another connection holds is asked for. Spin itself waits for it some seconds each time.
const ATTEMPTS: usize = 3;

/// Between two of them.
const PAUSE: Duration = Duration::from_millis(25);

/// Which migrations the database has seen.
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS meridian_migrations (version BIGINT NOT NULL PRIMARY KEY)";

/// Spin's SQLite.
#[derive(Debug, Default)]
pub(crate) struct Sqlite {
    /// This instance has seen the schema up to date.
    is_migrated: AtomicBool,
}

impl Sqlite {
    async fn connection(&self) -> Result<Connection, DbError> {
        let connection = Connection::open_default().await.map_err(failure)?;
        execute(&connection, "PRAGMA foreign_keys = ON", Vec::new()).await?;
        if !self.is_migrated.load(Relaxed) {
            migrate(&connection).await?;
            self.is_migrated.store(true, Relaxed);
        }
        Ok(connection)
    }

    async fn batch_here(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DbError> {
        let connection = self.connection().await?;
        // IMMEDIATE: the lock is taken before anything is read, so that no statement fails half-way because another writes.
        let reads = statements.iter().all(|statement| sql::is_read(statement.sql));
        begin(&connection, if reads { "BEGIN" } else { "BEGIN IMMEDIATE" }).await?;
        let done = async {
            let mut outcomes = Vec::with_capacity(statements.len());
            for statement in statements {
                outcomes.push(run(&connection, statement).await?);
            }
            execute(&connection, "COMMIT", Vec::new()).await?;
            Ok(outcomes)
        };
        let done = done.await;
        if done.is_err() {
            // The connection is closed next, which rolls back too.
            let _ = execute(&connection, "ROLLBACK", Vec::new()).await;
        }
        done
    }
}

/// Takes the lock, again when another holds it.
async fn begin(connection: &Connection, text: &str) -> Result<(), DbError> {
    let mut left = ATTEMPTS;
    loop {
        left -= 1;
        match execute(connection, text, Vec::new()).await {
            Err(DbError::Unavailable(_)) if left > 0 => spin_sdk::time::sleep(PAUSE).await,
            done => return done.map(drop),
        }
    }
}

async fn run(connection: &Connection, statement: &Statement) -> Result<Outcome, DbError> {
    let params = statement.params.iter().map(parameter).collect();
    let rows = execute(connection, &placeholders::numbered(statement.sql), params).await?;
    let affected = match (sql::is_read(statement.sql), columns::returns_rows(statement.sql)) {
        (true, _) => 0,
        // Each row is one that it changed.
        (_, true) => rows.len() as u64,
        _ => connection.changes().await,
    };
    Ok(Outcome { rows, affected })
}

async fn execute(connection: &Connection, text: &str, params: Vec<SpinValue>) -> Result<Vec<Row>, DbError> {
    let result = connection.execute(text, params).await.map_err(failure)?;
    let found = result.collect().await.map_err(failure)?;
    found.into_iter().map(|row| values(row.values)).collect()
}

/// Brings the schema up to date: all that is missing as one change, or nothing.
async fn migrate(connection: &Connection) -> Result<(), DbError> {
    execute(connection, VERSIONS, Vec::new()).await?;
    if version(connection).await? == MIGRATIONS.len() {
        return Ok(());
    }
    // Readers and a writer side by side. It stays with the file, and can't be changed in a transaction.
    execute(connection, "PRAGMA journal_mode = WAL", Vec::new()).await?;
    begin(connection, "BEGIN IMMEDIATE").await?;
    let done = async {
        // Another instance may have been first.
        for (i, file) in MIGRATIONS.iter().enumerate().skip(version(connection).await?) {
            for statement in statements(file) {
                execute(connection, &statement, Vec::new()).await?;
            }
            let version = SpinValue::Integer(i64::try_from(i + 1).unwrap_or(i64::MAX));
            execute(connection, "INSERT INTO meridian_migrations (version) VALUES (?1)", vec![version])
                .await?;
            tracing::info!(version = i + 1, "migrated the schema");
        }
        execute(connection, "COMMIT", Vec::new()).await
    };
    let done = done.await;
    if done.is_err() {
        let _ = execute(connection, "ROLLBACK", Vec::new()).await;
    }
    done.map(drop)
}

/// The newest migration that the database has seen; none is 0.
async fn version(connection: &Connection) -> Result<usize, DbError> {
    let rows =
        execute(connection, "SELECT COALESCE(MAX(version), 0) FROM meridian_migrations", Vec::new()).await?;
    let version = rows.first().map_or(Ok(0), |row| row.int(0))?;
    usize::try_from(version).map_err(|_| DbError::Other("a negative version of the schema".into()))
}

fn parameter(value: &Value) -> SpinValue {
    match value {
        Value::Null => SpinValue::Null,
        Value::Text(text) => SpinValue::Text(text.clone()),
        Value::Int(int) => SpinValue::Integer(*int),
        Value::Bytes(bytes) => SpinValue::Blob(bytes.clone()),
    }
}

fn values(values: Vec<SpinValue>) -> Result<Row, DbError> {
    let value = |(i, value)| {
        Ok(match value {
            SpinValue::Null => Value::Null,
            SpinValue::Text(text) => Value::Text(text),
            SpinValue::Integer(int) => Value::Int(int),
            SpinValue::Blob(bytes) => Value::Bytes(bytes),
            SpinValue::Real(_) => return Err(DbError::Other(format!("column {i}: unexpected type REAL"))),
        })
    };
    values.into_iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}

fn failure(error: Error) -> DbError {
    match error {
        Error::Io(sentence) => sql::sqlite_error(&sentence),
        Error::DatabaseFull => DbError::Unavailable("Spin's SQLite is full".into()),
        Error::NoSuchDatabase | Error::AccessDenied => {
            DbError::Other("spin.toml does not give this component the SQLite database `default`".into())
        }
        Error::InvalidConnection => DbError::Unavailable("Spin closed the connection".into()),
    }
}

#[async_trait]
impl Database for Sqlite {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        within(DATABASE, async { run(&self.connection().await?, &statement).await }).await?
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        within(DATABASE, self.batch_here(&statements)).await?
    }
}

//! The Database port on `spin:postgres`.
//!
//! Spin keeps a pool of connections for each address; what is open here stays with the instance until it ends, so that the statements of one request don't ask
//! the pool anew.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use meridian_shared::{
    database::{Database, DbError, Outcome, Row, Statement, Value},
    settings::ConfigError,
    sql::{self, columns},
};
use spin_sdk::pg::{Connection, DbValue, Error, ParameterValue, PgError, QueryError};

use crate::limit::within;

/// How often a batch that lost against others (serialization failure, deadlock) is tried in all.
const ATTEMPTS: usize = 4;

/// A Postgres server.
pub(crate) struct Postgres {
    /// The variable that names it, for the log. The address holds a password.
    variable: &'static str,
    address: String,
    /// How long a call may take.
    limit: Duration,
    /// Open connections that nothing uses. Locked for a look, never across an await.
    idle: Mutex<Vec<Connection>>,
}

/// Why a statement failed, and whether its transaction may succeed when it is tried again.
struct Failure {
    error: DbError,
    is_retryable: bool,
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self { error, is_retryable: false }
    }
}

impl Postgres {
    /// The server of a variable's URL. Connects when it is first needed.
    pub(crate) fn new(variable: &'static str, url: &str, limit: Duration) -> Result<Self, ConfigError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(ConfigError::new(variable, "must begin with postgres://"));
        }
        Ok(Self { variable, address: url.to_owned(), limit, idle: Mutex::default() })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connection(&self) -> Result<Connection, DbError> {
        let idle = self.idle().pop();
        match idle {
            Some(connection) => Ok(connection),
            None => Connection::open(self.address.as_str()).await.map_err(|error| self.failure(error).error),
        }
    }

    async fn run_here(&self, statement: &Statement) -> Result<Outcome, DbError> {
        let connection = self.connection().await?;
        let done = self.execute(&connection, statement).await;
        // After an error of the server the connection is as good as before; after any other it may be gone.
        if !matches!(&done, Err(Failure { error: DbError::Unavailable(_), .. })) {
            self.idle().push(connection);
        }
        done.map_err(|failure| failure.error)
    }

    async fn batch_here(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DbError> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let connection = self.connection().await?;
            match self.transact(&connection, statements).await {
                Ok(outcomes) => {
                    self.idle().push(connection);
                    return Ok(outcomes);
                }
                Err(failure) => {
                    // A connection that can't roll back is dropped, and Spin closes it or cleans it up.
                    if connection.execute("ROLLBACK", Vec::new()).await.is_ok() {
                        self.idle().push(connection);
                    }
                    if left == 0 || !failure.is_retryable {
                        return Err(failure.error);
                    }
                }
            }
        }
    }

    async fn transact(
        &self,
        connection: &Connection,
        statements: &[Statement],
    ) -> Result<Vec<Outcome>, Failure> {
        // Reads of one batch see one snapshot; a batch that writes locks what it changes.
        let begin = if statements.iter().all(|statement| sql::is_read(statement.sql)) {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        } else {
            "BEGIN"
        };
        self.command(connection, begin).await?;
        let mut outcomes = Vec::with_capacity(statements.len());
        for statement in statements {
            outcomes.push(self.execute(connection, statement).await?);
        }
        self.command(connection, "COMMIT").await?;
        Ok(outcomes)
    }

    async fn command(&self, connection: &Connection, text: &str) -> Result<(), Failure> {
        connection.execute(text, Vec::new()).await.map_err(|error| self.failure(error))?;
        Ok(())
    }

    async fn execute(&self, connection: &Connection, statement: &Statement) -> Result<Outcome, Failure> {
        let params: Vec<_> = statement.params.iter().map(parameter).collect();
        if !columns::returns_rows(statement.sql) {
            let affected = connection.execute(statement.sql, params).await.map_err(|e| self.failure(e))?;
            return Ok(Outcome { rows: Vec::new(), affected });
        }
        let mut result = connection.query(statement.sql, params).await.map_err(|e| self.failure(e))?;
        let mut rows = Vec::new();
        while let Some(values) = result.rows().next().await {
            rows.push(row(values)?);
        }
        result.result().await.map_err(|e| self.failure(e))?;
        // Of what returns rows and is no read, each row is one that it changed.
        let affected = if sql::is_read(statement.sql) { 0 } else { rows.len() as u64 };
        Ok(Outcome { rows, affected })
    }

    fn failure(&self, error: Error) -> Failure {
        let named =
            |text: &str| format!("{}: {}", self.variable, text.replace(&self.address, "(the address)"));
        match error {
            Error::PgError(PgError::QueryFailed(QueryError::DbError(e))) => {
                let constraint = e.extras.iter().find(|(name, _)| name == "constraint");
                Failure {
                    error: sql::postgres_error(&e.code, constraint.map(|(_, c)| c.as_str()), &e.message),
                    is_retryable: sql::is_postgres_retryable(&e.code),
                }
            }
            Error::PgError(PgError::ConnectionFailed(text)) => DbError::Unavailable(named(&text)).into(),
            Error::PgError(PgError::QueryFailed(QueryError::Text(text))) if is_disconnect(&text) => {
                DbError::Unavailable(named(&text)).into()
            }
            other => DbError::Other(named(&other.to_string())).into(),
        }
    }
}

/// Whether the driver, whose words Spin passes on, lost its server: `Error { kind: Closed, … }`, `kind: Io`.
fn is_disconnect(text: &str) -> bool {
    ["kind: Closed", "kind: Io", "kind: Connect", "kind: Timeout", "connection closed"]
        .iter()
        .any(|w| text.contains(w))
}

/// NULL has no type: the server infers it from where the parameter stands.
fn parameter(value: &Value) -> ParameterValue {
    match value {
        Value::Null => ParameterValue::DbNull,
        Value::Text(text) => ParameterValue::Str(text.clone()),
        Value::Int(int) => ParameterValue::Int64(*int),
        Value::Bytes(bytes) => ParameterValue::Binary(bytes.clone()),
    }
}

fn row(values: Vec<DbValue>) -> Result<Row, DbError> {
    let value = |(i, value)| {
        Ok(match value {
            DbValue::DbNull => Value::Null,
            DbValue::Str(text) => Value::Text(text),
            DbValue::Binary(bytes) => Value::Bytes(bytes),
            DbValue::Int64(int) => Value::Int(int),
            DbValue::Int32(int) => Value::Int(int.into()),
            DbValue::Int16(int) => Value::Int(int.into()),
            DbValue::Boolean(flag) => Value::Int(flag.into()),
            _ => return Err(DbError::Other(format!("column {i}: unexpected type"))),
        })
    };
    values.into_iter().enumerate().map(value).collect::<Result<_, _>>().map(Row)
}

#[async_trait]
impl Database for Postgres {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        within(self.limit, self.run_here(&statement)).await?
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        within(self.limit, self.batch_here(&statements)).await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spin_sdk::pg::DbError as PgDbError;

    fn server() -> Postgres {
        Postgres::new("DATABASE_URL", "postgres://u:hush@db/x", Duration::from_secs(1)).unwrap()
    }

    fn refused(code: &str) -> Error {
        Error::PgError(PgError::QueryFailed(QueryError::DbError(PgDbError {
            as_text: String::new(),
            severity: "ERROR".into(),
            code: code.into(),
            message: "no".into(),
            detail: None,
            extras: vec![
                ("table".into(), "users".into()),
                ("constraint".into(), "users_email_key_key".into()),
            ],
        })))
    }

    #[test]
    fn errors_are_told_apart_and_hold_no_password() {
        let unique = server().failure(refused("23505"));
        assert_eq!(unique.error, DbError::Unique("users_email_key_key".into()));
        assert!(server().failure(refused("40001")).is_retryable && !unique.is_retryable);
        for lost in [
            Error::PgError(PgError::ConnectionFailed(
                "address postgres://u:hush@db/x is not permitted".into(),
            )),
            Error::PgError(PgError::QueryFailed(QueryError::Text(
                "Error { kind: Closed, cause: None }".into(),
            ))),
        ] {
            let error = server().failure(lost).error;
            assert!(matches!(&error, DbError::Unavailable(_)), "{error}");
            assert!(
                !error.to_string().contains("hush") && error.to_string().contains("DATABASE_URL"),
                "{error}"
            );
        }
        assert!(
            Postgres::new("DATABASE_URL", "mysql://u:hush@db/x", Duration::from_secs(1))
                .is_err_and(|e| !e.to_string().contains("hush"))
        );
    }
}

//! The Database port: portable SQL, run by whatever engine the host has.
//!
//! One text runs on SQLite, D1, Spin's SQLite and Postgres: `$1` placeholders, ids as TEXT, times and booleans as BIGINT, bytes as BYTEA, `RETURNING` and
//! `ON CONFLICT` (invariant 7). D1 has no interactive transactions, so a change of several statements is one [`Database::batch`], whose later statements carry
//! their own conditions.

use async_trait::async_trait;

use crate::position::Position;

/// A value of a parameter or a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// BYTEA.
    Bytes(Vec<u8>),
}

impl From<&str> for Value {
    fn from(v: &str) -> Self {
        Value::Text(v.to_owned())
    }
}
impl From<String> for Value {
    fn from(v: String) -> Self {
        Value::Text(v)
    }
}
impl From<i64> for Value {
    fn from(v: i64) -> Self {
        Value::Int(v)
    }
}
impl From<bool> for Value {
    fn from(v: bool) -> Self {
        Value::Int(i64::from(v))
    }
}
impl From<Vec<u8>> for Value {
    fn from(v: Vec<u8>) -> Self {
        Value::Bytes(v)
    }
}
impl From<crate::time::Millis> for Value {
    fn from(v: crate::time::Millis) -> Self {
        Value::Int(v.0)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}
macro_rules! value_from_display {
    ($($t:ty),*) => {$(
        impl From<$t> for Value {
            fn from(v: $t) -> Self {
                Value::Text(v.to_string())
            }
        }
    )*};
}
value_from_display!(
    crate::ids::UserId,
    crate::ids::SessionId,
    crate::ids::RoomId,
    crate::ids::TicketId,
    crate::role::Role
);

/// A statement and its parameters, `$1` first.
///
/// NULL parameters need a type on Postgres: write `CAST($n AS BIGINT)` where the statement alone doesn't tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text. Always a constant of the program, never built from input.
    pub sql: &'static str,
    /// The parameters.
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement without parameters.
    pub fn new(sql: &'static str) -> Self {
        Self { sql, params: Vec::new() }
    }

    /// Binds the next parameter.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.params.push(value.into());
        self
    }
}

/// A row: its values in the order of the statement's columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// Column `i` as text.
    pub fn text(&self, i: usize) -> Result<&str, DbError> {
        match self.0.get(i) {
            Some(Value::Text(v)) => Ok(v),
            other => Err(DbError::mismatch(i, "TEXT", other)),
        }
    }

    /// Column `i` as an integer.
    pub fn int(&self, i: usize) -> Result<i64, DbError> {
        match self.0.get(i) {
            Some(Value::Int(v)) => Ok(*v),
            other => Err(DbError::mismatch(i, "BIGINT", other)),
        }
    }

    /// Column `i` as bytes.
    pub fn bytes(&self, i: usize) -> Result<&[u8], DbError> {
        match self.0.get(i) {
            Some(Value::Bytes(v)) => Ok(v),
            other => Err(DbError::mismatch(i, "BYTEA", other)),
        }
    }

    /// Column `i` as text, or `None` for NULL.
    pub fn text_opt(&self, i: usize) -> Result<Option<&str>, DbError> {
        if self.is_null(i) { Ok(None) } else { self.text(i).map(Some) }
    }

    /// Column `i` as an integer, or `None` for NULL.
    pub fn int_opt(&self, i: usize) -> Result<Option<i64>, DbError> {
        if self.is_null(i) { Ok(None) } else { self.int(i).map(Some) }
    }

    /// Column `i` parsed from text: an id, a role.
    pub fn parse<T: std::str::FromStr>(&self, i: usize) -> Result<T, DbError> {
        let text = self.text(i)?;
        text.parse().map_err(|_| DbError::Other(format!("column {i} holds an unexpected value")))
    }

    fn is_null(&self, i: usize) -> bool {
        matches!(self.0.get(i), Some(Value::Null))
    }
}

/// What a statement of a batch did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// The rows it returned (SELECT, RETURNING).
    pub rows: Vec<Row>,
    /// The rows it inserted, updated or deleted.
    pub affected: u64,
}

/// Why a statement failed. The messages are for the log, never for a caller of the API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE or PRIMARY KEY constraint refused the row: somebody else was first.
    #[error("unique constraint violated: {0}")]
    Unique(String),
    /// The database did not answer, or refused for now; nothing is known to have happened.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// A defect: wrong SQL, a value of another type.
    #[error("database error: {0}")]
    Other(String),
}

impl DbError {
    fn mismatch(column: usize, expected: &str, found: Option<&Value>) -> Self {
        let found = match found {
            None => "no column",
            Some(Value::Null) => "NULL",
            Some(Value::Text(_)) => "TEXT",
            Some(Value::Int(_)) => "BIGINT",
            Some(Value::Bytes(_)) => "BYTEA",
        };
        DbError::Other(format!("column {column}: expected {expected}, found {found}"))
    }
}

/// A database. Implementations: sqlx natively, Hyperdrive and D1 on Workers, `spin:postgres` and `spin:sqlite` on Spin.
#[async_trait]
pub trait Database: Send + Sync {
    /// Runs one statement by itself.
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        Ok(self.batch(vec![statement]).await?.pop().unwrap_or_default())
    }

    /// Runs statements in order as one atomic change: all of them, or none.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError>;

    /// Runs a statement that only reads, where everything up to `after` is known to be seen; `None` asks the primary. The answer says up to where the reader
    /// has seen now. A database without replicas has no positions: it reads what there is.
    async fn read(
        &self,
        statement: Statement,
        after: Option<Position>,
    ) -> Result<(Outcome, Option<Position>), DbError> {
        let _ = after;
        Ok((self.run(statement).await?, None))
    }

    /// A position at or after everything that is committed by now. `None` when nobody needs one, because there are no replicas.
    async fn position(&self) -> Result<Option<Position>, DbError> {
        Ok(None)
    }
}

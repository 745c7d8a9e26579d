//! What sqlx reports, in the words of the port.

use meridian_shared::{database::DbError, sql};
use sqlx::error::{DatabaseError, ErrorKind};

use meridian_shared::settings::ConfigError;

/// Why there is no database to work with.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server is configured so that a crash can undo commits, which would break every promise made to clients.
    #[error(
        "refusing to start: Postgres runs with {0}, so a crash can lose what was committed. Turn it on, or set DATABASE_ALLOW_UNSAFE_DURABILITY=1 \
         where losing data is acceptable"
    )]
    UnsafeDurability(String),
    /// The database itself.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The schema lacks a migration.
    #[error(
        "the schema is older than this program needs: migration {0} is missing; run `meridian-origin migrate`"
    )]
    OldSchema(i64),
    /// The schema could not be brought up to date.
    #[error("migrating the schema failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// Maps an error of sqlx. Public for those who use the pools directly.
pub fn db_error(error: sqlx::Error) -> DbError {
    use sqlx::Error as E;
    match error {
        E::Database(e) if e.kind() == ErrorKind::UniqueViolation => DbError::Unique(constraint(e.as_ref())),
        E::Database(e) if is_unavailable(e.as_ref()) => DbError::Unavailable(e.to_string()),
        // Protocol: whoever answered at the address does not speak as the server does. A relay whose other end is gone closes in the middle of a greeting.
        E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
            DbError::Unavailable(error.to_string())
        }
        other => DbError::Other(other.to_string()),
    }
}

/// What was violated: `users_email_key_key` on Postgres, `users.email_key` in SQLite's sentence.
fn constraint(e: &dyn DatabaseError) -> String {
    e.constraint().map_or_else(|| e.message().to_owned(), str::to_owned)
}

/// Whether the database refuses for now rather than for good.
fn is_unavailable(e: &dyn DatabaseError) -> bool {
    let Some(code) = e.code() else { return false };
    if e.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte of the extended code: BUSY, LOCKED, IOERR, FULL, CANTOPEN (https://www.sqlite.org/rescode.html).
        return code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14));
    }
    sql::is_postgres_unavailable(&code)
}

/// Whether the same batch may succeed at once when it is tried again, and nothing of it happened.
pub(crate) fn is_retryable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| sql::is_postgres_retryable(&code))
}

/// Whether another process holds the lock of a SQLite file (BUSY, whatever its extension).
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

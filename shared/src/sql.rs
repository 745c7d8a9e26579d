//! What SQL engines say, in the words of the Database port: for every host that speaks to one without sqlx.

pub mod columns;
pub mod placeholders;

use crate::database::DbError;

/// Whether a statement only reads. Anything but a plain `SELECT` counts as a write, since it may be one.
pub fn is_read(sql: &str) -> bool {
    sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

/// An error of Postgres: its SQLSTATE, the constraint it names if any, and its sentence.
pub fn postgres_error(sqlstate: &str, constraint: Option<&str>, message: &str) -> DbError {
    if sqlstate == "23505" {
        DbError::Unique(constraint.unwrap_or(message).to_owned())
    } else if is_postgres_unavailable(sqlstate) {
        DbError::Unavailable(format!("{sqlstate}: {message}"))
    } else {
        DbError::Other(format!("{sqlstate}: {message}"))
    }
}

/// Whether Postgres refuses for now rather than for good (appendix A): connection, resources, operator (shutdown, cancel), system, read-only, serialization,
/// deadlock.
pub fn is_postgres_unavailable(sqlstate: &str) -> bool {
    ["08", "53", "57", "58"].iter().any(|class| sqlstate.starts_with(class))
        || sqlstate == "25006"
        || is_postgres_retryable(sqlstate)
}

/// Whether the same transaction may succeed at once when it is tried again, and nothing of it happened: serialization failure, deadlock.
pub fn is_postgres_retryable(sqlstate: &str) -> bool {
    matches!(sqlstate, "40001" | "40P01")
}

/// An error of SQLite behind a service that passes on its sentence alone (D1, Spin). `UNIQUE constraint failed: users.email_key` names the column.
pub fn sqlite_error(message: &str) -> DbError {
    if let Some((_, rest)) = message.split_once("UNIQUE constraint failed: ") {
        // What D1 adds behind it: ": SQLITE_CONSTRAINT (extended: …)".
        let columns = rest.split(": SQLITE").next().unwrap_or(rest);
        return DbError::Unique(columns.trim().to_owned());
    }
    let lower = message.to_ascii_lowercase();
    if SQLITE_UNAVAILABLE.iter().any(|words| lower.contains(words)) {
        return DbError::Unavailable(message.to_owned());
    }
    DbError::Other(message.to_owned())
}

/// What the sentences have in common by which SQLite (<https://www.sqlite.org/rescode.html>: BUSY, LOCKED, IOERR, FULL, CANTOPEN) and D1
/// (<https://developers.cloudflare.com/d1/observability/debug-d1/#error-list>) refuse for now.
const SQLITE_UNAVAILABLE: [&str; 17] = [
    "is locked",
    "sqlite_busy",
    "disk i/o error",
    "is full",
    "unable to open database",
    "overloaded",
    "too many requests",
    "network connection lost",
    "exceeded timeout",
    "exceeded its cpu time limit",
    "exceeded its memory limit",
    "caused object to be reset",
    "code was updated",
    "transient issue",
    "cannot resolve d1 db",
    "internal error",
    "isolate has exceeded",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_select_reads() {
        assert!(is_read(" \n select 1") && is_read("SELECT id FROM users"));
        assert!(!is_read("WITH a AS (DELETE FROM users) SELECT 1") && !is_read("UPDATE x") && !is_read(""));
    }

    #[test]
    fn postgres_by_its_code() {
        let unique = postgres_error("23505", Some("users_email_key_key"), "duplicate key");
        assert_eq!(unique, DbError::Unique("users_email_key_key".into()));
        for code in ["08006", "53300", "57P01", "57014", "25006", "40001", "40P01"] {
            assert!(matches!(postgres_error(code, None, "x"), DbError::Unavailable(_)), "{code}");
        }
        for code in ["42601", "23503", "22P02"] {
            assert!(matches!(postgres_error(code, None, "x"), DbError::Other(_)), "{code}");
        }
        assert!(is_postgres_retryable("40P01") && !is_postgres_retryable("57014"));
    }

    #[test]
    fn sqlite_by_its_sentence() {
        for message in [
            "UNIQUE constraint failed: users.email_key",
            "D1_ERROR: UNIQUE constraint failed: users.email_key: SQLITE_CONSTRAINT",
            "D1_ERROR: UNIQUE constraint failed: users.email_key: SQLITE_CONSTRAINT_UNIQUE (extended: 2067)",
        ] {
            assert_eq!(sqlite_error(message), DbError::Unique("users.email_key".into()));
        }
        for message in [
            "database is locked",
            "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
            "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
            "D1_ERROR: Network connection lost.",
        ] {
            assert!(matches!(sqlite_error(message), DbError::Unavailable(_)), "{message}");
        }
        for message in ["D1_ERROR: no such table: users: SQLITE_ERROR", "FOREIGN KEY constraint failed"] {
            assert!(matches!(sqlite_error(message), DbError::Other(_)), "{message}");
        }
    }
}

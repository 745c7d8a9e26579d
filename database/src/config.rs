//! Which database, and how many connections to it.

use std::{fmt, path::Path, str::FromStr, time::Duration};

use meridian_shared::settings::{ConfigError, number};
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};

/// The engine and its address.
#[derive(Clone)]
pub enum Target {
    /// A file.
    Sqlite(Box<SqliteConnectOptions>),
    /// A server.
    Postgres(Box<PgConnectOptions>),
}

impl fmt::Debug for Target {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Target::Sqlite(_) => "Sqlite",
            Target::Postgres(_) => "Postgres",
        })
    }
}

/// How to reach the database. The variables are in `docs/configuration.md`.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The engine and its address.
    pub target: Target,
    /// Connections at most.
    pub max_connections: u32,
    /// How long a call waits for a free connection.
    pub acquire_timeout: Duration,
    /// How long a statement or a batch may run (Postgres).
    pub statement_timeout: Duration,
    /// Speak so that PgBouncer in transaction mode understands: no named prepared statements, no start-up parameters. Statement timeouts then come from the
    /// role (`ALTER ROLE … SET statement_timeout`); without one this side still gives up in time, but the server works on.
    pub pgbouncer: bool,
    /// Start although the server can lose what it has committed.
    pub allow_unsafe_durability: bool,
    /// Streaming replicas of the server, nearest first. Each is one server, or a bouncer in front of one.
    pub replicas: Vec<Target>,
}

impl DatabaseConfig {
    /// From variables, which `get` looks up.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let url = get("DATABASE_URL").filter(|url| !url.is_empty()).ok_or_else(|| ConfigError {
            variable: "DATABASE_URL",
            reason: "is not set: give sqlite:PATH or postgres://user:password@host:port/name".into(),
        })?;
        let defaults = Self::from_url(&url)?;
        let replicas = replicas(&defaults.target, get("DATABASE_REPLICA_URLS").unwrap_or_default().as_str())?;
        Ok(Self {
            max_connections: number(&get, "DATABASE_MAX_CONNECTIONS", 1, 1000)?
                .unwrap_or(defaults.max_connections),
            acquire_timeout: millis(&get, "DATABASE_ACQUIRE_TIMEOUT_MS")?.unwrap_or(defaults.acquire_timeout),
            statement_timeout: millis(&get, "DATABASE_STATEMENT_TIMEOUT_MS")?
                .unwrap_or(defaults.statement_timeout),
            pgbouncer: flag(&get, "DATABASE_PGBOUNCER")?,
            allow_unsafe_durability: flag(&get, "DATABASE_ALLOW_UNSAFE_DURABILITY")?,
            target: defaults.target,
            replicas,
        })
    }

    /// A URL with the defaults for everything else.
    pub fn from_url(url: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            target: target(url)?,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            pgbouncer: false,
            allow_unsafe_durability: false,
            replicas: Vec::new(),
        })
    }

    /// A SQLite file, created when missing, with the defaults for everything else.
    pub fn sqlite(path: impl AsRef<Path>) -> Self {
        Self {
            target: Target::Sqlite(Box::new(SqliteConnectOptions::new().filename(path))),
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            pgbouncer: false,
            allow_unsafe_durability: false,
            replicas: Vec::new(),
        }
    }
}

fn target(url: &str) -> Result<Target, ConfigError> {
    let wrong = |reason: &str| ConfigError { variable: "DATABASE_URL", reason: reason.to_owned() };
    if url.contains(":memory:") || url.contains("mode=memory") {
        Err(wrong("must name a file: a database in memory keeps nothing"))
    } else if url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|_| wrong("is no SQLite URL: expected sqlite:PATH"))?;
        Ok(Target::Sqlite(Box::new(options)))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| wrong("is no Postgres URL: expected postgres://user:password@host:port/name"))?;
        Ok(Target::Postgres(Box::new(options)))
    } else {
        Err(wrong("must begin with sqlite: or postgres://"))
    }
}

/// A list separated by commas; none when it is empty.
fn replicas(primary: &Target, list: &str) -> Result<Vec<Target>, ConfigError> {
    let wrong = |reason: &str| ConfigError { variable: "DATABASE_REPLICA_URLS", reason: reason.to_owned() };
    let urls: Vec<&str> = list.split(',').map(str::trim).filter(|url| !url.is_empty()).collect();
    if !urls.is_empty() && matches!(primary, Target::Sqlite(_)) {
        return Err(wrong("needs a DATABASE_URL of Postgres: SQLite has no replicas"));
    }
    let parse = |url: &str| match target(url) {
        Ok(replica @ Target::Postgres(_)) => Ok(replica),
        _ => {
            Err(wrong("must list URLs such as postgres://user:password@host:port/name, separated by commas"))
        }
    };
    urls.into_iter().map(parse).collect()
}

fn millis(
    get: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
) -> Result<Option<Duration>, ConfigError> {
    Ok(number(get, variable, 1, 3_600_000)?.map(|ms| Duration::from_millis(ms.into())))
}

fn flag(get: &impl Fn(&str) -> Option<String>, variable: &'static str) -> Result<bool, ConfigError> {
    match get(variable).as_deref() {
        None | Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(ConfigError { variable, reason: "must be 0 or 1".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(vars: &[(&str, &str)]) -> Result<DatabaseConfig, String> {
        let get = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        DatabaseConfig::from_env(get).map_err(|e| e.to_string())
    }

    #[test]
    fn the_url_chooses_the_engine() {
        for url in ["sqlite:/tmp/a.db", "sqlite://a.db", "sqlite:a.db?mode=rwc"] {
            assert!(matches!(parse(&[("DATABASE_URL", url)]).unwrap().target, Target::Sqlite(_)), "{url}");
        }
        for url in ["postgres://u:p@h/db", "postgresql://u@h:6432/db?sslmode=disable"] {
            assert!(matches!(parse(&[("DATABASE_URL", url)]).unwrap().target, Target::Postgres(_)), "{url}");
        }
    }

    #[test]
    fn a_bad_value_is_a_sentence_that_names_the_variable_and_not_the_value() {
        let url = ("DATABASE_URL", "sqlite:a.db");
        let server = ("DATABASE_URL", "postgres://u:secret@h/db");
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[], "DATABASE_URL is not set"),
            (&[("DATABASE_URL", "sqlite::memory:")], "DATABASE_URL must name a file"),
            (&[("DATABASE_URL", "mysql://root:secret@h/db")], "DATABASE_URL must begin with"),
            (&[("DATABASE_URL", "postgres://u:secret@h:port/db")], "DATABASE_URL is no Postgres URL"),
            (
                &[url, ("DATABASE_MAX_CONNECTIONS", "0")],
                "DATABASE_MAX_CONNECTIONS must be a whole number from 1 to 1000",
            ),
            (
                &[url, ("DATABASE_ACQUIRE_TIMEOUT_MS", "soon")],
                "DATABASE_ACQUIRE_TIMEOUT_MS must be a whole number",
            ),
            (&[url, ("DATABASE_PGBOUNCER", "yes")], "DATABASE_PGBOUNCER must be 0 or 1"),
            (
                &[url, ("DATABASE_REPLICA_URLS", "postgres://h/db")],
                "DATABASE_REPLICA_URLS needs a DATABASE_URL of",
            ),
            (
                &[server, ("DATABASE_REPLICA_URLS", "sqlite:secret.db")],
                "DATABASE_REPLICA_URLS must list URLs",
            ),
            (
                &[server, ("DATABASE_REPLICA_URLS", "postgres://h/db,secret")],
                "DATABASE_REPLICA_URLS must list URLs",
            ),
        ];
        for (vars, expected) in cases {
            let error = parse(vars).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn replicas_are_listed_nearest_first() {
        let listed = |list: &str| {
            let vars = [("DATABASE_URL", "postgres://h/db"), ("DATABASE_REPLICA_URLS", list)];
            let hosts = parse(&vars).unwrap().replicas.into_iter().map(|replica| match replica {
                Target::Postgres(options) => options.get_host().to_owned(),
                Target::Sqlite(_) => String::new(),
            });
            hosts.collect::<Vec<_>>()
        };
        assert_eq!(listed("postgres://near/db, postgresql://u:p@far:6432/db,"), ["near", "far"]);
        assert!(listed("").is_empty());
    }

    #[test]
    fn debug_shows_no_password() {
        let replicas = ("DATABASE_REPLICA_URLS", "postgres://u:secret@r/db");
        let config = parse(&[("DATABASE_URL", "postgres://u:secret@h/db"), replicas]).unwrap();
        assert!(!format!("{config:?}").contains("secret"));
    }
}

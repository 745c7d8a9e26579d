//! The Database port of `meridian-shared` on sqlx: SQLite and Postgres, and the migrations.
//!
//! The engine is chosen by the URL alone ([`DatabaseConfig`]). [`SqlDatabase`] runs the portable statements; what needs an engine's own SQL (the append path
//! of the log) takes the pools from [`SqlDatabase::engine`].

mod config;
mod error;
mod postgres;
mod schema;
mod sqlite;

use async_trait::async_trait;
use meridian_shared::database::{Database, DbError, Outcome, Statement};

pub use config::{DatabaseConfig, Target};
pub use error::{ConnectError, db_error};
pub use postgres::Postgres;
pub use sqlite::Sqlite;

/// The schema, compiled in.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// A connected engine and its pools.
#[derive(Debug, Clone)]
pub enum Engine {
    /// One file, one writer.
    Sqlite(Sqlite),
    /// A server.
    Postgres(Postgres),
}

/// A database of either engine. Cheap to clone: clones share the pools.
#[derive(Debug, Clone)]
pub struct SqlDatabase {
    engine: Engine,
}

impl SqlDatabase {
    /// Connects, and checks that what is committed stays committed.
    pub async fn connect(config: &DatabaseConfig) -> Result<Self, ConnectError> {
        let engine = match &config.target {
            Target::Sqlite(options) => Engine::Sqlite(Sqlite::connect(options, config).await?),
            Target::Postgres(options) => Engine::Postgres(Postgres::connect(options, config).await?),
        };
        Ok(Self { engine })
    }

    /// The replicas of the configuration, nearest first: for statements that only read. They connect when they are first asked.
    pub fn replicas(config: &DatabaseConfig) -> Vec<Self> {
        let of = |target: &Target| match target {
            Target::Postgres(options) => {
                Some(Self { engine: Engine::Postgres(Postgres::replica(options, config)) })
            }
            Target::Sqlite(_) => None,
        };
        config.replicas.iter().filter_map(of).collect()
    }

    /// Brings the schema up to date. Any number of processes may call it at once: one migrates, the others wait for it.
    pub async fn migrate(&self) -> Result<(), ConnectError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.migrate(&MIGRATIONS).await,
            Engine::Postgres(postgres) => postgres.migrate(&MIGRATIONS).await,
        }
    }

    /// The pools, for statements that only one engine understands.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(postgres) => postgres.close().await,
        }
    }
}

#[async_trait]
impl Database for SqlDatabase {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.run(&statement).await,
            Engine::Postgres(postgres) => postgres.run(&statement).await,
        }
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.batch(&statements).await,
            Engine::Postgres(postgres) => postgres.batch(&statements).await,
        }
    }
}

/// Whether a statement only reads.
fn is_read(statement: &Statement) -> bool {
    meridian_shared::sql::is_read(statement.sql)
}

/// The rows and the count of one statement. Engines also count the rows of a `SELECT`, which changes none.
fn outcome(statement: &Statement, rows: Vec<meridian_shared::database::Row>, affected: u64) -> Outcome {
    Outcome { rows, affected: if is_read(statement) { 0 } else { affected } }
}

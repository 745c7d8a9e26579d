//! Postgres: a bounded pool, bounded time, and a check that commits are durable.

use futures_util::TryStreamExt;
use meridian_shared::database::{DbError, Outcome, Row, Statement, Value};
use sqlx::{
    AssertSqlSafe, Column, Connection, Either, Executor, PgConnection, Row as _, TypeInfo, ValueRef,
    encode::{Encode, IsNull},
    error::BoxDynError,
    migrate::Migrator,
    pool::PoolConnection,
    postgres::{
        PgArgumentBuffer, PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow, PgTypeInfo, types::Oid,
    },
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    DatabaseConfig,
    error::{ConnectError, db_error, is_retryable},
    is_read, outcome,
};

/// How often a batch that lost against others (serialization failure, deadlock) is tried in all.
const ATTEMPTS: usize = 4;
/// Beyond the statement timeout: what the network may add before a silent server counts as gone.
const NETWORK_GRACE: Duration = Duration::from_secs(2);

/// The advisory lock of those who migrate.
const MIGRATIONS_LOCK: i64 = 0x6d65_7269_6469_616e;

/// How long a statement on a replica may take, and how long it may wait for a connection. Others can answer in its place, so a replica that hangs must not
/// cost a caller more than they would.
const REPLICA_LIMIT: Duration = Duration::from_millis(250);
/// A connection that was idle for longer than this is asked whether it still lives before a statement goes over it.
const BELIEVED_ALIVE: Duration = Duration::from_secs(1);
/// What a server has to answer in however long a connection was waited for.
const LEAST_PATIENCE: Duration = Duration::from_millis(500);

/// The pool of a Postgres server.
#[derive(Debug, Clone)]
pub struct Postgres {
    pool: PgPool,
    /// How long one call may take, network included. A server that fell silent must not hold connections for the quarter of an hour that TCP would.
    limit: Duration,
    /// How long a server may take to answer at all, the wait for a connection included.
    patience: Duration,
    /// Whether one connection here is one connection to the server. PgBouncer in transaction mode gives another one for each transaction: no statement can be
    /// prepared by name, and preparing and running even an unnamed one, which are two messages, must be in one transaction.
    own_sessions: bool,
    migrate_options: Arc<PgConnectOptions>,
}

impl Postgres {
    pub(crate) async fn connect(
        options: &PgConnectOptions,
        config: &DatabaseConfig,
    ) -> Result<Self, ConnectError> {
        let direct = options.clone().application_name("meridian");
        let options = session(&direct, config, config.statement_timeout);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(config.acquire_timeout)
            // sqlx asks before every statement whether the connection lives, which doubles the way to a primary that may be a continent away. A connection that
            // was just used lives, or its statement fails as it would have a moment later.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| Box::pin(lives(connection, meta.idle_for)))
            .connect_with(options)
            .await
            .map_err(db_error)?;
        let limit = config.statement_timeout + NETWORK_GRACE;
        let own_sessions = !config.pgbouncer;
        let patience = config.acquire_timeout;
        let database = Self { pool, limit, patience, own_sessions, migrate_options: Arc::new(direct) };
        if !config.allow_unsafe_durability {
            database.check_durability().await?;
        }
        Ok(database)
    }

    /// A replica: asked to connect when it is first needed, since a start must not wait for it, and given up soon.
    pub(crate) fn replica(options: &PgConnectOptions, config: &DatabaseConfig) -> Self {
        let direct = options.clone().application_name("meridian");
        let options = session(&direct, config, REPLICA_LIMIT);
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(REPLICA_LIMIT)
            // A question before every statement would double the way, and a broken connection costs no more than a read elsewhere.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| Box::pin(lives(connection, meta.idle_for)))
            .connect_lazy_with(options);
        Self {
            pool,
            limit: REPLICA_LIMIT,
            patience: REPLICA_LIMIT,
            own_sessions: !config.pgbouncer,
            migrate_options: Arc::new(direct),
        }
    }

    /// The pool.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether a single statement may run outside a transaction.
    pub fn has_own_sessions(&self) -> bool {
        self.own_sessions
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    async fn check_durability(&self) -> Result<(), ConnectError> {
        // As this session sees them: a role or a database may have its own synchronous_commit.
        let settings = self
            .run(&Statement::new(
                "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')",
            ))
            .await?;
        let Some(row) = settings.rows.first() else { return Ok(()) };
        for (i, name) in ["fsync", "full_page_writes", "synchronous_commit"].into_iter().enumerate() {
            if row.text(i)? == "off" {
                return Err(ConnectError::UnsafeDurability(format!("{name}=off")));
            }
        }
        Ok(())
    }

    /// All migrations in one transaction that holds the lock, on a connection of its own. The lock of sqlx belongs to a session, which PgBouncer in transaction
    /// mode doesn't keep: it would stay with whichever connection to the server it fell to.
    pub(crate) async fn migrate(&self, migrations: &Migrator) -> Result<(), ConnectError> {
        let options =
            self.migrate_options.as_ref().clone().statement_cache_capacity(0).extra_float_digits(None);
        let mut connection = PgConnection::connect_with(&options).await.map_err(db_error)?;
        let mut transaction = connection.begin().await.map_err(db_error)?;
        // A migration may take longer than a request, and others wait for it. sqlx prepares by name here: behind PgBouncer the names of an earlier start may still
        // be there, and these must not stay.
        let begin = format!(
            "SET LOCAL statement_timeout = 0; DEALLOCATE ALL; SELECT pg_advisory_xact_lock({MIGRATIONS_LOCK})"
        );
        sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *transaction).await.map_err(db_error)?;
        let mut migrations = Migrator { migrations: migrations.migrations.clone(), ..Migrator::DEFAULT };
        migrations.set_locking(false).run_direct(None, &mut *transaction, false).await?;
        sqlx::raw_sql("DEALLOCATE ALL").execute(&mut *transaction).await.map_err(db_error)?;
        transaction.commit().await.map_err(db_error)?;
        connection.close().await.map_err(db_error)?;
        Ok(())
    }

    pub(crate) async fn run(&self, statement: &Statement) -> Result<Outcome, DbError> {
        if !self.own_sessions {
            return Ok(self.batch(std::slice::from_ref(statement)).await?.pop().unwrap_or_default());
        }
        let begin = Instant::now();
        let mut connection = self.pool.acquire().await.map_err(db_error)?;
        let left = self.left(begin);
        // What only reads is short, and says by its answer that the server lives. What writes may take its time, so the server is asked first.
        let limit = if is_read(statement) { left } else { self.limit };
        let work = async {
            if !is_read(statement) && !answers(&mut connection, left).await? {
                return Ok(None);
            }
            self.execute(&mut connection, statement).await.map(Some)
        };
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(Some(outcome))) => Ok(outcome),
            Ok(Err(error)) => Err(db_error(error)),
            Ok(Ok(None)) | Err(_) => Err(abandon(connection)),
        }
    }

    /// What is left of the patience, when the wait for a connection has taken its part.
    fn left(&self, begin: Instant) -> Duration {
        self.patience.saturating_sub(begin.elapsed()).max(LEAST_PATIENCE.min(self.patience))
    }

    pub(crate) async fn batch(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DbError> {
        let mut left = ATTEMPTS;
        loop {
            left -= 1;
            let begin = Instant::now();
            let mut connection = self.pool.acquire().await.map_err(db_error)?;
            let work = self.transact(&mut connection, statements, self.left(begin));
            let done = tokio::time::timeout(self.limit, work).await;
            match done {
                Ok(Err(error)) if left > 0 && is_retryable(&error) => {
                    tracing::debug!(%error, left, "batch lost against another, trying again");
                }
                Ok(Ok(Some(outcomes))) => return Ok(outcomes),
                Ok(Err(error)) => return Err(db_error(error)),
                Ok(Ok(None)) | Err(_) => return Err(abandon(connection)),
            }
        }
    }

    /// `None`: the server did not even begin.
    async fn transact(
        &self,
        connection: &mut PgConnection,
        statements: &[Statement],
        patience: Duration,
    ) -> Result<Option<Vec<Outcome>>, sqlx::Error> {
        // Reads of one batch see one snapshot; a batch that writes locks what it changes.
        let begin = if statements.iter().all(is_read) {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        } else {
            "BEGIN"
        };
        let Ok(begun) = tokio::time::timeout(patience, connection.begin_with(begin)).await else {
            return Ok(None);
        };
        let mut transaction = begun?;
        let mut outcomes = Vec::with_capacity(statements.len());
        for statement in statements {
            outcomes.push(self.execute(&mut transaction, statement).await?);
        }
        transaction.commit().await?;
        Ok(Some(outcomes))
    }

    async fn execute(
        &self,
        connection: &mut PgConnection,
        statement: &Statement,
    ) -> Result<Outcome, sqlx::Error> {
        let mut query = sqlx::query::<sqlx::Postgres>(statement.sql).persistent(self.own_sessions);
        for value in &statement.params {
            query = bind(query, value);
        }
        let (mut rows, mut affected) = (Vec::new(), 0);
        let mut stream = connection.fetch_many(query);
        while let Some(item) = stream.try_next().await? {
            match item {
                Either::Left(done) => affected = done.rows_affected(),
                Either::Right(row) => rows.push(values(&row)?),
            }
        }
        drop(stream);
        Ok(outcome(statement, rows, affected))
    }
}

/// Whether the server answers at all. Short of that, nobody waits for the time that a statement may take.
async fn answers(connection: &mut PgConnection, patience: Duration) -> Result<bool, sqlx::Error> {
    match tokio::time::timeout(patience, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Ok(false),
    }
}

/// Closes a connection whose server doesn't answer, and frees its place in the pool at once.
fn abandon(connection: PoolConnection<sqlx::Postgres>) -> DbError {
    drop(connection.detach());
    DbError::Unavailable("no answer in time".into())
}

/// Fails for a connection that is gone, so that the pool makes another.
async fn lives(connection: &mut PgConnection, idle_for: Duration) -> Result<bool, sqlx::Error> {
    if idle_for > BELIEVED_ALIVE {
        connection.ping().await?;
    }
    Ok(true)
}

/// What every connection says when it begins.
fn session(direct: &PgConnectOptions, config: &DatabaseConfig, timeout: Duration) -> PgConnectOptions {
    if config.pgbouncer {
        return direct.clone().statement_cache_capacity(0).extra_float_digits(None);
    }
    let timeout = timeout.as_millis().to_string();
    // A lost client must not keep its locks: an open transaction that does nothing ends too.
    direct
        .clone()
        .options([("statement_timeout", &timeout), ("idle_in_transaction_session_timeout", &timeout)])
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, PgArguments>;

fn bind<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
    match value {
        Value::Null => query.bind(Untyped),
        Value::Text(text) => query.bind(text.clone()),
        Value::Int(int) => query.bind(*int),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    }
}

/// NULL without a type (OID 0): the server infers it from where the parameter stands.
struct Untyped;

impl sqlx::Type<sqlx::Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, sqlx::Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

fn values(row: &PgRow) -> Result<Row, sqlx::Error> {
    let value = |i: usize| {
        let raw = row.try_get_raw(i)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let kind = raw.type_info();
        match kind.name() {
            "INT8" => row.try_get(i).map(Value::Int),
            "INT4" => row.try_get::<i32, _>(i).map(|v| Value::Int(v.into())),
            "INT2" => row.try_get::<i16, _>(i).map(|v| Value::Int(v.into())),
            "BOOL" => row.try_get::<bool, _>(i).map(|v| Value::Int(v.into())),
            "BYTEA" => row.try_get(i).map(Value::Bytes),
            "TEXT" | "VARCHAR" | "NAME" | "CHAR" => row.try_get(i).map(Value::Text),
            other => Err(sqlx::Error::ColumnDecode {
                index: row.column(i).name().to_owned(),
                source: format!("unexpected type {other}").into(),
            }),
        }
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}

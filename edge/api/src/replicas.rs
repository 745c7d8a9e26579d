//! Reads on replicas that have seen enough; everything else on the primary (invariant 6).

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use async_trait::async_trait;
use meridian_shared::{
    database::{Database, DbError, Outcome, Statement},
    position::Position,
};

use crate::ports::Clock;

/// How long a replica that failed is left alone, in ms.
const REST_MS: i64 = 5_000;

/// How far a replica has replayed. NULL on a server that is no replica.
const REPLAYED: &str = "SELECT CAST(pg_last_wal_replay_lsn() AS TEXT)";
/// How far the primary has written: at or after every commit that was answered.
const WRITTEN: &str = "SELECT CAST(pg_current_wal_lsn() AS TEXT)";

/// A Postgres primary with replicas, nearest first.
pub struct Replicated {
    primary: Arc<dyn Database>,
    replicas: Vec<Replica>,
    clock: Arc<dyn Clock>,
}

struct Replica {
    database: Arc<dyn Database>,
    /// How far it had replayed when last asked. Replay only goes forward, so this stays true until the server is replaced; a failure forgets it.
    replayed: AtomicU64,
    /// Not asked before this time, ms.
    rests_until: AtomicI64,
}

impl fmt::Debug for Replicated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replicated({} replicas)", self.replicas.len())
    }
}

impl Replicated {
    /// Each replica is one server: two behind one address would not be equally far.
    pub fn new(primary: Arc<dyn Database>, replicas: Vec<Arc<dyn Database>>, clock: Arc<dyn Clock>) -> Self {
        let replica = |database| Replica {
            database,
            replayed: AtomicU64::default(),
            rests_until: AtomicI64::default(),
        };
        Self { primary, replicas: replicas.into_iter().map(replica).collect(), clock }
    }

    /// Reads on the primary, and asks in the same transaction, after the read, up to where it has seen.
    async fn read_primary(&self, statement: Statement) -> Result<(Outcome, Option<Position>), DbError> {
        let mut outcomes = self.primary.batch(vec![statement, Statement::new(WRITTEN)]).await?;
        let written = outcomes.pop().as_ref().and_then(position);
        Ok((outcomes.pop().unwrap_or_default(), written))
    }

    /// `None`: the replica can't answer, so another is asked.
    async fn read_replica(
        &self,
        replica: &Replica,
        statement: &Statement,
        after: Position,
    ) -> Option<(Outcome, Option<Position>)> {
        if replica.rests_until.load(Relaxed) > self.clock.now().0 {
            return None;
        }
        match replica.read(statement, after).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "a replica does not answer; it is left alone for {REST_MS} ms");
                replica.replayed.store(0, Relaxed);
                replica.rests_until.store(self.clock.now().plus(REST_MS).0, Relaxed);
                None
            }
        }
    }
}

impl Replica {
    async fn read(
        &self,
        statement: &Statement,
        after: Position,
    ) -> Result<Option<(Outcome, Option<Position>)>, DbError> {
        if Position(self.replayed.load(Relaxed)) < after {
            // Asked before the read: what it sees is at least as far.
            let replayed = self.database.run(Statement::new(REPLAYED)).await?;
            let replayed = position(&replayed).unwrap_or_default();
            self.replayed.store(replayed.0, Relaxed);
            if replayed < after {
                return Ok(None);
            }
        }
        let seen = Position(self.replayed.load(Relaxed)).max(after);
        Ok(Some((self.database.run(statement.clone()).await?, Some(seen))))
    }
}

fn position(outcome: &Outcome) -> Option<Position> {
    outcome.rows.first()?.text(0).ok()?.parse().ok()
}

#[async_trait]
impl Database for Replicated {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        self.primary.run(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        self.primary.batch(statements).await
    }

    async fn read(
        &self,
        statement: Statement,
        after: Option<Position>,
    ) -> Result<(Outcome, Option<Position>), DbError> {
        if let Some(after) = after {
            for replica in &self.replicas {
                if let Some(found) = self.read_replica(replica, &statement, after).await {
                    return Ok(found);
                }
            }
        }
        self.read_primary(statement).await
    }

    async fn position(&self) -> Result<Option<Position>, DbError> {
        Ok(position(&self.primary.run(Statement::new(WRITTEN)).await?))
    }
}

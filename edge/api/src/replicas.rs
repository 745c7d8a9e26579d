//! Reads on replicas that have seen enough; everything else on the primary (invariant 6).
//!
//! A replica may answer when it has replayed what its caller has seen and what changed the rights behind the call. When in doubt the primary answers: the
//! replica is behind, silent, on another timeline, or has not a single row to show, which may be what has not arrived.

mod sql;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};

use async_trait::async_trait;
use meridian_shared::{
    database::{Database, DbError, Outcome, Statement},
    position::Position,
    time::Millis,
};

use crate::ports::Clock;

/// How long a replica that failed is left alone, in ms.
const REST_MS: i64 = 5_000;

/// How long it is believed how far a replica has replayed, in ms.
///
/// Replay only goes forward, so one answer would do for ever, if it were not for the server behind the address being replaced by one that is further behind:
/// pools and bouncers connect anew without a word. Asking before every read is right, and costs a round trip to a near server (and 16 µs of its work, measured on
/// Postgres 15); under load, where it would double the statements, one question serves everyone for this long. No server takes over an address in less.
const BELIEVED_MS: i64 = 100;

/// A Postgres primary with replicas, nearest first.
pub struct Replicated {
    primary: Arc<dyn Database>,
    replicas: Vec<Replica>,
    clock: Arc<dyn Clock>,
}

struct Replica {
    database: Arc<dyn Database>,
    /// How far it had replayed, and when it said so.
    replayed: Mutex<Option<(Position, Millis)>>,
    /// It failed, and is not asked before this time, ms. 0: it answers.
    rests_until: AtomicI64,
}

/// What a read found, and up to where it has seen.
type Found = (Outcome, Option<Position>);

impl fmt::Debug for Replicated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Replicated({} replicas)", self.replicas.len())
    }
}

impl Replicated {
    /// Each replica is one server: two behind one address would not be equally far.
    pub fn new(primary: Arc<dyn Database>, replicas: Vec<Arc<dyn Database>>, clock: Arc<dyn Clock>) -> Self {
        let replica =
            |database| Replica { database, replayed: Mutex::default(), rests_until: AtomicI64::default() };
        Self { primary, replicas: replicas.into_iter().map(replica).collect(), clock }
    }

    /// Reads on the primary, and asks after the read up to where it can have seen. Two statements by themselves: a transaction around them would take two more
    /// round trips and make nothing truer.
    async fn read_primary(&self, statement: Statement) -> Result<Found, DbError> {
        let found = self.primary.run(statement).await?;
        Ok((found, self.written().await?))
    }

    async fn written(&self) -> Result<Option<Position>, DbError> {
        sql::written(&self.primary.run(Statement::new(sql::WRITTEN)).await?).map(Some)
    }

    /// `None`: the replica can't answer, so another is asked.
    async fn read_replica(&self, replica: &Replica, statement: &Statement, after: Position) -> Option<Found> {
        if !replica.may_be_asked(self.clock.now()) {
            return None;
        }
        match replica.read(statement, after, self.clock.as_ref()).await {
            Ok(found) => {
                replica.rests_until.store(0, Relaxed);
                found
            }
            Err(error) => {
                tracing::warn!(%error, "a replica does not answer; it is left alone for {REST_MS} ms");
                replica.believe(None);
                replica.rests_until.store(self.clock.now().plus(REST_MS).0, Relaxed);
                None
            }
        }
    }
}

impl Replica {
    /// After its rest one caller tries it; the others do without it until that one has come back. So a replica that hangs delays one caller a rest.
    fn may_be_asked(&self, now: Millis) -> bool {
        let until = self.rests_until.load(Relaxed);
        let again = now.plus(REST_MS).0;
        until == 0
            || (until <= now.0 && self.rests_until.compare_exchange(until, again, Relaxed, Relaxed).is_ok())
    }

    async fn read(
        &self,
        statement: &Statement,
        after: Position,
        clock: &dyn Clock,
    ) -> Result<Option<Found>, DbError> {
        let replayed = match self.believed(clock.now()).filter(|replayed| replayed.covers(after)) {
            Some(replayed) => replayed,
            None => {
                // Asked before the read: what it sees is at least as far.
                let asked_at = clock.now();
                let replayed = sql::replayed(&self.database.run(Statement::new(sql::REPLAYED)).await?)?;
                self.believe(replayed.map(|replayed| (replayed, asked_at)));
                match replayed.filter(|replayed| replayed.covers(after)) {
                    Some(replayed) => replayed,
                    None => return Ok(None),
                }
            }
        };
        let outcome = self.database.run(statement.clone()).await?;
        Ok((!outcome.rows.is_empty()).then_some((outcome, Some(replayed))))
    }

    /// A std mutex: never held across an await.
    fn believed(&self, now: Millis) -> Option<Position> {
        let replayed = *self.replayed.lock().unwrap_or_else(PoisonError::into_inner);
        replayed
            .filter(|(_, asked_at)| now.0.abs_diff(asked_at.0) < BELIEVED_MS.unsigned_abs())
            .map(|(position, _)| position)
    }

    fn believe(&self, replayed: Option<(Position, Millis)>) {
        *self.replayed.lock().unwrap_or_else(PoisonError::into_inner) = replayed;
    }
}

#[async_trait]
impl Database for Replicated {
    async fn run(&self, statement: Statement) -> Result<Outcome, DbError> {
        self.primary.run(statement).await
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        self.primary.batch(statements).await
    }

    async fn read(&self, statement: Statement, after: Option<Position>) -> Result<Found, DbError> {
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
        self.written().await
    }
}

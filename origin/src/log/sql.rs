//! The log on SQL. Everything is portable but the append on Postgres, which is one statement and one round trip however many rooms it carries.

use async_trait::async_trait;
use bytes::Bytes;
use meridian_database::{Engine, Postgres, SqlDatabase};
use meridian_shared::{
    database::{Database, DbError, Outcome, Row, Statement},
    ids::RoomId,
    time::Millis,
};
use sqlx::{
    Row as _,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use super::{Append, Appended, Head, Log, LogError, Stored};

/// The log in an SQL database of either engine.
#[derive(Clone)]
pub struct SqlLog {
    database: SqlDatabase,
}

impl SqlLog {
    /// The log in `database`, whose schema is up to date.
    pub fn new(database: SqlDatabase) -> Self {
        Self { database }
    }
}

impl From<DbError> for LogError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => LogError::Unavailable(cause),
            DbError::Unique(cause) | DbError::Other(cause) => LogError::Defective(cause),
        }
    }
}

#[async_trait]
impl Log for SqlLog {
    async fn take(&self, room: RoomId, owner: &str) -> Result<Head, LogError> {
        let take = Statement::new(
            "INSERT INTO room_heads (room, epoch, owner, head_seq) VALUES ($1, 1, $2, 0)
             ON CONFLICT (room) DO UPDATE SET epoch = room_heads.epoch + 1, owner = excluded.owner
             RETURNING epoch, head_seq",
        );
        let outcome = self.database.run(take.bind(room).bind(owner)).await?;
        let row = outcome.rows.first().ok_or_else(|| LogError::Defective("no head was returned".into()))?;
        Ok(Head { epoch: row.int(0)?, seq: row.int(1)? as u64 })
    }

    async fn append(&self, appends: &[Append]) -> Result<Vec<Appended>, LogError> {
        let moved = match self.database.engine() {
            Engine::Sqlite(_) => self.append_portable(appends).await?,
            Engine::Postgres(postgres) => append_postgres(postgres, appends).await?,
        };
        let mut answers = Vec::with_capacity(appends.len());
        for (append, moved) in appends.iter().zip(moved) {
            answers.push(if moved { Appended::Committed } else { self.resolve(append).await? });
        }
        Ok(answers)
    }

    async fn load(&self, room: RoomId) -> Result<Stored, LogError> {
        let snapshot = Statement::new(
            "SELECT seq, payload FROM room_snapshots WHERE room = $1 ORDER BY seq DESC LIMIT 1",
        );
        let snapshot = self.database.run(snapshot.bind(room)).await?;
        let snapshot = snapshot.rows.first().map(numbered).transpose()?;
        let after = snapshot.as_ref().map_or(0, |(seq, _)| *seq as i64);
        let tail =
            Statement::new("SELECT seq, payload FROM room_updates WHERE room = $1 AND seq > $2 ORDER BY seq");
        let tail = self.database.run(tail.bind(room).bind(after)).await?;
        Ok(Stored { snapshot, updates: tail.rows.iter().map(numbered).collect::<Result<_, _>>()? })
    }

    async fn save_snapshot(
        &self,
        room: RoomId,
        epoch: i64,
        seq: u64,
        at: Millis,
        payload: Bytes,
    ) -> Result<(), LogError> {
        let save = Statement::new(
            "INSERT INTO room_snapshots (room, seq, at, payload)
             SELECT $1, $3, $4, $5
             WHERE EXISTS (SELECT 1 FROM room_heads WHERE room = $1 AND epoch = $2 AND head_seq >= $3)
             ON CONFLICT (room, seq) DO NOTHING",
        );
        let save = save.bind(room).bind(epoch).bind(seq as i64).bind(at).bind(payload.to_vec());
        self.database.run(save).await?;
        Ok(())
    }
}

fn numbered(row: &Row) -> Result<(u64, Vec<u8>), LogError> {
    Ok((row.int(0)? as u64, row.bytes(1)?.to_vec()))
}

impl SqlLog {
    /// Which appends moved their room's head, and so are in the log when the batch has committed.
    async fn append_portable(&self, appends: &[Append]) -> Result<Vec<bool>, LogError> {
        let mut statements = Vec::new();
        let mut heads = Vec::with_capacity(appends.len());
        for append in appends {
            heads.push(statements.len());
            statements.push(move_head(append));
            statements.extend((0..append.entries.len()).map(|i| insert_row(append, i)));
        }
        let outcomes: Vec<Outcome> = self.database.batch(statements).await?;
        Ok(heads.into_iter().map(|i| outcomes[i].affected == 1).collect())
    }

    /// An append whose room did not move: either an earlier attempt of it committed and its answer was lost, or another node took the room.
    ///
    /// The head tells: under one epoch only one node appends, one append at a time, so a head at this append's end is this append.
    async fn resolve(&self, append: &Append) -> Result<Appended, LogError> {
        let head = Statement::new("SELECT epoch, head_seq FROM room_heads WHERE room = $1");
        let outcome = self.database.run(head.bind(append.room)).await?;
        let head = outcome
            .rows
            .first()
            .map(|row| Ok::<_, DbError>((row.int(0)?, row.int(1)? as u64)))
            .transpose()?;
        match head {
            Some((epoch, seq)) if epoch == append.epoch && seq == append.last_seq() => {
                Ok(Appended::Committed)
            }
            Some((epoch, seq)) if epoch == append.epoch => Err(LogError::Defective(format!(
                "room {} is at {seq}, an append of {} to {} does not follow",
                append.room,
                append.first_seq,
                append.last_seq()
            ))),
            _ => Ok(Appended::Fenced),
        }
    }
}

fn move_head(append: &Append) -> Statement {
    Statement::new("UPDATE room_heads SET head_seq = $4 WHERE room = $1 AND epoch = $2 AND head_seq = $3")
        .bind(append.room)
        .bind(append.epoch)
        .bind(append.first_seq as i64 - 1)
        .bind(append.last_seq() as i64)
}

/// Inserts a row if the head was moved by this batch; a primary key that exists already means that an earlier attempt committed.
fn insert_row(append: &Append, i: usize) -> Statement {
    let entry = &append.entries[i];
    Statement::new(
        "INSERT INTO room_updates (room, seq, epoch, author, at, payload)
         SELECT $1, $2, $3, $4, $5, $6
         WHERE EXISTS (SELECT 1 FROM room_heads WHERE room = $1 AND epoch = $3 AND head_seq = $7)
         ON CONFLICT (room, seq) DO NOTHING",
    )
    .bind(append.room)
    .bind((append.first_seq + i as u64) as i64)
    .bind(append.epoch)
    .bind(entry.author)
    .bind(entry.at)
    .bind(entry.payload.to_vec())
    .bind(append.last_seq() as i64)
}

/// Moves the heads and inserts the rows of all rooms in one statement, which is one transaction. Rows travel as arrays.
async fn append_postgres(postgres: &Postgres, appends: &[Append]) -> Result<Vec<bool>, LogError> {
    const APPEND: &str = "
        WITH moved AS (
            UPDATE room_heads h SET head_seq = a.last_seq
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS a(room, epoch, before, last_seq)
            WHERE h.room = a.room AND h.epoch = a.epoch AND h.head_seq = a.before
            RETURNING h.room, h.epoch
        ), added AS (
            INSERT INTO room_updates (room, seq, epoch, author, at, payload)
            SELECT r.room, r.seq, m.epoch, r.author, r.at, r.payload
            FROM unnest($5::text[], $6::bigint[], $7::text[], $8::bigint[], $9::bytea[])
                AS r(room, seq, author, at, payload)
            JOIN moved m ON m.room = r.room
        )
        SELECT room FROM moved";
    let mut heads: Vec<&Append> = appends.iter().collect();
    // Two nodes that lock rows in one order can't deadlock.
    heads.sort_by_key(|append| append.room);
    let rows = || appends.iter().flat_map(|a| a.entries.iter().enumerate().map(move |(i, e)| (a, i, e)));
    let append = sqlx::query(APPEND)
        .bind(heads.iter().map(|a| a.room.to_string()).collect::<Vec<_>>())
        .bind(heads.iter().map(|a| a.epoch).collect::<Vec<_>>())
        .bind(heads.iter().map(|a| a.first_seq as i64 - 1).collect::<Vec<_>>())
        .bind(heads.iter().map(|a| a.last_seq() as i64).collect::<Vec<_>>())
        .bind(rows().map(|(a, _, _)| a.room.to_string()).collect::<Vec<_>>())
        .bind(rows().map(|(a, i, _)| (a.first_seq + i as u64) as i64).collect::<Vec<_>>())
        .bind(rows().map(|(_, _, e)| e.author.to_string()).collect::<Vec<_>>())
        .bind(rows().map(|(_, _, e)| e.at.0).collect::<Vec<_>>())
        .bind(rows().map(|(_, _, e)| e.payload.as_ref()).collect::<Vec<_>>());
    let moved =
        fetch(postgres, append).await.map_err(|error| LogError::from(meridian_database::db_error(error)))?;
    let moved: std::collections::HashSet<String> = moved.iter().map(|row| row.get(0)).collect();
    Ok(appends.iter().map(|append| moved.contains(&append.room.to_string())).collect())
}

/// By itself where that is possible: a transaction around it takes two more round trips.
async fn fetch(
    postgres: &Postgres,
    query: Query<'_, sqlx::Postgres, PgArguments>,
) -> sqlx::Result<Vec<PgRow>> {
    if postgres.has_own_sessions() {
        return query.fetch_all(postgres.pool()).await;
    }
    let mut transaction = postgres.pool().begin().await?;
    let rows = query.persistent(false).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(rows)
}

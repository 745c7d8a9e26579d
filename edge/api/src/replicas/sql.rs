//! How Postgres tells where it is in its log. Any role may ask all of this (Postgres 13 and newer).

use meridian_shared::{
    database::{DbError, Outcome, Row},
    position::Position,
};

/// Timeline and place that the primary has written: at or after every commit that anyone can have seen.
///
/// What is flushed, since a commit is not seen before that, and replicas get nothing that is not; only where commits don't wait for the flush, what is
/// inserted. NULL on a server that is no primary (or no longer, or not yet): its reads would be some replica's.
pub(super) const WRITTEN: &str =
    "SELECT substr(pg_walfile_name(lsn), 1, 8), CAST(lsn AS TEXT) FROM (SELECT CASE
       WHEN pg_is_in_recovery() THEN NULL
       WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
       ELSE pg_current_wal_flush_lsn() END AS lsn) AS written";

/// Timeline and place that a replica has replayed. No row on a server that is no replica: once it is promoted, by intent or not, its log is its own.
///
/// The timeline is that of the last restart point, so it may be told too late, after a promotion elsewhere, but never too early: until then the primary answers.
pub(super) const REPLAYED: &str = "SELECT CAST(GREATEST(c.timeline_id, r.min_recovery_end_timeline) AS BIGINT), CAST(pg_last_wal_replay_lsn() AS TEXT)
     FROM pg_control_checkpoint() c, pg_control_recovery() r WHERE pg_is_in_recovery()";

pub(super) fn written(outcome: &Outcome) -> Result<Position, DbError> {
    let not_primary = || DbError::Unavailable("the primary is in recovery".into());
    let row = outcome.rows.first().ok_or_else(not_primary)?;
    let timeline = row.text_opt(0)?.ok_or_else(not_primary)?;
    let timeline = u32::from_str_radix(timeline, 16).map_err(|_| unreadable())?;
    Ok(Position::new(timeline, lsn(row)?))
}

/// `None` for a server that is no replica.
pub(super) fn replayed(outcome: &Outcome) -> Result<Option<Position>, DbError> {
    let Some(row) = outcome.rows.first() else { return Ok(None) };
    let timeline = u32::try_from(row.int(0)?).map_err(|_| unreadable())?;
    Ok(Some(Position::new(timeline, lsn(row)?)))
}

/// The text of a `pg_lsn` has the form of a position's.
fn lsn(row: &Row) -> Result<u64, DbError> {
    let Position(lsn) = row.text(1)?.parse().map_err(|_| unreadable())?;
    Ok(lsn)
}

fn unreadable() -> DbError {
    DbError::Other("a place in the log that can't be read".into())
}

//! What every log does alike: one suite, on SQLite and on a private Postgres (invariants 1 to 3).

use std::sync::Arc;

use bytes::Bytes;
use meridian_database::{DatabaseConfig, SqlDatabase};
use meridian_origin::log::{Append, Appended, Entry, Head, Log, SqlLog, Stored};
use meridian_shared::{
    database::{Database, Statement},
    ids::{RoomId, UserId},
    time::Millis,
};
use meridian_testkit::Postgres;

struct Fixture {
    log: Arc<SqlLog>,
    database: SqlDatabase,
    _dir: Option<tempfile::TempDir>,
}

impl Fixture {
    async fn of(config: DatabaseConfig, dir: Option<tempfile::TempDir>) -> Self {
        let database = SqlDatabase::connect(&config).await.unwrap();
        database.migrate().await.unwrap();
        Self { log: Arc::new(SqlLog::new(database.clone())), database, _dir: dir }
    }

    async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::of(DatabaseConfig::sqlite(dir.path().join("test.db")), Some(dir)).await
    }

    async fn postgres() -> Self {
        Self::of(DatabaseConfig::from_url(&Postgres::shared().new_database()).unwrap(), None).await
    }

    async fn rows(&self, room: RoomId) -> Vec<(i64, i64, Vec<u8>)> {
        let all = Statement::new("SELECT seq, epoch, payload FROM room_updates WHERE room = $1 ORDER BY seq");
        let rows = self.database.run(all.bind(room)).await.unwrap().rows;
        rows.iter().map(|r| (r.int(0).unwrap(), r.int(1).unwrap(), r.bytes(2).unwrap().to_vec())).collect()
    }
}

macro_rules! contract {
    ($($rule:ident)*) => {
        mod sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::Fixture::sqlite().await).await })* }
        mod postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::Fixture::postgres().await).await })* }
    };
}

contract! {
    taking_a_room_makes_the_next_epoch
    appends_are_numbered_without_a_gap
    one_transaction_carries_many_rooms_each_on_its_own_condition
    an_older_epoch_appends_nothing
    an_append_whose_answer_was_lost_lands_once
    an_append_that_does_not_follow_is_a_defect_and_changes_nothing
    of_two_owners_that_append_at_once_one_wins
    a_room_is_the_newest_snapshot_and_its_tail
    a_snapshot_of_an_older_epoch_is_not_stored
}

fn room(n: u8) -> RoomId {
    RoomId::new(Millis(1), [n; 10])
}

fn append(room: RoomId, head: Head, payloads: &[&'static str]) -> Append {
    let author = UserId::new(Millis(1), [9; 10]);
    let entry =
        |text: &&'static str| Entry { author, at: Millis(5), payload: Bytes::from_static(text.as_bytes()) };
    Append { room, epoch: head.epoch, first_seq: head.seq + 1, entries: payloads.iter().map(entry).collect() }
}

fn after(head: Head, count: u64) -> Head {
    Head { seq: head.seq + count, ..head }
}

async fn taking_a_room_makes_the_next_epoch(f: Fixture) {
    assert_eq!(f.log.take(room(1), "a").await.unwrap(), Head { epoch: 1, seq: 0 });
    assert_eq!(f.log.take(room(1), "b").await.unwrap(), Head { epoch: 2, seq: 0 });
    assert_eq!(f.log.take(room(2), "b").await.unwrap(), Head { epoch: 1, seq: 0 });
}

async fn appends_are_numbered_without_a_gap(f: Fixture) {
    let head = f.log.take(room(1), "a").await.unwrap();
    assert_eq!(f.log.append(&[append(room(1), head, &["x", "y"])]).await.unwrap(), [Appended::Committed]);
    assert_eq!(
        f.log.append(&[append(room(1), after(head, 2), &["z"])]).await.unwrap(),
        [Appended::Committed]
    );
    let expected = [(1, 1, b"x".to_vec()), (2, 1, b"y".to_vec()), (3, 1, b"z".to_vec())];
    assert_eq!(f.rows(room(1)).await, expected);
    assert_eq!(f.log.take(room(1), "b").await.unwrap(), Head { epoch: 2, seq: 3 });
}

async fn one_transaction_carries_many_rooms_each_on_its_own_condition(f: Fixture) {
    let one = f.log.take(room(1), "a").await.unwrap();
    let two = f.log.take(room(2), "a").await.unwrap();
    let three = f.log.take(room(3), "a").await.unwrap();
    f.log.take(room(2), "rival").await.unwrap();
    let batch =
        [append(room(1), one, &["1a", "1b"]), append(room(2), two, &["2a"]), append(room(3), three, &["3a"])];
    let answers = f.log.append(&batch).await.unwrap();
    assert_eq!(answers, [Appended::Committed, Appended::Fenced, Appended::Committed]);
    assert_eq!(
        (f.rows(room(1)).await.len(), f.rows(room(2)).await.len(), f.rows(room(3)).await.len()),
        (2, 0, 1)
    );
}

async fn an_older_epoch_appends_nothing(f: Fixture) {
    let old = f.log.take(room(1), "a").await.unwrap();
    assert_eq!(f.log.append(&[append(room(1), old, &["x"])]).await.unwrap(), [Appended::Committed]);
    let new = f.log.take(room(1), "b").await.unwrap();
    assert_eq!(f.log.append(&[append(room(1), after(old, 1), &["late"])]).await.unwrap(), [Appended::Fenced]);
    assert_eq!(f.log.append(&[append(room(1), new, &["y"])]).await.unwrap(), [Appended::Committed]);
    assert_eq!(f.rows(room(1)).await, [(1, 1, b"x".to_vec()), (2, 2, b"y".to_vec())]);
}

async fn an_append_whose_answer_was_lost_lands_once(f: Fixture) {
    let head = f.log.take(room(1), "a").await.unwrap();
    let same = [append(room(1), head, &["x", "y"])];
    for _ in 0..3 {
        assert_eq!(f.log.append(&same).await.unwrap(), [Appended::Committed]);
    }
    assert_eq!(f.rows(room(1)).await.len(), 2);
}

async fn an_append_that_does_not_follow_is_a_defect_and_changes_nothing(f: Fixture) {
    let head = f.log.take(room(1), "a").await.unwrap();
    assert!(f.log.append(&[append(room(1), after(head, 3), &["x"])]).await.is_err());
    assert!(f.rows(room(1)).await.is_empty());
    assert_eq!(f.log.append(&[append(room(1), head, &["x"])]).await.unwrap(), [Appended::Committed]);
}

async fn of_two_owners_that_append_at_once_one_wins(f: Fixture) {
    for round in 0..20 {
        let before = f.log.take(room(1), "a").await.unwrap();
        let (log, other) = (f.log.clone(), f.log.clone());
        let appending =
            tokio::spawn(async move { log.append(&[append(room(1), before, &["mine"])]).await.unwrap() });
        let rival = tokio::spawn(async move { other.take(room(1), "b").await.unwrap() });
        let (answer, rival) = (appending.await.unwrap(), rival.await.unwrap());
        let landed = f.rows(room(1)).await.len() as u64 == before.seq + 1;
        assert_eq!(answer == [Appended::Committed], landed, "round {round}: the answer is the truth");
        assert_eq!(
            rival.seq,
            before.seq + u64::from(landed),
            "round {round}: the rival continues where it ended"
        );
    }
}

async fn a_room_is_the_newest_snapshot_and_its_tail(f: Fixture) {
    let head = f.log.take(room(1), "a").await.unwrap();
    assert_eq!(f.log.load(room(1)).await.unwrap(), Stored::default());
    f.log.append(&[append(room(1), head, &["1", "2", "3", "4"])]).await.unwrap();
    for (seq, text) in [(1, "one"), (3, "three")] {
        f.log.save_snapshot(room(1), head.epoch, seq, Millis(7), Bytes::from(text)).await.unwrap();
    }
    let stored = f.log.load(room(1)).await.unwrap();
    assert_eq!(stored, Stored { snapshot: Some((3, b"three".to_vec())), updates: vec![(4, b"4".to_vec())] });
}

async fn a_snapshot_of_an_older_epoch_is_not_stored(f: Fixture) {
    let old = f.log.take(room(1), "a").await.unwrap();
    f.log.append(&[append(room(1), old, &["1"])]).await.unwrap();
    f.log.take(room(1), "b").await.unwrap();
    f.log.save_snapshot(room(1), old.epoch, 1, Millis(7), Bytes::from("stale")).await.unwrap();
    assert_eq!(f.log.load(room(1)).await.unwrap().snapshot, None);
}

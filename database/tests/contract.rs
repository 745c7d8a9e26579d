//! What every engine behind the Database port does alike. One suite, run on SQLite and on a private Postgres.

use meridian_database::{ConnectError, DatabaseConfig, SqlDatabase};
use meridian_shared::database::{Database, DbError, Row, Statement, Value};
use meridian_testkit::Postgres;

/// A fresh database with the schema, and what must outlive it.
struct Fixture {
    database: SqlDatabase,
    config: DatabaseConfig,
    _dir: Option<tempfile::TempDir>,
}

impl Fixture {
    async fn of(config: DatabaseConfig, dir: Option<tempfile::TempDir>) -> Self {
        let database = SqlDatabase::connect(&config).await.expect("connects");
        database.migrate().await.expect("migrates");
        Self { database, config, _dir: dir }
    }

    async fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Self::of(DatabaseConfig::sqlite(dir.path().join("test.db")), Some(dir)).await
    }

    async fn postgres() -> Self {
        let config = DatabaseConfig::from_url(&Postgres::shared().new_database()).expect("a URL");
        Self::of(config, None).await
    }

    async fn postgres_as_behind_pgbouncer() -> Self {
        let config = DatabaseConfig::from_url(&Postgres::shared().new_database()).expect("a URL");
        Self::of(DatabaseConfig { pgbouncer: true, ..config }, None).await
    }
}

/// One test of the contract, for every engine.
macro_rules! contract {
    ($($rule:ident)*) => {
        mod sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::Fixture::sqlite().await).await })* }
        mod postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::Fixture::postgres().await).await })* }
        mod postgres_without_named_statements { $(#[tokio::test(flavor = "multi_thread")] async fn $rule() { super::$rule(super::Fixture::postgres_as_behind_pgbouncer().await).await })* }
    };
}

contract! {
    values_come_back_as_they_went_in
    null_takes_the_type_of_its_place
    outcomes_count_what_changed_and_never_what_was_read
    a_batch_is_all_or_nothing
    a_later_statement_sees_the_earlier_ones_of_its_batch
    unique_violations_name_the_column
    a_defect_is_neither_unique_nor_unavailable
    foreign_keys_hold
    conditional_updates_count_exactly_under_concurrency
    a_cancelled_batch_leaves_nothing_and_frees_its_connection
    migrating_again_changes_nothing
}

fn user(id: &str, email_key: &str) -> Statement {
    Statement::new(
        "INSERT INTO users (id, email, email_key, name, password_hash, created_at) VALUES ($1, $2, $2, 'Ada', '', $3)",
    )
    .bind(id)
    .bind(email_key)
    .bind(1_i64)
}

fn invite(code: &str, max_uses: i64) -> Vec<Statement> {
    vec![
        user("u", "a@example.com"),
        Statement::new("INSERT INTO rooms (id, name, kind, region, created_at) VALUES ('r', 'Room', 'board', 'local', 1)"),
        Statement::new(
            "INSERT INTO invites (code_hash, room_id, role, created_by, created_at, expires_at, max_uses) VALUES ($1, 'r', 'editor', 'u', 1, 2, $2)",
        )
        .bind(code)
        .bind(max_uses),
    ]
}

async fn count(database: &SqlDatabase, sql: &'static str) -> i64 {
    database.run(Statement::new(sql)).await.expect("counts").rows[0].int(0).expect("a number")
}

async fn values_come_back_as_they_went_in(f: Fixture) {
    let texts = ["", "a", "it's", "ünïcödé 🦀", "line\nbreak", "$1; DROP TABLE users"];
    let ints = [0, 1, -1, i64::MAX, i64::MIN];
    let bytes: [&[u8]; 3] = [b"", b"\x00\xff", &[7; 100_000]];
    for (text, (int, blob)) in texts.iter().zip(ints.iter().zip(bytes.iter().cycle())) {
        let put = Statement::new(
            "INSERT INTO room_updates (room, seq, epoch, author, at, payload) VALUES ($1, $2, 1, $1, $2, $3) RETURNING room, seq, payload",
        )
        .bind(*text)
        .bind(*int)
        .bind(blob.to_vec());
        let expected = Row(vec![Value::from(*text), Value::from(*int), Value::from(blob.to_vec())]);
        assert_eq!(f.database.run(put).await.expect("inserts").rows, vec![expected.clone()]);
        let get = Statement::new("SELECT room, seq, payload FROM room_updates WHERE room = $1 AND seq = $2");
        assert_eq!(f.database.run(get.bind(*text).bind(*int)).await.expect("selects").rows, [expected]);
    }
}

async fn null_takes_the_type_of_its_place(f: Fixture) {
    let put = |seq: i64, author: Option<&str>| {
        Statement::new(
            "INSERT INTO room_updates (room, seq, epoch, author, at, payload) VALUES ('r', $1, 1, $2, 0, $3)",
        )
        .bind(seq)
        .bind(author)
        .bind(vec![1_u8])
    };
    // The same text with NULL first and a value later, and the other way round: a prepared statement serves both.
    for (seq, author) in [(1, None), (2, Some("ada")), (3, None)] {
        f.database.run(put(seq, author)).await.expect("inserts");
    }
    let end = Statement::new(
        "INSERT INTO sessions (id, user_id, created_at, expires_at, ended_at) VALUES ($1, 'u', 1, 2, $2)",
    );
    f.database.run(user("u", "a@example.com")).await.expect("inserts");
    for (id, ended) in [("a", None), ("b", Some(5_i64)), ("c", None)] {
        f.database.run(end.clone().bind(id).bind(ended)).await.expect("inserts");
    }
    let rows = f
        .database
        .run(Statement::new("SELECT ended_at FROM sessions ORDER BY id"))
        .await
        .expect("selects")
        .rows;
    let ended: Vec<_> = rows.iter().map(|r| r.int_opt(0).expect("a number or NULL")).collect();
    assert_eq!(ended, [None, Some(5), None]);
    assert_eq!(count(&f.database, "SELECT COUNT(*) FROM room_updates WHERE author IS NULL").await, 2);
}

async fn outcomes_count_what_changed_and_never_what_was_read(f: Fixture) {
    let outcomes = f
        .database
        .batch(vec![
            user("a", "a@example.com"),
            user("b", "b@example.com"),
            Statement::new("UPDATE users SET name = 'Eve' RETURNING id"),
            Statement::new("UPDATE users SET name = 'Eve' WHERE id = 'nobody'"),
            Statement::new("SELECT id FROM users ORDER BY id"),
            Statement::new("DELETE FROM users WHERE id = 'a'"),
        ])
        .await
        .expect("runs");
    let seen: Vec<_> = outcomes.iter().map(|o| (o.affected, o.rows.len())).collect();
    assert_eq!(seen, [(1, 0), (1, 0), (2, 2), (0, 0), (0, 2), (1, 0)]);
}

async fn a_batch_is_all_or_nothing(f: Fixture) {
    let failed = f.database.batch(vec![user("a", "a@example.com"), user("b", "a@example.com")]).await;
    assert!(matches!(failed, Err(DbError::Unique(_))), "{failed:?}");
    assert_eq!(count(&f.database, "SELECT COUNT(*) FROM users").await, 0);
    f.database.run(user("b", "a@example.com")).await.expect("the connection works on");
}

async fn a_later_statement_sees_the_earlier_ones_of_its_batch(f: Fixture) {
    let outcomes = f
        .database
        .batch(vec![user("a", "a@example.com"), Statement::new("SELECT COUNT(*) FROM users")])
        .await
        .expect("runs");
    assert_eq!(outcomes[1].rows[0].int(0), Ok(1));
}

async fn unique_violations_name_the_column(f: Fixture) {
    f.database.run(user("a", "a@example.com")).await.expect("inserts");
    let twice = f.database.run(user("b", "a@example.com")).await;
    assert!(matches!(&twice, Err(DbError::Unique(what)) if what.contains("email_key")), "{twice:?}");
    let same_id = f.database.run(user("a", "b@example.com")).await;
    assert!(matches!(&same_id, Err(DbError::Unique(what)) if !what.contains("email_key")), "{same_id:?}");
}

async fn a_defect_is_neither_unique_nor_unavailable(f: Fixture) {
    for sql in ["SELECT nothing FROM nowhere", "INSERT INTO users (id) VALUES ('a')", "not sql"] {
        let failed = f.database.run(Statement::new(sql)).await;
        assert!(matches!(failed, Err(DbError::Other(_))), "{failed:?}");
    }
}

async fn foreign_keys_hold(f: Fixture) {
    let orphan = f
        .database
        .run(Statement::new(
            "INSERT INTO members (room_id, user_id, role, joined_at) VALUES ('r', 'u', 'owner', 1)",
        ))
        .await;
    assert!(matches!(orphan, Err(DbError::Other(_))), "{orphan:?}");
    f.database.batch(invite("code", 1)).await.expect("inserts");
    f.database.run(Statement::new("DELETE FROM rooms")).await.expect("deletes");
    assert_eq!(count(&f.database, "SELECT COUNT(*) FROM invites").await, 0, "invites go with their room");
}

async fn conditional_updates_count_exactly_under_concurrency(f: Fixture) {
    f.database.batch(invite("code", 7)).await.expect("inserts");
    let calls = (0..30).map(|i| {
        let database = f.database.clone();
        tokio::spawn(async move {
            let take = Statement::new("UPDATE invites SET uses = uses + 1, last_use = $1 WHERE code_hash = 'code' AND uses < max_uses");
            // What depends on it carries its condition, as it must on D1.
            let follow = Statement::new(
                "INSERT INTO users (id, email, email_key, name, password_hash, created_at)
                 SELECT $1, $1, $1, '', '', 1 FROM invites WHERE code_hash = 'code' AND last_use = $1",
            );
            let id = format!("user-{i}");
            database.batch(vec![take.bind(id.as_str()), follow.bind(id.as_str())]).await.expect("runs")[1].affected
        })
    });
    let mut joined = 0;
    for call in calls.collect::<Vec<_>>() {
        joined += call.await.expect("finishes");
    }
    assert_eq!(joined, 7);
    assert_eq!(count(&f.database, "SELECT uses FROM invites").await, 7);
}

async fn a_cancelled_batch_leaves_nothing_and_frees_its_connection(f: Fixture) {
    for i in 0..40_u64 {
        let database = f.database.clone();
        let batch = tokio::spawn(async move {
            database
                .batch(vec![
                    user("a", "a@example.com"),
                    Statement::new("SELECT COUNT(*) FROM users"),
                    user("b", "a@example.com"),
                ])
                .await
        });
        // Another number of scheduler turns each time: it is cut at another place.
        for _ in 0..i {
            tokio::task::yield_now().await;
        }
        batch.abort();
        let _ = batch.await;
    }
    assert_eq!(count(&f.database, "SELECT COUNT(*) FROM users").await, 0);
    f.database.run(user("a", "a@example.com")).await.expect("a connection is free");
}

async fn migrating_again_changes_nothing(f: Fixture) {
    f.database.run(user("a", "a@example.com")).await.expect("inserts");
    f.database.migrate().await.expect("is up to date");
    assert_eq!(count(&f.database, "SELECT COUNT(*) FROM users").await, 1);
}

async fn starts_at_once(config: DatabaseConfig) {
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let config = config.clone();
            tokio::spawn(
                async move { SqlDatabase::connect(&config).await.expect("connects").migrate().await },
            )
        })
        .collect();
    for start in starts {
        start.await.expect("finishes").expect("migrates");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn six_processes_may_migrate_a_sqlite_file_at_once() {
    let dir = tempfile::tempdir().expect("a directory");
    starts_at_once(DatabaseConfig::sqlite(dir.path().join("test.db"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn six_processes_may_migrate_a_postgres_at_once() {
    starts_at_once(DatabaseConfig::from_url(&Postgres::shared().new_database()).expect("a URL")).await;
}

#[tokio::test]
async fn sqlite_is_set_up_to_keep_what_it_commits() {
    let f = Fixture::sqlite().await;
    for (pragma, expected) in
        [("PRAGMA synchronous", 2), ("PRAGMA foreign_keys", 1), ("PRAGMA busy_timeout", 5000)]
    {
        let found = f.database.run(Statement::new(pragma)).await.expect("answers");
        assert_eq!(found.rows[0].int(0), Ok(expected), "{pragma}");
    }
    let mode = f.database.run(Statement::new("PRAGMA journal_mode")).await.expect("answers");
    assert_eq!(mode.rows[0].text(0), Ok("wal"));
}

#[tokio::test]
async fn a_postgres_that_can_lose_commits_is_refused_unless_allowed() {
    let server = Postgres::start(&["fsync=off"]);
    let config = DatabaseConfig::from_url(&server.new_database()).expect("a URL");
    let refused = SqlDatabase::connect(&config).await;
    assert!(
        matches!(&refused, Err(ConnectError::UnsafeDurability(what)) if what == "fsync=off"),
        "{refused:?}"
    );
    SqlDatabase::connect(&DatabaseConfig { allow_unsafe_durability: true, ..config }).await.expect("allowed");
}

#[tokio::test]
async fn a_role_that_does_not_wait_for_its_commits_is_refused() {
    let server = Postgres::shared();
    let url = server.new_database();
    let name = url.rsplit('/').next().and_then(|n| n.split('?').next()).expect("a name");
    server.psql("postgres", &format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    let refused = SqlDatabase::connect(&DatabaseConfig::from_url(&url).expect("a URL")).await;
    assert!(
        matches!(&refused, Err(ConnectError::UnsafeDurability(what)) if what == "synchronous_commit=off"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_statement_over_its_time_is_unavailable_and_the_pool_survives() {
    let config = DatabaseConfig::from_url(&Postgres::shared().new_database()).expect("a URL");
    let config = DatabaseConfig {
        statement_timeout: std::time::Duration::from_millis(200),
        max_connections: 1,
        ..config
    };
    let f = Fixture::of(config, None).await;
    let slow = f.database.run(Statement::new("SELECT 1 FROM pg_sleep(60)")).await;
    assert!(matches!(slow, Err(DbError::Unavailable(_))), "{slow:?}");
    assert_eq!(count(&f.database, "SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_and_its_return_is_noticed() {
    let server = Postgres::start(&[]);
    let config = DatabaseConfig::from_url(&server.new_database()).expect("a URL");
    let config = DatabaseConfig { acquire_timeout: std::time::Duration::from_millis(500), ..config };
    let f = Fixture::of(config, None).await;
    drop(server);
    let gone = f.database.run(Statement::new("SELECT 1")).await;
    assert!(matches!(gone, Err(DbError::Unavailable(_))), "{gone:?}");
    let gone = f.database.batch(vec![user("a", "a@example.com")]).await;
    assert!(matches!(gone, Err(DbError::Unavailable(_))), "{gone:?}");
    assert!(SqlDatabase::connect(&f.config).await.is_err());
}

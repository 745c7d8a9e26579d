//! Which server answers a read, over fakes that count what they are asked.

use std::sync::atomic::AtomicUsize;

use meridian_shared::database::{Row, Value};

use super::*;

/// A server whose every row says its name.
#[derive(Default)]
struct Server {
    name: &'static str,
    /// Where it is in its log. `None`: it says nothing, as a server does that is not what it should be.
    at: Mutex<Option<Position>>,
    is_primary: bool,
    away: Mutex<bool>,
    rows: AtomicUsize,
    /// How often it was asked where it is, and how often for rows.
    asked: [AtomicUsize; 2],
}

impl Server {
    fn new(name: &'static str, at: Position, is_primary: bool) -> Arc<Self> {
        Arc::new(Self {
            name,
            at: Mutex::new(Some(at)),
            is_primary,
            rows: AtomicUsize::new(1),
            ..Self::default()
        })
    }

    fn stands_at(&self, at: Option<Position>) {
        *self.at.lock().unwrap() = at;
    }

    fn is_away(&self, away: bool) {
        *self.away.lock().unwrap() = away;
    }

    /// Since the last look.
    fn asked(&self) -> [usize; 2] {
        [0, 1].map(|i| self.asked[i].swap(0, Relaxed))
    }

    fn place(&self) -> Outcome {
        let lsn = |at: Position| Value::Text(Position(at.0 & ((1 << 52) - 1)).to_string());
        let row = match (*self.at.lock().unwrap(), self.is_primary) {
            (Some(at), true) => vec![Value::Text(format!("{:08X}", at.timeline())), lsn(at)],
            (None, true) => vec![Value::Null, Value::Null],
            (Some(at), false) => vec![Value::Int(at.timeline().into()), lsn(at)],
            (None, false) => return Outcome::default(),
        };
        Outcome { rows: vec![Row(row)], affected: 0 }
    }
}

#[async_trait]
impl Database for Server {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        let answer = |statement: &Statement| {
            let for_rows = statement.sql == ROWS;
            self.asked[usize::from(for_rows)].fetch_add(1, Relaxed);
            if *self.away.lock().unwrap() {
                return Err(DbError::Unavailable("away".into()));
            }
            assert_eq!(statement.sql == sql::WRITTEN, self.is_primary && !for_rows, "{}", self.name);
            let row = || Row(vec![Value::from(self.name)]);
            let rows = (0..self.rows.load(Relaxed)).map(|_| row()).collect();
            Ok(if for_rows { Outcome { rows, affected: 0 } } else { self.place() })
        };
        statements.iter().map(answer).collect()
    }
}

#[derive(Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> Millis {
        Millis(self.0.load(Relaxed))
    }
}

const ROWS: &str = "SELECT name FROM server";

fn at(lsn: u64) -> Position {
    Position::new(1, lsn)
}

struct World {
    primary: Arc<Server>,
    near: Arc<Server>,
    far: Arc<Server>,
    clock: Arc<Hand>,
    database: Replicated,
}

impl World {
    /// The primary is at 100, the near replica at 50, the far one at 90.
    fn new() -> Self {
        let primary = Server::new("primary", at(100), true);
        let [near, far] = [("near", 50), ("far", 90)].map(|(name, lsn)| Server::new(name, at(lsn), false));
        let clock = Arc::new(Hand(AtomicI64::new(1_000_000)));
        let database = Replicated::new(primary.clone(), vec![near.clone(), far.clone()], clock.clone());
        Self { primary, near, far, clock, database }
    }

    /// Who answered, and up to where it had seen.
    async fn read(&self, after: impl Into<Option<Position>>) -> (String, Option<Position>) {
        let (outcome, seen) = self.database.read(Statement::new(ROWS), after.into()).await.unwrap();
        (outcome.rows[0].text(0).unwrap().to_owned(), seen)
    }

    fn wait(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Relaxed);
    }
}

#[tokio::test]
async fn the_nearest_server_that_has_seen_enough_answers() {
    let world = World::new();
    for (after, expected, seen) in [
        (at(10), "near", at(50)),
        (at(50), "near", at(50)),
        (at(51), "far", at(90)),
        (at(91), "primary", at(100)),
    ] {
        assert_eq!(world.read(after).await, (expected.into(), Some(seen)), "{after}");
    }
    assert_eq!(world.read(None).await, ("primary".into(), Some(at(100))), "who has seen nobody knows what");
    assert_eq!(world.database.position().await, Ok(Some(at(100))));
}

/// What a caller has seen it sees again: each answer's position, sent with the next read, never leads back.
#[tokio::test]
async fn positions_only_grow() {
    let world = World::new();
    let mut seen = at(0);
    for step in 0..200 {
        let lsn = |n: u64| Some(at(100 + step + n));
        let lag = [7, 0, 3, 40][step as usize % 4];
        world.primary.stands_at(lsn(0));
        world.near.stands_at(lsn(0).map(|Position(p)| Position(p - lag)));
        world.wait(60);
        let (_, now) = world.read((step > 0).then_some(seen)).await;
        assert!(now.unwrap() >= seen, "step {step}");
        seen = now.unwrap();
    }
}

#[tokio::test]
async fn a_replica_is_believed_for_a_moment_and_then_asked_anew() {
    let world = World::new();
    for _ in 0..5 {
        world.read(at(50)).await;
    }
    assert_eq!(world.near.asked(), [1, 5], "one question for all of them");
    // Another server stands behind the address, and has replayed less.
    world.near.stands_at(Some(at(20)));
    world.wait(BELIEVED_MS);
    assert_eq!(world.read(at(50)).await.0, "far");
    assert_eq!(world.near.asked(), [1, 0]);
    // What is not enough is asked for again at once: it may have arrived.
    world.near.stands_at(Some(at(60)));
    assert_eq!(world.read(at(60)).await, ("near".into(), Some(at(60))));
}

#[tokio::test]
async fn one_that_fails_rests_and_then_one_caller_tries_it() {
    let world = World::new();
    world.read(at(10)).await;
    world.near.is_away(true);
    assert_eq!(world.read(at(10)).await.0, "far");
    world.near.asked();
    world.wait(REST_MS - 1);
    assert_eq!(world.read(at(10)).await.0, "far");
    assert_eq!(world.near.asked(), [0, 0], "left alone");
    world.wait(1);
    world.read(at(10)).await;
    world.read(at(10)).await;
    assert_eq!(
        world.near.asked(),
        [1, 0],
        "one tries, and it is asked where it is: nothing is believed any more"
    );
    world.near.is_away(false);
    world.wait(REST_MS);
    assert_eq!(world.read(at(10)).await.0, "near");
    assert_eq!(world.read(at(10)).await.0, "near");
}

#[tokio::test]
async fn with_all_replicas_away_the_primary_answers_and_with_the_primary_away_they_do() {
    let world = World::new();
    world.primary.is_away(true);
    assert_eq!(world.read(at(60)).await.0, "far");
    let refused = world.database.read(Statement::new(ROWS), None).await;
    assert!(matches!(refused, Err(DbError::Unavailable(_))), "{refused:?}");
    for server in [&world.near, &world.far] {
        server.is_away(true);
    }
    world.primary.is_away(false);
    assert_eq!(world.read(at(60)).await.0, "primary");
}

/// A promotion begins a timeline. What a number meant before it, only the primary can say.
#[tokio::test]
async fn positions_of_another_timeline_go_to_the_primary() {
    let world = World::new();
    world.primary.stands_at(Some(Position::new(2, 60)));
    assert_eq!(world.read(at(10)).await.0, "near", "nothing moved for these servers yet");
    world.near.stands_at(Some(Position::new(2, 60)));
    world.wait(BELIEVED_MS);
    assert_eq!(world.read(Position::new(2, 60)).await.0, "near");
    // The far one still follows the old timeline and is past the place where the new one began.
    world.near.stands_at(Some(Position::new(2, 55)));
    world.wait(BELIEVED_MS);
    assert_eq!(world.read(Position::new(2, 60)).await, ("primary".into(), Some(Position::new(2, 60))));
    // And somebody who saw the old timeline to an end that was lost.
    world.far.is_away(true);
    assert_eq!(world.read(at(95)).await, ("primary".into(), Some(Position::new(2, 60))));
}

#[tokio::test]
async fn who_is_not_what_it_should_be_is_not_used() {
    let world = World::new();
    world.near.stands_at(None);
    assert_eq!(world.read(at(10)).await.0, "far", "promoted: no replica any more");
    world.primary.stands_at(None);
    let refused = world.database.read(Statement::new(ROWS), None).await;
    assert!(matches!(refused, Err(DbError::Unavailable(_))), "a replica where the primary was: {refused:?}");
}

/// A session that began a moment ago elsewhere: its caller may not have heard of the position.
#[tokio::test]
async fn no_rows_on_a_replica_are_no_proof_of_absence() {
    let world = World::new();
    world.near.rows.store(0, Relaxed);
    assert_eq!(world.read(at(10)).await.0, "far");
    world.far.rows.store(0, Relaxed);
    assert_eq!(world.read(at(10)).await.0, "primary");
}

#[tokio::test]
async fn what_changes_or_decides_goes_to_the_primary() {
    let world = World::new();
    for outcome in [
        world.database.run(Statement::new(ROWS)).await.unwrap(),
        world.database.batch(vec![Statement::new(ROWS)]).await.unwrap().remove(0),
    ] {
        assert_eq!(outcome.rows[0].text(0), Ok("primary"));
    }
}

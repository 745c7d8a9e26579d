//! Where a WebSocket upgrade goes, for hosts that proxy it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use super::support::{Options, Person, World};
use async_trait::async_trait;
use meridian_database::SqlDatabase;
use meridian_shared::database::{Database, DbError, Outcome, Statement};
use serde_json::json;

/// Statements since the last look.
static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

struct Counting(SqlDatabase);

#[async_trait]
impl Database for Counting {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DbError> {
        STATEMENTS.fetch_add(statements.len(), SeqCst);
        self.0.batch(statements).await
    }
}

async fn ticket(person: &Person, room: &str) -> String {
    let body = json!({"reusable": true});
    let ticket = person.post(&format!("{room}/ticket"), body).await.expect(200);
    ticket["ticket"].as_str().expect("a ticket").to_owned()
}

/// The node and the number of statements it took.
async fn node(world: &World, room: &str, ticket: Option<&str>) -> (Result<String, u16>, usize) {
    STATEMENTS.store(0, SeqCst);
    let found = world.api.node_of_upgrade(room, ticket).await;
    let found = found.map(|node| node.id).map_err(|response| response.status().as_u16());
    (found, STATEMENTS.load(SeqCst))
}

#[tokio::test]
async fn a_valid_ticket_looks_its_room_up_once_and_nothing_else_makes_the_database_work() {
    let world = World::with(Options { wrap: |db| Arc::new(Counting(db)), ..Options::default() }).await;
    let ada = world.person("Ada").await;
    let (path, other) = (ada.room("Room").await, ada.room("Other").await);
    let [room, other_room] = [&path, &other].map(|path| path.rsplit('/').next().expect("an id").to_owned());
    let (valid, foreign) = (ticket(&ada, &path).await, ticket(&ada, &other).await);
    let here = || Ok("eu-1".to_owned());

    for bad in [None, Some(""), Some("nonsense"), Some(foreign.as_str()), Some(ada.access.as_str())] {
        assert_eq!(node(&world, &room, bad).await, (here(), 0), "{bad:?}: the node refuses it");
    }
    for odd in ["", "no-room", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(node(&world, odd, Some(&valid)).await, (here(), 0), "{odd}");
    }
    assert_eq!(node(&world, &room, Some(&valid)).await, (here(), 1), "looked up");
    for _ in 0..3 {
        assert_eq!(node(&world, &room, Some(&valid)).await, (here(), 0), "remembered");
    }
    assert_eq!(node(&world, &other_room, Some(&foreign)).await, (here(), 1), "for each room");
    // Past its freshness one looks it up.
    world.clock.advance(10_000);
    assert_eq!(node(&world, &room, Some(&valid)).await, (here(), 1));
    assert_eq!(node(&world, &room, Some(&valid)).await, (here(), 0));

    ada.delete(&path).await.expect(204);
    assert_eq!(
        node(&world, &room, Some(&valid)).await,
        (here(), 1),
        "forgotten with the room: the node says that it is gone"
    );
    assert_eq!(node(&world, &room, Some(&valid)).await, (here(), 0));
    world.clock.advance(3_600_000);
    assert_eq!(node(&world, &room, Some(&valid)).await, (here(), 0), "an expired ticket is none");
}

//! When rights changed, and which nodes live: what only a memory that all share knows.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use meridian_edge_api::{
    LocalMemory,
    ports::{Ask, SharedMemory},
};
use meridian_edge_native::SystemClock;
use meridian_edge_redis::{EVENTS, RedisMemory};
use meridian_redis::native::{Heard, NativeRedis};
use meridian_redis_testkit::RedisServer;
use meridian_shared::{
    event::{Event, Subject},
    gcra::Quota,
    ids::{RoomId, SessionId, UserId},
    position::Position,
    region::Node,
    time::Millis,
};

use super::support::{Fixture, resp, rest};

fn room(n: u8) -> RoomId {
    RoomId::new(Millis(1), [n; 10])
}

async fn changed(fixture: &Fixture, rights: &[Subject]) -> Option<Position> {
    let ask = Ask { rights: rights.to_vec(), ..Ask::default() };
    fixture.ask(ask).await.changed
}

/// As after a minute without a loss.
fn grow_old(fixture: &Fixture) {
    assert_eq!(fixture.redis("SET meridian:born 1"), "+OK");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_known_at_its_newest_position() {
    for fixture in [resp(), rest().await] {
        let (user, session) = (UserId::new(Millis(1), [1; 10]), SessionId::new(Millis(1), [1; 10]));
        let subjects = [Subject::Session(session), Subject::User(user), Subject::Room(room(1))];
        grow_old(&fixture);
        assert_eq!(changed(&fixture, &subjects).await, Some(Position::default()), "nothing changed");
        let at = Position::new(3, 0x16_b374_d848);
        fixture.memory.publish(Event::RoomChanged { room: room(1) }, Some(at)).await;
        assert_eq!(changed(&fixture, &subjects).await, Some(at));
        assert_eq!(changed(&fixture, &subjects[..2]).await, Some(Position::default()));
        // Messages overtake each other.
        fixture.memory.publish(Event::RoomChanged { room: room(1) }, Some(Position(at.0 - 1))).await;
        assert_eq!(changed(&fixture, &subjects).await, Some(at));
        fixture.memory.publish(Event::UserErased { user }, Some(Position(u64::MAX))).await;
        assert_eq!(changed(&fixture, &subjects).await, Some(Position(u64::MAX)), "all 64 bits");
        fixture.memory.publish(Event::SessionEnded { session }, None).await;
        assert_eq!(changed(&fixture, &subjects).await, None, "somewhere");
        fixture.memory.publish(Event::SessionEnded { session }, Some(at)).await;
        assert_eq!(changed(&fixture, &subjects[..1]).await, None, "somewhere may be later");
        assert!(fixture.redis(&format!("PTTL meridian:right:{}", subjects[0])).starts_with(":3"), "an hour");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_memory_knows_of_no_change() {
    let mut fixture = resp();
    let subjects = [Subject::Room(room(1))];
    assert_eq!(changed(&fixture, &subjects).await, None, "just born");
    grow_old(&fixture);
    assert!(changed(&fixture, &subjects).await.is_some());
    fixture.server().restart();
    super::support::until("Redis again", || async { !fixture.redis("PING").is_empty() }).await;
    super::support::until("its birth", || async {
        let known = changed(&fixture, &subjects).await;
        assert_eq!(known, None, "what changed before is lost");
        fixture.redis("EXISTS meridian:born") == ":1"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_heard_by_who_listens() {
    for fixture in [resp(), rest().await] {
        let listener = NativeRedis::new(&fixture.server.as_ref().unwrap().url()).unwrap();
        let mut heard = listener.subscribe(EVENTS).await;
        let event = Event::RoomDeleted { room: room(9) };
        fixture.memory.publish(event.clone(), None).await;
        let Some(Heard::Message(json)) = heard.next().await else { panic!("no message") };
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_those_that_have_not_expired() {
    let fixture = resp();
    let nodes = || async { fixture.ask(Ask { nodes: true, ..Ask::default() }).await.nodes };
    assert_eq!(nodes().await, Some(vec![]));
    for (id, expiry) in
        [("a", "99999999999999"), ("b", "1"), ("c", "99999999999999"), ("d", "99999999999999")]
    {
        fixture.redis(&format!("ZADD meridian:nodes:seen {expiry} {id}"));
        let json = format!(r#"'{{"id":"{id}","region":"eu","url":"http://{id}","sync_url":"ws://{id}"}}'"#);
        fixture.redis(&format!("HSET meridian:nodes {id} {json}"));
    }
    fixture.redis("HSET meridian:nodes c '{\"another\":\"version\"}'");
    let ids: Vec<String> = nodes().await.unwrap().into_iter().map(|node| node.id).collect();
    assert_eq!(ids, ["a", "d"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_knows_its_nodes_does_not_ask_for_them() {
    let mut server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    let clock = Arc::new(SystemClock);
    let node = Node {
        id: "own".into(),
        region: "eu".parse().unwrap(),
        url: "http://own".into(),
        sync_url: "ws://own".into(),
    };
    let local = Arc::new(LocalMemory::new(clock.clone()));
    let memory = RedisMemory::new(redis, local, clock).with_nodes(vec![node.clone()]);
    for ask in [true, false, true] {
        let told = memory.ask(Ask { nodes: ask, ..Ask::default() }).await;
        assert_eq!(told.nodes, ask.then(|| vec![node.clone()]));
        server.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_one_round_trip() {
    let fixture = resp();
    let ask = Ask {
        limit: Some(("l".into(), Quota { burst: 5, period_ms: 1000 })),
        rights: vec![Subject::Room(room(1)), Subject::Room(room(2))],
        nodes: true,
        recall: Some("k".into()),
    };
    let before = fixture.trips.load(SeqCst);
    fixture.ask(ask).await;
    assert_eq!(fixture.trips.load(SeqCst) - before, 1);
    fixture.memory.publish(Event::RoomChanged { room: room(1) }, None).await;
    assert_eq!(fixture.trips.load(SeqCst) - before, 2);
}

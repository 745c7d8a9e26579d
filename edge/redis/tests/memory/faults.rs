//! Redis killed, paused, restarted empty: calls go on, and it is used again when it is back.

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::{Duration, Instant},
};

use meridian_edge_api::ports::{Ask, Kept};
use meridian_shared::{
    event::{Event, Subject},
    gcra::Quota,
    ids::RoomId,
    position::Position,
    time::Millis,
};

use super::support::{Fixture, limit, resp, rest, until};

const QUOTA: Quota = Quota { burst: 5, period_ms: 3_600_000 };
const KEPT: Kept = Kept { fresh_ms: 3_600_000, keep_ms: 3_600_000 };

/// Asks until an answer comes from Redis: only Redis knows of nodes.
async fn back(fixture: &Fixture) {
    until("Redis to be used again", || async {
        fixture.ask(Ask { nodes: true, ..Ask::default() }).await.nodes.is_some()
    })
    .await;
}

/// While Redis is away: limits count here, nothing is known that only Redis knows, and few calls wait.
async fn goes_on(fixture: &Fixture, key: &str) {
    let begin = Instant::now();
    let first = fixture.ask(Ask { nodes: true, ..limit(key, QUOTA) }).await;
    assert!(first.decision.unwrap().allowed, "{}", fixture.name);
    assert_eq!((first.nodes, first.changed), (None, None));
    assert!(begin.elapsed() < Duration::from_millis(1500), "{}: {:?}", fixture.name, begin.elapsed());
    // The rest within the second after it asks nobody.
    let (begin, trips) = (Instant::now(), fixture.trips.load(SeqCst));
    for left in (0..4).rev() {
        assert_eq!(
            fixture.ask(limit(key, QUOTA)).await.decision.unwrap().remaining,
            left,
            "{}",
            fixture.name
        );
    }
    assert!(!fixture.allowed(key, QUOTA).await, "{}: limits count here", fixture.name);
    assert!(begin.elapsed() < Duration::from_millis(100), "{}: {:?}", fixture.name, begin.elapsed());
    assert_eq!(fixture.trips.load(SeqCst), trips, "{}", fixture.name);
    fixture.memory.remember(key, "v", KEPT).await;
    assert_eq!(fixture.recall(key).await, Some(("v".into(), false)), "{}", fixture.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_on_while_redis_is_killed_or_paused() {
    for mut fixture in [resp(), rest().await] {
        back(&fixture).await;
        fixture.server().kill();
        goes_on(&fixture, "killed").await;
        fixture.server().restart();
        back(&fixture).await;
        assert!(fixture.allowed("killed", QUOTA).await, "limits start anew");
        fixture.server().pause();
        goes_on(&fixture, "paused").await;
        fixture.server().resume();
        back(&fixture).await;
        assert!(fixture.allowed("paused", QUOTA).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_load_an_outage_costs_few_calls_their_patience() {
    let fixture = Arc::new(resp());
    back(&fixture).await;
    fixture.server.as_ref().unwrap().pause();
    fixture.ask(Ask { nodes: true, ..Ask::default() }).await;
    let before = fixture.trips.load(SeqCst);
    let begin = Instant::now();
    let callers: Vec<_> = (0..20)
        .map(|i| {
            let fixture = fixture.clone();
            tokio::spawn(async move {
                let mut slow = 0;
                while begin.elapsed() < Duration::from_secs(3) {
                    let call = Instant::now();
                    fixture.ask(limit(&i.to_string(), QUOTA)).await;
                    slow += u32::from(call.elapsed() > Duration::from_millis(100));
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                slow
            })
        })
        .collect();
    let mut slow = 0;
    for caller in callers {
        slow += caller.await.unwrap();
    }
    assert!(slow <= 4, "{slow} of about 10,000 waited");
    assert!(fixture.trips.load(SeqCst) - before <= 4);
    fixture.server.as_ref().unwrap().resume();
    back(&fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_redis_did_not_hear_of_makes_its_silence_worthless() {
    let mut fixture = resp();
    let room = RoomId::new(Millis(1), [1; 10]);
    let ask = || Ask { rights: vec![Subject::Room(room)], ..Ask::default() };
    fixture.redis("SET meridian:born 1");
    back(&fixture).await;
    assert!(fixture.ask(ask()).await.changed.is_some());
    fixture.server().pause();
    fixture.memory.publish(Event::RoomDeleted { room }, Some(Position(5))).await;
    assert_eq!(
        fixture.events.try_recv().unwrap(),
        Event::RoomDeleted { room },
        "the process itself hears of it"
    );
    fixture.server().resume();
    back(&fixture).await;
    let born: u64 = {
        fixture.redis("COPY meridian:born copy REPLACE");
        fixture.redis("STRLEN copy").trim_start_matches(':').parse().unwrap()
    };
    assert_eq!(born, 16, "µs since 1970: begun anew");
    assert_eq!(fixture.ask(ask()).await.changed, None);
}

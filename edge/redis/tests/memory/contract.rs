//! What every shared memory promises.

use std::{sync::Arc, time::Instant};

use meridian_edge_api::ports::{Ask, Kept, Told};
use meridian_shared::{event::Event, gcra::Quota, ids::RoomId, time::Millis};

use super::support::{Fixture, limit, local, resp, rest, until};

/// Runs a promise on all of them.
macro_rules! promise {
    ($name:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            for fixture in [local(), resp(), rest().await] {
                checks::$name(fixture).await;
            }
        }
    };
}

promise!(a_rate_is_a_burst_that_refills_one_by_one);
promise!(a_hundred_at_once_pass_no_more_than_the_burst);
promise!(values_are_remembered_and_forgotten);
promise!(of_a_hundred_readers_of_a_stale_value_one_loads_it_anew);
promise!(who_does_not_come_back_is_replaced);
promise!(events_reach_the_process_itself);
promise!(what_is_not_asked_is_not_told);

const DAY_MS: u64 = 86_400_000;

fn room() -> RoomId {
    RoomId::new(Millis(1), [7; 10])
}

mod checks {
    use super::*;

    pub(super) async fn a_rate_is_a_burst_that_refills_one_by_one(fixture: Fixture) {
        let quota = Quota { burst: 3, period_ms: 1500 };
        for left in (0..3).rev() {
            let decision = fixture.ask(limit("a", quota)).await.decision.unwrap();
            assert!(decision.allowed && decision.remaining <= left.max(1), "{}: {decision:?}", fixture.name);
            assert!((1..=1500).contains(&decision.reset_ms), "{}: {decision:?}", fixture.name);
        }
        let refused = fixture.ask(limit("a", quota)).await.decision.unwrap();
        assert!(!refused.allowed && refused.remaining == 0, "{}: {refused:?}", fixture.name);
        assert!((1..=500).contains(&refused.retry_after_ms), "{}: {refused:?}", fixture.name);
        assert!(fixture.allowed("b", quota).await, "keys are counted apart");
        let begin = Instant::now();
        until("a refill", || fixture.allowed("a", quota)).await;
        assert!(begin.elapsed().as_millis() + 20 >= u128::from(refused.retry_after_ms), "{}", fixture.name);

        let slow = Quota { burst: 1, period_ms: DAY_MS };
        assert!(fixture.allowed("c", slow).await && !fixture.allowed("c", slow).await);
        fixture.memory.forget_attempts("c").await;
        assert!(fixture.allowed("c", slow).await, "{}: forgotten", fixture.name);
    }

    pub(super) async fn a_hundred_at_once_pass_no_more_than_the_burst(fixture: Fixture) {
        let quota = Quota { burst: 10, period_ms: DAY_MS };
        let fixture = Arc::new(fixture);
        let calls: Vec<_> = (0..100)
            .map(|_| {
                let fixture = fixture.clone();
                tokio::spawn(async move { fixture.allowed("flood", quota).await })
            })
            .collect();
        let mut passed = 0;
        for call in calls {
            passed += u32::from(call.await.unwrap());
        }
        assert_eq!(passed, 10, "{}", fixture.name);
    }

    pub(super) async fn values_are_remembered_and_forgotten(fixture: Fixture) {
        let kept = Kept { fresh_ms: DAY_MS, keep_ms: DAY_MS };
        assert_eq!(fixture.recall("k").await, None);
        for value in ["ü\"\n\0 OK", "", "OK", "{}"] {
            fixture.memory.remember("k", value, kept).await;
            assert_eq!(fixture.recall("k").await, Some((value.to_owned(), false)), "{}", fixture.name);
        }
        assert_eq!(fixture.recall("other").await, None);
        fixture.memory.forget("k").await;
        assert_eq!(fixture.recall("k").await, None, "{}", fixture.name);
        fixture.memory.remember("k", "short", Kept { fresh_ms: 10, keep_ms: 50 }).await;
        until("the end of what is kept", || async { fixture.recall("k").await.is_none() }).await;
    }

    pub(super) async fn of_a_hundred_readers_of_a_stale_value_one_loads_it_anew(fixture: Fixture) {
        let fixture = Arc::new(fixture);
        for round in 0..3 {
            let value = round.to_string();
            fixture.memory.remember("k", &value, Kept { fresh_ms: 0, keep_ms: DAY_MS }).await;
            let calls: Vec<_> = (0..100)
                .map(|_| {
                    let fixture = fixture.clone();
                    tokio::spawn(async move { fixture.recall("k").await.unwrap() })
                })
                .collect();
            let mut loaders = 0;
            for call in calls {
                let (found, refresh) = call.await.unwrap();
                assert_eq!(found, value, "{}: the old one meanwhile", fixture.name);
                loaders += usize::from(refresh);
            }
            assert_eq!(loaders, 1, "{}", fixture.name);
        }
    }

    pub(super) async fn who_does_not_come_back_is_replaced(fixture: Fixture) {
        fixture.memory.remember("k", "v", Kept { fresh_ms: 0, keep_ms: DAY_MS }).await;
        assert!(fixture.recall("k").await.unwrap().1);
        let begin = Instant::now();
        until("the end of the lease", || async { fixture.recall("k").await.unwrap().1 }).await;
        assert!((1.9..6.0).contains(&begin.elapsed().as_secs_f32()), "{}", fixture.name);
    }

    pub(super) async fn events_reach_the_process_itself(mut fixture: Fixture) {
        fixture.memory.publish(Event::RoomDeleted { room: room() }, None).await;
        assert_eq!(
            fixture.events.try_recv().unwrap(),
            Event::RoomDeleted { room: room() },
            "{}",
            fixture.name
        );
        assert!(fixture.events.try_recv().is_err(), "{}: once", fixture.name);
    }

    pub(super) async fn what_is_not_asked_is_not_told(fixture: Fixture) {
        fixture.memory.remember("k", "v", Kept { fresh_ms: DAY_MS, keep_ms: DAY_MS }).await;
        assert_eq!(fixture.ask(Ask::default()).await, Told::default(), "{}", fixture.name);
        let all = Ask {
            limit: Some(("l".into(), Quota { burst: 1, period_ms: 1000 })),
            rights: vec![],
            nodes: true,
            recall: Some("k".into()),
        };
        let told = fixture.ask(all).await;
        assert!(told.decision.unwrap().allowed && told.recalled.is_some(), "{}: {told:?}", fixture.name);
        assert!(told.nodes.is_none_or(|nodes| nodes.is_empty()), "{}", fixture.name);
    }
}

//! What another version, or anybody, left in Redis breaks no call: it is treated as not there.

use meridian_edge_api::ports::{Ask, Kept};
use meridian_shared::{event::Subject, gcra::Quota, ids::RoomId, time::Millis};

use super::support::{limit, resp};

const QUOTA: Quota = Quota { burst: 2, period_ms: 60_000 };

#[tokio::test(flavor = "multi_thread")]
async fn values_of_any_kind_under_our_keys_break_no_call() {
    let room = Subject::Room(RoomId::new(Millis(1), [1; 10]));
    for (prefix, suffix) in [
        ("SET", "x"),
        ("SET", "''"),
        ("SET", "-5"),
        ("SET", "1e300"),
        ("SET", "\"\\xff\\xfe\""),
        ("SET", "99999999999999999999999999"),
        ("HSET", "f v"),
        ("RPUSH", "x"),
        ("SADD", "x"),
    ] {
        let fixture = resp();
        let right = format!("meridian:right:{room}");
        for key in ["limit:k", "born", "nodes", "nodes:seen", "cache:k", "lease:k"] {
            fixture.redis(&format!("{prefix} meridian:{key} {suffix}"));
        }
        fixture.redis("SET meridian:born 1");
        fixture.redis(&format!("{prefix} {right} {suffix}"));
        let ask = || Ask { rights: vec![room], nodes: true, recall: Some("k".into()), ..limit("k", QUOTA) };
        let told = fixture.ask(ask()).await;
        let context = format!("{prefix} {suffix}: {told:?}");
        assert!(told.decision.unwrap().allowed, "{context}");
        assert_eq!(told.decision.unwrap().remaining, 1, "{context}: counted anew, and in Redis");
        assert_eq!((told.changed, &told.recalled), (None, &None), "{context}");
        assert!(told.nodes.is_none_or(|nodes| nodes.is_empty()), "{context}");
        // And it heals.
        fixture.memory.remember("k", "new", Kept { fresh_ms: 60_000, keep_ms: 60_000 }).await;
        assert_eq!(fixture.recall("k").await, Some(("new".into(), false)), "{context}");
        assert_eq!(fixture.ask(ask()).await.decision.unwrap().remaining, 0, "{context}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_from_the_far_future_refuses_for_its_period_at_most() {
    let fixture = resp();
    // The year 2255, without an end.
    fixture.redis("SET meridian:limit:k 8999999999999999");
    let quota = Quota { burst: 2, period_ms: 400 };
    let refused = fixture.ask(limit("k", quota)).await.decision.unwrap();
    assert!(!refused.allowed && refused.retry_after_ms <= 200, "{refused:?}");
    super::support::until("the refill", || fixture.allowed("k", quota)).await;
    super::support::until("the key's end", || async { fixture.redis("EXISTS meridian:limit:k") == ":0" })
        .await;
}

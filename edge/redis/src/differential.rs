//! The script against [`Quota::decide`] on a real Redis: both must decide alike, and keep the same number.

use meridian_edge_api::ports::Ask;
use meridian_redis::{Command, Redis, Reply, native::NativeRedis};
use meridian_redis_testkit::RedisServer;
use meridian_shared::gcra::Quota;
use proptest::test_runner::{Config, TestRunner};

use crate::{keys, script, told::told};

#[test]
fn the_script_decides_as_the_algorithm_does() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server = RedisServer::start();
    let redis = runtime.block_on(async { NativeRedis::new(&server.url()).unwrap() });
    // Where the kept number is, seen from now, in thousandths of the period; and how often it is asked from there.
    let histories = (1_u32..400, 1_u64..5_000, proptest::option::of(-500_i64..2_500), 1_usize..12);
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let checked = runner.run(&histories, |(burst, period_ms, start, asks)| {
        let quota = Quota { burst, period_ms: period_ms.max(burst.into()) };
        runtime.block_on(check(&redis, quota, start, asks));
        Ok(())
    });
    checked.unwrap();
}

async fn check(redis: &NativeRedis, quota: Quota, start: Option<i64>, asks: usize) {
    let key = keys::limit("k");
    redis.run(Command::del([&key])).await.unwrap();
    if let Some(thousandths) = start {
        let tat = now_us(redis).await + thousandths * quota.period_ms as i64;
        redis.run(Command::set(&key, tat.to_string())).await.unwrap();
    }
    for _ in 0..asks {
        let ask = Ask { limit: Some(("k".into(), quota)), ..Ask::default() };
        let stored = number(redis, &key).await;
        let reply = redis.run(script::ask(&ask, false)).await.unwrap();
        let now = reply.as_array().unwrap()[0].as_int().unwrap() as u64;
        // Redis may have let the key expire meanwhile, which is when it is full again anyway.
        let before = stored.unwrap_or(0).min(now + quota.period_ms * 1000);
        let expected = quota.decide(before, now);
        let decided = told(&ask, &reply).unwrap().decision.unwrap();
        if before > now {
            assert_eq!(decided, expected);
        } else {
            assert_eq!((decided.allowed, decided.remaining), (true, expected.remaining));
            assert_eq!(decided.tat_us, expected.tat_us);
        }
        if let Some(kept) = number(redis, &key).await {
            assert_eq!(kept, expected.tat_us);
            let lives = redis.run(Command::new("PTTL").arg(&key)).await.unwrap().as_int().unwrap();
            // One that was there without an end, and did not need to change, is the test's own. -1 is without an end, -2 says that it has just ended.
            let own = !decided.allowed && stored == Some(kept);
            assert!(own || (lives != -1 && lives <= decided.reset_ms as i64), "{lives} {decided:?}");
        }
    }
}

async fn now_us(redis: &NativeRedis) -> i64 {
    let time = redis.run(Command::time()).await.unwrap();
    let parts: Vec<i64> = time.as_array().unwrap().iter().filter_map(Reply::as_int).collect();
    parts[0] * 1_000_000 + parts[1]
}

async fn number(redis: &NativeRedis, key: &str) -> Option<u64> {
    redis.run(Command::get(key)).await.unwrap().as_int().map(i64::unsigned_abs)
}

//! RESP against a real server: answers, subscriptions, and a server that is killed, paused and restarted.

#![cfg(feature = "native")]
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use meridian_redis::{
    Command, Redis, RedisError, Reply,
    native::{Heard, NativeRedis, Subscription},
};
use meridian_redis_testkit::RedisServer;

/// No call may take longer, whatever Redis does.
const LONGEST: Duration = Duration::from_millis(500);

fn text(text: &str) -> Reply {
    Reply::Text(text.into())
}

async fn fails_fast(redis: &NativeRedis) {
    let begin = Instant::now();
    let error = redis.run(Command::incr("away")).await.unwrap_err();
    assert!(matches!(error, RedisError::Unavailable(_)), "{error}");
    assert!(begin.elapsed() < LONGEST, "{:?}", begin.elapsed());
}

async fn comes_back(redis: &NativeRedis) {
    let begin = Instant::now();
    while redis.run(Command::ping()).await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(10), "did not come back");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn heard(subscription: &mut Subscription) -> Heard {
    tokio::time::timeout(Duration::from_secs(10), subscription.next()).await.unwrap().unwrap()
}

#[tokio::test]
async fn commands_pipelines_and_transactions_are_answered() {
    let server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    assert_eq!(redis.run(Command::set("a", "ü")).await, Ok(text("OK")));
    assert_eq!(redis.run(Command::get("a")).await, Ok(text("ü")));
    assert_eq!(redis.run(Command::get("none")).await, Ok(Reply::Nil));
    redis.run(Command::set("b", vec![0xff, 0, 1])).await.unwrap();
    assert_eq!(redis.run(Command::get("b")).await, Ok(Reply::Bytes(vec![0xff, 0, 1])));
    assert_eq!(redis.run(Command::set_new_for("n", "1", 60_000)).await, Ok(text("OK")));
    assert_eq!(redis.run(Command::set_new_for("n", "2", 60_000)).await, Ok(Reply::Nil));
    let script = "return {1, 'x', false, {KEYS[1], ARGV[1]}}";
    let nested = Reply::Array(vec![text("k"), text("7")]);
    let expected = Reply::Array(vec![Reply::Int(1), text("x"), Reply::Nil, nested]);
    assert_eq!(redis.run(Command::eval(script, ["k"], [7_i64])).await, Ok(expected));
    let refused = redis.run(Command::incr("a")).await.unwrap_err();
    assert_eq!(refused, RedisError::Refused("ERR value is not an integer or out of range".into()));

    let commands = || vec![Command::set("c", "1"), Command::incr("a"), Command::incr("c")];
    let replies = redis.pipeline(commands()).await.unwrap();
    assert_eq!(
        (&replies[0], &replies[1], &replies[2]),
        (&Ok(text("OK")), &Err(refused.clone()), &Ok(Reply::Int(2)))
    );
    assert_eq!(redis.transaction(commands()).await, Err(refused), "and the others were executed");
    assert_eq!(redis.run(Command::get("c")).await, Ok(text("2")));
    let both = redis.transaction(vec![Command::incr("c"), Command::get("c")]).await;
    assert_eq!(both, Ok(vec![Reply::Int(3), text("3")]));
    let unknown =
        redis.transaction(vec![Command::new("NONSENSE"), Command::set("d", "1")]).await.unwrap_err();
    assert!(matches!(unknown, RedisError::Refused(_)), "{unknown}");
    assert_eq!(
        redis.run(Command::get("d")).await,
        Ok(Reply::Nil),
        "a transaction with a wrong command does nothing"
    );
}

#[tokio::test]
async fn a_call_fails_fast_while_redis_is_away_and_works_when_it_is_back() {
    let mut server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    comes_back(&redis).await;
    for _ in 0..2 {
        server.kill();
        for _ in 0..5 {
            fails_fast(&redis).await;
        }
        server.restart();
        comes_back(&redis).await;
    }
    server.pause();
    for _ in 0..3 {
        fails_fast(&redis).await;
    }
    server.resume();
    comes_back(&redis).await;
    // From the start without a server.
    server.kill();
    let late = NativeRedis::new(&server.url()).unwrap();
    fails_fast(&late).await;
    server.restart();
    comes_back(&late).await;
}

#[tokio::test]
async fn a_repeatable_command_survives_a_restart_in_between() {
    let mut server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    comes_back(&redis).await;
    server.restart();
    assert_eq!(redis.run(Command::get("k")).await, Ok(Reply::Nil));
}

#[tokio::test]
async fn a_wrong_password_is_not_for_ever() {
    let server = RedisServer::start();
    let url = server.url().replace("redis://", "redis://:secret@");
    let redis = NativeRedis::new(&url).unwrap();
    let error = redis.run(Command::ping()).await.unwrap_err();
    assert!(!error.to_string().contains("secret") && !format!("{redis:?}").contains("secret"), "{error}");
    assert_eq!(server.command("CONFIG SET requirepass secret").unwrap(), "+OK");
    comes_back(&redis).await;
}

#[tokio::test]
async fn a_subscription_outlives_the_server_and_says_what_it_may_have_missed() {
    let mut server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    let mut subscription = redis.subscribe("c").await;
    redis.run(Command::publish("c", "one")).await.unwrap();
    assert_eq!(heard(&mut subscription).await, Heard::Message("one".into()));
    server.restart();
    assert_eq!(heard(&mut subscription).await, Heard::Reconnected);
    comes_back(&redis).await;
    redis.run(Command::publish("c", "two")).await.unwrap();
    assert_eq!(heard(&mut subscription).await, Heard::Message("two".into()));
    // A server that says nothing for longer than a ping may take (at most 3 s) is found out too.
    server.pause();
    tokio::time::sleep(Duration::from_secs(4)).await;
    server.resume();
    assert_eq!(heard(&mut subscription).await, Heard::Reconnected);
    // Begun without a server.
    server.kill();
    let mut early = redis.subscribe("c").await;
    server.restart();
    assert_eq!(heard(&mut early).await, Heard::Reconnected);
}

#[tokio::test]
async fn a_reader_that_lags_hears_of_its_loss() {
    let server = RedisServer::start();
    let redis = NativeRedis::new(&server.url()).unwrap();
    let mut subscription = redis.subscribe("c").await;
    for _ in 0..30 {
        redis.pipeline((0..100).map(|i| Command::publish("c", i.to_string())).collect()).await.unwrap();
    }
    let mut messages = 0;
    while heard(&mut subscription).await != Heard::Reconnected {
        messages += 1;
    }
    assert!((1000..=3000).contains(&messages), "{messages}");
}

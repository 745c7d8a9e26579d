use super::support::{Options, PASSWORD, World, from, request};
use http::{HeaderValue, Method};
use meridian_edge_api::Quotas;
use serde_json::json;

async fn limited(trusted_hops: usize) -> World {
    World::with(Options { quotas: Quotas::default(), trusted_hops, ..Options::default() }).await
}

/// The burst is exact; beyond it 429 says when to come back, and then it works.
#[tokio::test]
async fn the_burst_is_exact_and_retry_after_is_true() {
    let world = limited(0).await;
    let ada = world.person("Ada").await;
    for left in (0..120).rev() {
        let answer = ada.post("/v1/rooms", json!({"name": "Room"})).await;
        answer.expect(201);
        assert_eq!(answer.header("ratelimit-policy"), r#""write";q=120;w=60"#);
        assert!(
            answer.header("ratelimit").starts_with(&format!(r#""write";r={left};t="#)),
            "{}",
            answer.header("ratelimit")
        );
    }
    let answer = ada.post("/v1/rooms", json!({"name": "Room"})).await;
    answer.refused(429, "rate_limited");
    assert!(answer.header("ratelimit").starts_with(r#""write";r=0;"#));
    let seconds: i64 = answer.header("retry-after").parse().expect("seconds");
    world.clock.advance(seconds * 1000);
    ada.post("/v1/rooms", json!({"name": "Room"})).await.expect(201);
    ada.get("/v1/rooms").await.expect(200);
}

/// Anonymous calls are counted by where they come from, which a header does not change.
#[tokio::test]
async fn addresses_are_counted_apart_and_cannot_be_spoofed() {
    let world = limited(0).await;
    let attempt = async |ip: &str, forwarded: Option<&'static str>, i: usize| {
        let body =
            json!({"email": format!("nobody-{}-{i}@example.com", ip.replace(':', "-")), "password": "x"});
        let mut request = request(Method::POST, "/v1/auth/signin", None, Some(body));
        if let Some(value) = forwarded {
            request.headers_mut().insert("x-forwarded-for", HeaderValue::from_static(value));
        }
        world.send(from(request, ip)).await.status.as_u16()
    };
    for i in 0..30 {
        assert_eq!(attempt("192.0.2.1", None, i).await, 401);
    }
    assert_eq!(attempt("192.0.2.1", Some("198.51.100.7"), 30).await, 429);
    assert_eq!(attempt("192.0.2.2", None, 0).await, 401);
    for i in 0..30 {
        let ip = format!("2001:db8::{i:x}");
        assert_eq!(attempt(&ip, None, i).await, 401);
    }
    assert_eq!(attempt("2001:db8::ffff:1", None, 0).await, 429, "one /64 is one customer");
    assert_eq!(attempt("2001:db8:0:1::1", None, 0).await, 401);
}

#[tokio::test]
async fn behind_a_proxy_the_client_is_counted() {
    let world = limited(1).await;
    let attempt = async |forwarded: String, i: usize| {
        let body = json!({"email": format!("nobody-{i}@example.com"), "password": "x"});
        let mut request = request(Method::POST, "/v1/auth/signin", None, Some(body));
        request.headers_mut().insert("x-forwarded-for", HeaderValue::from_str(&forwarded).expect("a header"));
        world.send(from(request, "10.0.0.1")).await.status.as_u16()
    };
    for i in 0..30 {
        assert_eq!(
            attempt(format!("203.0.113.{i}, 198.51.100.7"), i).await,
            401,
            "what the client wrote does not count"
        );
    }
    assert_eq!(attempt("203.0.113.99, 198.51.100.7".into(), 30).await, 429);
    assert_eq!(attempt("198.51.100.8".into(), 31).await, 401);
}

/// Guessing one account from many places is slowed, known or not; a success forgets the failures.
#[tokio::test]
async fn failures_are_counted_by_address_of_the_account() {
    let world = limited(0).await;
    let ada = world.person("Ada").await;
    let attempt = async |email: &str, password: &str, i: usize| {
        let body = json!({"email": email, "password": password});
        let request = request(Method::POST, "/v1/auth/signin", None, Some(body));
        world.send(from(request, &format!("198.51.100.{i}"))).await.status.as_u16()
    };
    for _ in 0..3 {
        for i in 0..9 {
            assert_eq!(attempt(&ada.email, "wrong", i).await, 401);
        }
        assert_eq!(attempt(&ada.email, PASSWORD, 9).await, 200);
    }
    for email in [ada.email.as_str(), "nobody@example.com"] {
        for i in 20..30 {
            assert_eq!(attempt(email, "wrong", i).await, 401);
        }
        assert_eq!(attempt(&email.to_uppercase(), PASSWORD, 40).await, 429, "{email}");
    }
    world.clock.advance(15 * 60_000);
    assert_eq!(attempt(&ada.email, PASSWORD, 41).await, 200);
}

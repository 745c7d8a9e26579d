//! What lies around the routes. That every answer has its security headers is checked with every answer (`support/rules.rs`).

use super::support::{World, request};
use http::{HeaderValue, Method, header};

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let world = World::sqlite().await;
    for path in ["/", "/v1", "/v1/nothing", "/v1/rooms/", "/v2/rooms", "/v1/auth/signin/x", "/favicon.ico"] {
        world.call(Method::GET, path, None).await.refused(404, "not_found");
    }
    let answer = world.call(Method::DELETE, "/v1/auth/signin", None).await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST");
    let answer = world.call(Method::POST, "/v1/me", None).await;
    answer.refused(405, "method_not_allowed");
    let mut allowed: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PATCH"]);
    world
        .call(Method::from_bytes(b"BREW").expect("a method"), "/v1/me", None)
        .await
        .refused(405, "method_not_allowed");
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_browser() {
    let world = World::sqlite().await;
    let preflight = async |origin: &'static str| {
        let mut request = request(Method::OPTIONS, "/v1/rooms", None, None);
        for (name, value) in [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,content-type,idempotency-key"),
        ] {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        world.send(request).await
    };
    let allowed = preflight("https://board.example").await;
    assert!(allowed.status.is_success());
    assert_eq!(allowed.header("access-control-allow-origin"), "https://board.example");
    assert!(allowed.header("access-control-allow-headers").contains("idempotency-key"));
    assert!(allowed.header("access-control-allow-methods").contains("DELETE"));
    for origin in [
        "null",
        "https://evil.example",
        "https://board.example.evil.example",
        "https://sub.board.example",
        "http://board.example",
        "https://board.example:8443",
    ] {
        assert_eq!(preflight(origin).await.header("access-control-allow-origin"), "", "{origin}");
    }

    let mut call = request(Method::GET, "/v1/me", None, None);
    call.headers_mut().insert(header::ORIGIN, HeaderValue::from_static("https://board.example"));
    let refused = world.send(call).await;
    refused.refused(401, "unauthorized");
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "https://board.example",
        "errors can be read too"
    );
    for exposed in ["ratelimit", "retry-after", "room-seq", "x-request-id"] {
        assert!(refused.header("access-control-expose-headers").contains(exposed), "{exposed}");
    }
}

#[tokio::test]
async fn a_request_id_is_kept_if_it_is_plain() {
    let world = World::sqlite().await;
    for (given, kept) in [("abc-123", true), ("a b", false), ("<script>", false), ("", false)] {
        let mut request = request(Method::GET, "/healthz", None, None);
        request.headers_mut().insert("x-request-id", HeaderValue::from_static(given));
        assert_eq!(world.send(request).await.header("x-request-id") == given, kept, "{given}");
    }
    let ids =
        [world.call(Method::GET, "/healthz", None).await, world.call(Method::GET, "/healthz", None).await];
    assert_ne!(ids[0].header("x-request-id"), ids[1].header("x-request-id"));
}

#[tokio::test]
async fn head_is_answered_like_get() {
    let world = World::sqlite().await;
    let answer = world.call(Method::HEAD, "/healthz", None).await;
    assert!(answer.status.is_success() && answer.bytes.is_empty());
}

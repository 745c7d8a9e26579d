use super::support::{World, from, request};
use axum::body::Body;
use http::{HeaderValue, Method, Request, header};
use serde_json::{Value, json};

fn raw(path: &str, media_type: Option<&'static str>, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder().method(Method::POST).uri(path).body(body.into()).expect("a request");
    if let Some(media_type) = media_type {
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    from(request, "192.0.2.1")
}

fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("errors");
    errors.iter().map(|e| e["field"].as_str().expect("a field")).collect()
}

/// One answer names every wrong field: missing, of a wrong type, out of bounds, unknown.
#[tokio::test]
async fn every_wrong_field_is_named() {
    for world in World::both().await {
        let body = json!({"email": "nobody", "name": 5, "admin": true});
        let problem = world.post("/v1/auth/signup", body).await.refused(400, "validation_failed");
        assert_eq!(fields(&problem), ["admin", "email", "name", "password"]);

        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let body = json!({"role": "owner", "email": [], "expires_in": 0, "max_uses": 10_001});
        let problem = ada.post(&format!("{room}/invites"), body).await.refused(400, "validation_failed");
        assert_eq!(fields(&problem), ["role", "email", "expires_in", "max_uses"]);
        let body = json!({"name": "\u{0}", "kind": "spreadsheet", "region": "mars", "id": "x"});
        let problem = ada.post("/v1/rooms", body).await.refused(400, "validation_failed");
        assert_eq!(fields(&problem), ["id", "name", "region", "kind"]);
        let problem = ada
            .patch(&room, json!({"name": 1, "viewers_visible": "no"}))
            .await
            .refused(400, "validation_failed");
        assert_eq!(fields(&problem), ["name", "viewers_visible"]);
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_are_told_apart() {
    for world in World::both().await {
        let json = Some("application/json");
        let problem = world
            .send(raw("/v1/auth/signin", json, "{\"email\":\n oops}"))
            .await
            .refused(400, "malformed_json");
        assert!(problem["detail"].as_str().expect("a sentence").contains("line 2"));
        for broken in ["", "{", "\u{feff}{}", &"[".repeat(10_000), "1e999999"] {
            world.send(raw("/v1/auth/signin", json, broken.to_owned())).await.refused(400, "malformed_json");
        }
        for other in ["[]", "null", "\"text\"", "1"] {
            world.send(raw("/v1/auth/signin", json, other)).await.refused(400, "validation_failed");
        }
        let body = json!({"email": "a@b.co", "password": "x"}).to_string();
        for media_type in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")]
        {
            world
                .send(raw("/v1/auth/signin", media_type, body.clone()))
                .await
                .refused(415, "unsupported_media_type");
        }
        for media_type in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
            world
                .send(raw("/v1/auth/signin", Some(media_type), body.clone()))
                .await
                .refused(401, "invalid_credentials");
        }
    }
}

/// 64 KiB pass, one byte more does not; what was wrong is not sent back.
#[tokio::test]
async fn bodies_are_bounded_and_not_echoed() {
    for world in World::both().await {
        let sized = |n: usize| {
            let empty = json!({"name": ""}).to_string().len();
            json!({"name": "a".repeat(n - empty)}).to_string()
        };
        let json = Some("application/json");
        let exact = world.send(raw("/v1/auth/signup", json, sized(64 * 1024))).await;
        exact.refused(400, "validation_failed");
        assert!(exact.bytes.len() < 2000, "{}", exact.bytes.len());
        world.send(raw("/v1/auth/signup", json, sized(64 * 1024 + 1))).await.refused(413, "too_large");
        let megabyte = world.post("/v1/auth/signup", json!({"name": "a".repeat(1_000_000)})).await;
        megabyte.refused(413, "too_large");
        assert!(megabyte.bytes.len() < 1000);
    }
}

#[tokio::test]
async fn passwords_of_every_length_have_an_answer() {
    for world in World::both().await {
        for (length, status) in [(0, 400), (7, 400), (8, 201), (1024, 201), (1025, 400)] {
            let email = format!("p{length}@example.com");
            let body = json!({"email": email, "name": "P", "password": "x".repeat(length)});
            world.post("/v1/auth/signup", body).await.expect(status);
        }
        world
            .post("/v1/auth/signin", json!({"email": "p1024@example.com", "password": "x".repeat(1024)}))
            .await
            .expect(200);
        world
            .post("/v1/auth/signin", json!({"email": "p1024@example.com", "password": "x".repeat(1025)}))
            .await
            .expect(400);
    }
}

/// A body where none belongs is ignored; a field of the wrong kind in an optional one is not.
#[tokio::test]
async fn optional_bodies() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let path = format!("{room}/ticket");
        ada.post(&path, json!({"reusable": "yes"})).await.refused(400, "validation_failed");
        let mut text = request(Method::POST, &path, Some(&ada.access), None);
        *text.body_mut() = Body::from("reusable");
        world.send(text).await.refused(415, "unsupported_media_type");
        ada.call(Method::GET, "/v1/me", Some(json!({"ignored": true}))).await.expect(200);
    }
}

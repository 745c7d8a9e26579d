use super::support::{Answer, Person, World, request};
use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode, header};
use sha2::{Digest, Sha256};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand pixels";

fn name(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect()
}

fn upload(person: &Person, path: &str, media_type: &'static str, content: impl Into<Body>) -> Request<Body> {
    let mut request = request(Method::PUT, path, Some(&person.access), None);
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    request.map(|_| content.into())
}

async fn put(world: &World, person: &Person, path: &str, media_type: &'static str, content: &[u8]) -> Answer {
    world.send(upload(person, path, media_type, content.to_vec())).await
}

#[tokio::test]
async fn a_file_is_stored_once_and_cached_for_ever() {
    for world in World::both().await {
        let (ada, bob) = (world.person("Ada").await, world.person("Bob").await);
        let room = ada.room("Room").await;
        ada.invite(&room, &bob, "viewer").await;
        let path = format!("{room}/files/{}", name(PNG));
        bob.get(&path).await.refused(404, "file_not_found");
        put(&world, &ada, &path, "image/png", PNG).await.expect(201);
        put(&world, &ada, &path, "image/png", PNG).await.expect(200);
        let file = bob.get(&path).await;
        assert_eq!((file.status, file.bytes.as_slice()), (StatusCode::OK, PNG));
        assert_eq!(file.header("content-type"), "image/png");
        assert_eq!(file.header("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(file.header("content-security-policy"), "default-src 'none'; sandbox");
        put(&world, &bob, &path, "image/png", PNG).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn only_images_of_the_declared_type_and_name_are_taken() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for (media_type, content, status, code) in [
            ("image/svg+xml", svg.as_slice(), 415, "unsupported_media_type"),
            ("image/png", svg, 415, "unsupported_media_type"),
            ("image/jpeg", PNG, 415, "unsupported_media_type"),
            ("text/html", b"<html>", 415, "unsupported_media_type"),
            ("image/png", b"", 415, "unsupported_media_type"),
        ] {
            let path = format!("{room}/files/{}", name(content));
            put(&world, &ada, &path, media_type, content).await.refused(status, code);
        }
        put(&world, &ada, &format!("{room}/files/{}", "0".repeat(64)), "image/png", PNG)
            .await
            .refused(422, "hash_mismatch");
        for odd in ["x", "..%2f..%2fx", &"A".repeat(64)] {
            put(&world, &ada, &format!("{room}/files/{odd}"), "image/png", PNG)
                .await
                .refused(404, "file_not_found");
        }
    }
}

/// 5 MiB pass, one byte more does not, announced or not.
#[tokio::test]
async fn the_limit_is_exact() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let mut content = PNG.to_vec();
        content.resize(5 * 1024 * 1024, 0);
        put(&world, &ada, &format!("{room}/files/{}", name(&content)), "image/png", &content)
            .await
            .expect(201);
        content.push(0);
        let path = format!("{room}/files/{}", name(&content));
        put(&world, &ada, &path, "image/png", &content).await.refused(413, "too_large");
        let mut announced = upload(&ada, &path, "image/png", Body::empty());
        announced.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(5 * 1024 * 1024 + 1));
        world.send(announced).await.refused(413, "too_large");
    }
}

#[tokio::test]
async fn a_failing_node_is_told_apart_from_a_missing_file() {
    for world in World::both().await {
        let ada = world.person("Ada").await;
        let room = ada.room("Room").await;
        let path = format!("{room}/files/{}", name(PNG));
        for (node, status, code) in
            [(500, 502, "bad_gateway"), (401, 502, "bad_gateway"), (503, 503, "unavailable")]
        {
            *world.node.broken.lock().expect("no panic") = StatusCode::from_u16(node).ok();
            put(&world, &ada, &path, "image/png", PNG).await.refused(status, code);
            ada.get(&path).await.refused(status, code);
            ada.get(&format!("{room}/participants")).await.refused(status, code);
        }
    }
}

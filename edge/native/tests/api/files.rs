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

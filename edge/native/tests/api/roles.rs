//! Who may do what: every route of a room for every kind of caller. The table is complete, or the test fails.

use super::support::{Person, World, request};
use axum::body::Body;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const GIF: &[u8] = b"GIF89a";

/// Method, template and path below the room, body, and the status for owner, editor and viewer.
type Row = (Method, &'static str, String, Option<Value>, [u16; 3]);

fn table(file: &str, victim: &str) -> Vec<Row> {
    let of = |method, template: &'static str, body, statuses| {
        let path = template.replace("{user}", victim).replace("{sha256}", file);
        (method, template, path, body, statuses)
    };
    vec![
        of(Method::GET, "", None, [200, 200, 200]),
        of(Method::PATCH, "", Some(json!({"name": "New"})), [200, 403, 403]),
        of(Method::GET, "/members", None, [200, 200, 200]),
        of(Method::PUT, "/members/{user}", Some(json!({"role": "viewer"})), [200, 403, 403]),
        of(Method::DELETE, "/members/{user}", None, [204, 403, 403]),
        of(Method::POST, "/invites", Some(json!({"role": "viewer"})), [201, 403, 403]),
        of(Method::POST, "/ticket", Some(json!({})), [200, 200, 200]),
        of(Method::GET, "/participants", None, [200, 200, 200]),
        of(Method::PUT, "/files/{sha256}", None, [201, 201, 403]),
        of(Method::GET, "/files/{sha256}", None, [404, 404, 404]),
        // Last: the room is gone after it.
        of(Method::DELETE, "", None, [204, 403, 403]),
    ]
}

async fn attempt(
    world: &World,
    who: Option<&Person>,
    method: &Method,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let mut request = request(method.clone(), path, who.map(|p| p.access.as_str()), body);
    if method == Method::PUT && path.contains("/files/") {
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/gif"));
        *request.body_mut() = Body::from(GIF);
    }
    let answer = world.send(request).await;
    (answer.status.as_u16(), answer.json()["code"].clone())
}

#[tokio::test]
async fn every_route_of_a_room_by_role() {
    let world = World::sqlite().await;
    let file: String = Sha256::digest(GIF).iter().map(|b| format!("{b:02x}")).collect();
    let (owner, stranger, removed) =
        (world.person("Owner").await, world.person("Stranger").await, world.person("Removed").await);
    let rows = table(&file, "nobody").len();
    for row in 0..rows {
        for role in 0..3 {
            // A room of its own for every attempt, so that none changes the next.
            let room = owner.room("Room").await;
            let victim = world.person("Victim").await;
            owner.invite(&room, &victim, "editor").await;
            owner.invite(&room, &removed, "editor").await;
            owner.delete(&format!("{room}/members/{}", removed.id)).await.expect(204);
            let caller = match role {
                0 => owner.clone(),
                _ => {
                    let member = world.person("Member").await;
                    owner.invite(&room, &member, ["owner", "editor", "viewer"][role]).await;
                    member
                }
            };
            let (method, template, path, body, expected) = table(&file, &victim.id).swap_remove(row);
            let path = format!("{room}{path}");
            for outsider in [&stranger, &removed] {
                let seen = attempt(&world, Some(outsider), &method, &path, body.clone()).await;
                assert_eq!(seen, (404, json!("room_not_found")), "{method} {template}");
            }
            let anonymous = attempt(&world, None, &method, &path, body.clone()).await;
            assert_eq!(anonymous, (401, json!("unauthorized")), "{method} {template}");
            let (status, code) = attempt(&world, Some(&caller), &method, &path, body).await;
            assert!(status == expected[role], "{method} {template} for role {role}: {status} {code}");
            if status == 403 {
                assert_eq!(code, "forbidden");
            }
        }
    }
    let described: BTreeSet<_> = meridian_edge_api::operations()
        .into_iter()
        .filter_map(|(method, path, _)| Some((method.to_string(), path.strip_prefix("/v1/rooms/{room}")?)))
        .collect();
    let covered: BTreeSet<_> =
        table("", "").into_iter().map(|(m, template, ..)| (m.to_string(), template)).collect();
    assert_eq!(described, covered, "every route of a room is in the table");
}

/// What is not about a room is one's own, or public on purpose.
#[test]
fn public_routes_are_these() {
    let public: BTreeSet<_> = meridian_edge_api::operations()
        .into_iter()
        .filter(|(_, _, signed_in)| !signed_in)
        .map(|(_, path, _)| path)
        .collect();
    let expected = [
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
        "/v1/auth/refresh",
        "/v1/auth/signin",
        "/v1/auth/signout",
        "/v1/auth/signup",
        "/v1/limits",
        "/v1/openapi.json",
    ];
    assert_eq!(public, expected.into_iter().collect());
}

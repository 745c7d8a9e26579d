//! The description and the API are the same.

use super::support::{World, request};
use http::Method;
use serde_json::Value;
use std::collections::BTreeSet;

fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().expect("paths");
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("methods").keys();
        methods.map(|m| (m.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[tokio::test]
async fn it_is_served_and_names_every_route() {
    let world = World::sqlite().await;
    let document = world.call(Method::GET, "/v1/openapi.json", None).await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document, meridian_edge_api::openapi_document());
    let routes: BTreeSet<_> =
        meridian_edge_api::operations().into_iter().map(|(m, p, _)| (m.to_string(), p.to_owned())).collect();
    assert_eq!(operations(&document), routes);
}

/// Every documented operation is routed: it is answered by something else than the fallbacks.
#[tokio::test]
async fn every_operation_is_routed() {
    let world = World::sqlite().await;
    for (method, path) in operations(&meridian_edge_api::openapi_document()) {
        let concrete = path.replace(['{', '}'], "");
        let method: Method = method.parse().expect("a method");
        let answer = world.send(request(method.clone(), &concrete, None, None)).await;
        assert!(
            !matches!(answer.json()["code"].as_str(), Some("not_found" | "method_not_allowed")),
            "{method} {path}"
        );
    }
}

/// Whatever the names of API.md promise (and is not still to come) is there.
#[test]
fn the_fixed_names_are_there() {
    let routes: BTreeSet<_> =
        meridian_edge_api::operations().into_iter().map(|(m, p, _)| format!("{m} {p}")).collect();
    for name in [
        "POST /v1/auth/signup",
        "POST /v1/auth/signin",
        "POST /v1/auth/refresh",
        "POST /v1/auth/signout",
        "GET /v1/me",
        "PATCH /v1/me",
        "DELETE /v1/me",
        "GET /.well-known/jwks.json",
        "POST /v1/rooms",
        "GET /v1/rooms",
        "GET /v1/rooms/{room}",
        "PATCH /v1/rooms/{room}",
        "DELETE /v1/rooms/{room}",
        "GET /v1/rooms/{room}/members",
        "PUT /v1/rooms/{room}/members/{user}",
        "DELETE /v1/rooms/{room}/members/{user}",
        "POST /v1/rooms/{room}/invites",
        "POST /v1/invites/{code}/accept",
        "GET /v1/rooms/{room}/participants",
        "POST /v1/rooms/{room}/ticket",
        "PUT /v1/rooms/{room}/files/{sha256}",
        "GET /v1/rooms/{room}/files/{sha256}",
        "GET /v1/limits",
        "GET /v1/openapi.json",
        "GET /healthz",
        "GET /readyz",
    ] {
        assert!(routes.contains(name), "{name}");
    }
}

/// No route can come past the table: `router.rs` alone registers routes, in one place.
#[test]
fn nothing_else_registers_routes() {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("text");
            for call in [".route(", ".route_service(", ".nest(", ".nest_service("] {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                found.extend(source.matches(call).map(|_| (name.clone(), call)));
            }
        }
    }
    assert_eq!(found, [("router.rs".to_owned(), ".route(")]);
}

/// References lead somewhere, ids are unique, path parameters are described.
#[test]
fn it_is_consistent() {
    let document = meridian_edge_api::openapi_document();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for operation in item.as_object().expect("methods").values() {
            assert!(ids.insert(operation["operationId"].as_str().expect("an id")), "{path}");
            let described = operation["parameters"]
                .as_array()
                .expect("a list")
                .iter()
                .filter(|p| p["in"] == "path")
                .count();
            assert_eq!(described, path.matches('{').count(), "{path}");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|s| s.starts_with('2')), "{path}");
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

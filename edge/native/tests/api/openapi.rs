//! The description and the API are the same.

use super::support::World;
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

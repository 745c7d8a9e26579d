//! Rules for all answers.

use std::sync::OnceLock;

use http::Method;
use serde_json::Value;

use super::Answer;

fn description() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(meridian_edge_api::openapi_document)
}

#[track_caller]
pub(super) fn hold(method: &Method, path: &str, answer: &Answer) {
    has_security_headers(answer);
    if answer.status.is_client_error() || answer.status.is_server_error() {
        is_a_problem(answer, method);
    }
    is_as_described(method, path, answer);
}

#[track_caller]
fn has_security_headers(answer: &Answer) {
    for (name, value) in [
        ("strict-transport-security", "max-age="),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-"),
        ("permissions-policy", "camera=()"),
        ("content-security-policy", "default-src 'none'; "),
        ("vary", "origin"),
    ] {
        assert!(answer.header(name).starts_with(value), "{name}: {:?}", answer.header(name));
    }
    assert!(!answer.header("cache-control").is_empty());
    assert!(!answer.header("x-request-id").is_empty());
    assert_ne!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
}

#[track_caller]
fn is_a_problem(answer: &Answer, method: &Method) {
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let status = answer.status.as_u16();
    if method != Method::HEAD {
        let body = answer.json();
        let code = body["code"].as_str().unwrap_or_else(|| panic!("no code: {body}"));
        assert_eq!(body["type"], format!("urn:meridian:problem:{code}"));
        assert_eq!(body["status"], status);
        assert!(
            !body["title"].as_str().unwrap_or_default().is_empty()
                && !body["detail"].as_str().unwrap_or_default().is_empty()
        );
        let text = body.to_string().to_lowercase();
        for leak in ["sqlx", "select ", "insert ", "postgres", "sqlite", "panic", "/home/", ".rs:"] {
            assert!(!text.contains(leak), "{leak} in {body}");
        }
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(status == 401, answer.headers.contains_key("www-authenticate"));
    assert_eq!(matches!(status, 429 | 502 | 503), answer.headers.contains_key("retry-after"));
    assert_eq!(status == 405, answer.headers.contains_key("allow"));
}

/// Status and body are those of the OpenAPI description, if the path is in it.
#[track_caller]
fn is_as_described(method: &Method, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let status = answer.status.as_str();
    let response = &operation["responses"][status];
    assert!(
        !response.is_null(),
        "{method} {path} answers {status}, which is not described: {}",
        answer.json()
    );
    if let Some(code) = answer.json()["code"].as_str().filter(|_| answer.status.as_u16() >= 400) {
        assert!(
            response["description"].as_str().unwrap_or_default().contains(&format!("`{code}`")),
            "{path} {status} {code}"
        );
    }
    match response["content"].as_object() {
        None => assert!(answer.bytes.is_empty()),
        Some(content) => {
            let media_type = answer.header("content-type");
            let described =
                content.get(media_type).unwrap_or_else(|| panic!("{path}: {media_type} is not described"));
            if media_type.ends_with("json") {
                fits(&answer.json(), &described["schema"], path);
            }
        }
    }
}

fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let fits = |template: &str| {
        let (t, p): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
        t.len() == p.len() && t.iter().zip(p).all(|(t, p)| (t.starts_with('{') && !p.is_empty()) || *t == p)
    };
    let (_, item) = description()["paths"].as_object()?.iter().find(|(template, _)| fits(template))?;
    item.get(method.as_str().to_ascii_lowercase())
}

/// The part of JSON Schema that the description uses.
#[track_caller]
fn fits(value: &Value, schema: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let found = &description()["components"]["schemas"][name];
        assert!(found.is_object(), "{reference} does not exist");
        return fits(value, found, at);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(types.contains(&found), "{at}: {value} is not {types:?}");
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at}: {value}");
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        items.iter().for_each(|item| fits(item, schema, at));
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(object.contains_key(name), "{at}: {name} is missing in {value}");
        }
        for (name, value) in object {
            let schema = properties.get(name).unwrap_or_else(|| panic!("{at}: {name} is not described"));
            fits(value, schema, &format!("{at}.{name}"));
        }
    }
}

//! The OpenAPI 3.1 description, made from the table of routes.
//!
//! No macro library: the table already checks calls (`serve.rs`), so what is published can't say something else, and WASM hosts carry no second description.

use std::{collections::BTreeMap, sync::OnceLock};

use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Access, Answer, BodySpec, Endpoint},
    error::Kind,
    request::fields::{Field, Rule},
    router,
    schema::Shape,
};

/// The description.
pub fn document() -> Value {
    let endpoints = router::endpoints();
    let mut paths = Map::new();
    for endpoint in &endpoints {
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method.as_str().to_ascii_lowercase()] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Meridian", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas(&endpoints),
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "nodeSecret": {"type": "http", "scheme": "bearer", "description": "The secret that the edge shares with its origin nodes."},
            },
        },
    })
}

const ABOUT: &str = "Accounts, rooms and the tickets to enter them. Errors are problem documents (RFC 9457) whose `code` never changes.";

/// The description as it is served.
pub(crate) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| document().to_string())
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "parameters": parameters(endpoint),
        "responses": responses(endpoint),
        "security": match endpoint.access {
            Access::Public => json!([]),
            Access::SignedIn => json!([{"accessToken": []}]),
            Access::Node => json!([{"nodeSecret": []}]),
        },
    });
    if let Some(body) = request_body(endpoint.body) {
        operation["requestBody"] = body;
    }
    operation
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let names = endpoint.path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
    let mut all: Vec<Value> = names
        .map(|name| {
            let schema = match name {
                "room" | "user" => json!({"type": "string", "format": "uuid"}),
                "sha256" => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
                _ => json!({"type": "string"}),
            };
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        })
        .collect();
    for name in endpoint.query {
        all.push(json!({"name": name, "in": "query", "required": true, "schema": {"type": "integer"}}));
    }
    if endpoint.paged {
        let limit = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 50});
        all.push(json!({"name": "limit", "in": "query", "schema": limit}));
        let about = "`next_cursor` of the page before";
        all.push(
            json!({"name": "cursor", "in": "query", "description": about, "schema": {"type": "string"}}),
        );
    }
    if endpoint.idempotent {
        let about =
            "Sent again with the same key within 24 hours, the call is answered as before and does nothing.";
        let schema = json!({"type": "string", "minLength": 1, "maxLength": 255});
        all.push(json!({"name": "Idempotency-Key", "in": "header", "description": about, "schema": schema}));
    }
    all
}

fn request_body(body: BodySpec) -> Option<Value> {
    let content = |media_type: &str, schema: Value| (media_type.to_owned(), json!({"schema": schema}));
    let (required, content): (bool, Map<String, Value>) = match body {
        BodySpec::None => return None,
        BodySpec::Json(table) => (true, [content("application/json", fields(table))].into_iter().collect()),
        BodySpec::OptionalJson(table) => {
            (false, [content("application/json", fields(table))].into_iter().collect())
        }
        BodySpec::Bytes(types) => (true, types.iter().map(|t| content(t, json!({}))).collect()),
    };
    Some(json!({"required": required, "content": content}))
}

fn fields(table: &[Field]) -> Value {
    let properties: Map<String, Value> = table.iter().map(|f| (f.name.to_owned(), rule(f))).collect();
    let required: Vec<_> = table.iter().filter(|f| f.required).map(|f| f.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn rule(field: &Field) -> Value {
    let mut schema = match field.rule {
        Rule::Name => json!({"type": "string", "minLength": 1, "maxLength": 100}),
        Rule::Email => json!({"type": "string", "format": "email", "maxLength": 254}),
        Rule::Password => json!({"type": "string", "minLength": 8, "maxLength": 1024}),
        Rule::AnyPassword => json!({"type": "string", "minLength": 1, "maxLength": 1024}),
        Rule::Secret => json!({"type": "string", "minLength": 1, "maxLength": 512}),
        Rule::Id => json!({"type": "string", "format": "uuid"}),
        Rule::Bool => json!({"type": "boolean"}),
        Rule::Int(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
        Rule::OneOf(words) => json!({"type": "string", "enum": words}),
        Rule::Region => json!({"type": "string", "pattern": "^[a-z0-9-]{1,32}$"}),
    };
    if !field.required {
        // `null` counts as absent.
        schema["type"] = json!([schema["type"], "null"]);
        if let Some(Value::Array(words)) = schema.get_mut("enum") {
            words.push(Value::Null);
        }
    }
    schema
}

fn responses(endpoint: &Endpoint) -> Value {
    let mut all: Map<String, Value> =
        endpoint.answers.iter().map(|(s, a)| (s.to_string(), answer(*a))).collect();
    let mut problems: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in endpoint.all_errors() {
        problems.entry(kind.status).or_default().push(kind);
    }
    for (status, kinds) in problems {
        all.insert(status.to_string(), problem(&kinds));
    }
    Value::Object(all)
}

fn answer(answer: Answer) -> Value {
    match answer {
        Answer::Empty => json!({"description": "Done"}),
        Answer::Json(shape) => {
            json!({"description": shape.name, "content": {"application/json": {"schema": shape.reference()}}})
        }
        Answer::AnyJson => {
            json!({"description": "JSON", "content": {"application/json": {"schema": {"type": "object"}}}})
        }
        Answer::Image => {
            let content: Map<String, Value> =
                meridian_shared::image::MEDIA_TYPES.iter().map(|t| ((*t).to_owned(), json!({}))).collect();
            json!({"description": "The image", "content": content})
        }
    }
}

fn problem(kinds: &[Kind]) -> Value {
    let lines: Vec<_> = kinds.iter().map(|k| format!("`{}`: {}", k.code, k.title)).collect();
    let schema = json!({"$ref": "#/components/schemas/Problem"});
    json!({"description": lines.join("; "), "content": {"application/problem+json": {"schema": schema}}})
}

fn schemas(endpoints: &[Endpoint]) -> Map<String, Value> {
    let answers = endpoints.iter().flat_map(|e| &e.answers);
    let shapes = answers.filter_map(|(_, answer)| match answer {
        Answer::Json(shape) => Some(*shape),
        _ => None,
    });
    let mut all: Map<String, Value> =
        shapes.flat_map(Shape::all).map(|shape| (shape.name.to_owned(), shape.schema())).collect();
    let text = json!({"type": "string"});
    let field = json!({"type": "object", "properties": {"field": text, "message": text}, "required": ["field", "message"]});
    all.insert(
        "Problem".into(),
        json!({
            "type": "object",
            "properties": {
                "type": {"type": "string", "format": "uri"},
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "code": text,
                "errors": {"type": "array", "items": field},
            },
            "required": ["type", "title", "status", "detail", "code"],
        }),
    );
    all
}

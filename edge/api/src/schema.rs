//! The forms of answers, for OpenAPI. The tests compare what the API answers with them.

use serde_json::{Value, json};

/// A named form: a JSON object with these fields, all of them always there.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [(&'static str, Type)],
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    Id,
    Text,
    NullableText,
    Email,
    Url,
    Time,
    Int,
    Bool,
    Role,
    Object(&'static Shape),
    List(&'static Shape),
}

const fn shape(name: &'static str, fields: &'static [(&'static str, Type)]) -> Shape {
    Shape { name, fields }
}

pub(crate) static USER: Shape =
    shape("User", &[("id", Type::Id), ("email", Type::Email), ("name", Type::Text)]);

pub(crate) static TOKENS: Shape = shape(
    "Tokens",
    &[
        ("access_token", Type::Text),
        ("refresh_token", Type::Text),
        ("token_type", Type::Text),
        ("expires_in", Type::Int),
    ],
);

pub(crate) static SIGNED_IN: Shape = shape(
    "SignedIn",
    &[
        ("user", Type::Object(&USER)),
        ("access_token", Type::Text),
        ("refresh_token", Type::Text),
        ("token_type", Type::Text),
        ("expires_in", Type::Int),
    ],
);

pub(crate) static ME: Shape = shape(
    "Me",
    &[
        ("id", Type::Id),
        ("email", Type::Email),
        ("name", Type::Text),
        ("email_verified", Type::Bool),
        ("created_at", Type::Time),
    ],
);

pub(crate) static ROOM: Shape = shape(
    "Room",
    &[
        ("id", Type::Id),
        ("name", Type::Text),
        ("kind", Type::Text),
        ("region", Type::Text),
        ("role", Type::Role),
        ("viewers_visible", Type::Bool),
        ("created_at", Type::Time),
    ],
);

pub(crate) static ROOMS: Shape =
    shape("RoomPage", &[("items", Type::List(&ROOM)), ("next_cursor", Type::NullableText)]);

pub(crate) static MEMBER: Shape = shape(
    "Member",
    &[("user_id", Type::Id), ("name", Type::Text), ("role", Type::Role), ("joined_at", Type::Time)],
);

pub(crate) static MEMBERS: Shape =
    shape("MemberPage", &[("items", Type::List(&MEMBER)), ("next_cursor", Type::NullableText)]);

pub(crate) static INVITE: Shape = shape(
    "Invite",
    &[("code", Type::Text), ("role", Type::Role), ("url", Type::Url), ("expires_at", Type::Time)],
);

pub(crate) static TICKET: Shape = shape(
    "Ticket",
    &[
        ("url", Type::Url),
        ("ticket", Type::Text),
        ("region", Type::Text),
        ("node", Type::Text),
        ("role", Type::Role),
        ("expires_at", Type::Time),
    ],
);

static PARTICIPANT: Shape = shape(
    "Participant",
    &[("user_id", Type::Id), ("name", Type::Text), ("role", Type::Role), ("connected_at", Type::Time)],
);

pub(crate) static PARTICIPANTS: Shape = shape("Participants", &[("items", Type::List(&PARTICIPANT))]);

static KEY: Shape = shape(
    "Key",
    &[
        ("kty", Type::Text),
        ("crv", Type::Text),
        ("alg", Type::Text),
        ("use", Type::Text),
        ("kid", Type::Text),
        ("x", Type::Text),
    ],
);

pub(crate) static JWKS: Shape = shape("KeySet", &[("keys", Type::List(&KEY))]);

pub(crate) static STATUS: Shape = shape("Status", &[("status", Type::Text)]);

pub(crate) static STANDING: Shape = shape(
    "Standing",
    &[
        ("standing", Type::Text),
        ("name", Type::NullableText),
        ("role", Type::NullableText),
        ("presence", Type::Bool),
    ],
);

static REVOCATION: Shape = shape(
    "Revocation",
    &[
        ("id", Type::Text),
        ("at", Type::Int),
        ("session", Type::NullableText),
        ("user", Type::NullableText),
        ("room", Type::NullableText),
    ],
);

pub(crate) static REVOCATIONS: Shape = shape("Revocations", &[("items", Type::List(&REVOCATION))]);

pub(crate) static FORGOTTEN: Shape = shape("Forgotten", &[("more", Type::Bool)]);

pub(crate) static LIMITS: Shape = shape(
    "Limits",
    &[
        ("message_bytes", Type::Int),
        ("update_bytes", Type::Int),
        ("document_bytes", Type::Int),
        ("document_hard_bytes", Type::Int),
        ("updates_per_second", Type::Int),
        ("updates_burst", Type::Int),
        ("presence_per_second", Type::Int),
        ("presence_burst", Type::Int),
        ("presence_bytes", Type::Int),
        ("connections_per_room", Type::Int),
        ("connections_per_user", Type::Int),
        ("connections_per_node", Type::Int),
        ("queue_bytes", Type::Int),
        ("uncommitted_bytes", Type::Int),
        ("pending_bytes", Type::Int),
    ],
);

impl Shape {
    /// As JSON Schema.
    pub(crate) fn schema(&self) -> Value {
        let properties: serde_json::Map<_, _> =
            self.fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.schema())).collect();
        let required: Vec<_> = self.fields.iter().map(|(name, _)| *name).collect();
        json!({"type": "object", "properties": properties, "required": required})
    }

    /// Where other schemas find it.
    pub(crate) fn reference(&self) -> Value {
        json!({"$ref": format!("#/components/schemas/{}", self.name)})
    }

    /// This form and those in it.
    pub(crate) fn all(&'static self) -> Vec<&'static Shape> {
        let inner = self.fields.iter().filter_map(|(_, ty)| match ty {
            Type::Object(shape) | Type::List(shape) => Some(*shape),
            _ => None,
        });
        inner.flat_map(Shape::all).chain([self]).collect()
    }
}

impl Type {
    fn schema(self) -> Value {
        match self {
            Type::Id => json!({"type": "string", "format": "uuid"}),
            Type::Text => json!({"type": "string"}),
            Type::NullableText => json!({"type": ["string", "null"]}),
            Type::Email => json!({"type": "string", "format": "email"}),
            Type::Url => json!({"type": "string", "format": "uri"}),
            Type::Time => json!({"type": "string", "format": "date-time"}),
            Type::Int => json!({"type": "integer"}),
            Type::Bool => json!({"type": "boolean"}),
            Type::Role => json!({"type": "string", "enum": ["owner", "editor", "viewer"]}),
            Type::Object(shape) => shape.reference(),
            Type::List(shape) => json!({"type": "array", "items": shape.reference()}),
        }
    }
}

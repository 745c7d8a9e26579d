//! Invitations: a link that makes whoever follows it a member.

mod accept;
mod create;

use http::Method;

use crate::{
    endpoint::{Answer, BodySpec, Endpoint},
    error,
    request::fields::{Field, Rule, optional, required},
    schema,
};

const DAY_S: i64 = 24 * 60 * 60;
/// How long an invitation holds unless it says otherwise, in seconds.
const DEFAULT_S: i64 = 7 * DAY_S;
/// How many people may follow an invitation unless it says otherwise: a class, a company meeting.
const DEFAULT_USES: i64 = 1000;

const CREATE: &[Field] = &[
    required("role", Rule::OneOf(&["editor", "viewer"])),
    optional("email", Rule::Email),
    optional("expires_in", Rule::Int(1, 30 * DAY_S)),
    optional("max_uses", Rule::Int(1, 10_000)),
];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/v1/rooms/{room}/invites",
            "createInvite",
            "Invite to a room",
            create::create,
        )
        .body(BodySpec::Json(CREATE))
        .idempotent()
        .answer(201, Answer::Json(&schema::INVITE))
        .errors(&[error::FORBIDDEN]),
        Endpoint::new(
            Method::POST,
            "/v1/invites/{code}/accept",
            "acceptInvite",
            "Accept an invitation",
            accept::accept,
        )
        .answer(200, Answer::Json(&schema::ROOM))
        .errors(&[error::INVITE_NOT_FOUND]),
    ]
}

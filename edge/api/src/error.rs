//! Everything that can go wrong in a call, and what the caller is told about it.
//!
//! The text of a problem never holds a cause: what a database or a node said goes to the log, with the request's id.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use meridian_shared::{
    database::DbError,
    problem::{FieldError, Problem},
};

/// Seconds after which a caller may try again when something is unavailable.
const RETRY_AFTER_S: u64 = 1;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    #[error("malformed JSON at line {line}, column {column}")]
    MalformedJson { line: usize, column: usize },
    #[error("wrong content type")]
    WrongContentType(&'static str),
    #[error("body over {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body ended early")]
    Incomplete,
    #[error("{} wrong fields", .0.len())]
    Validation(Vec<FieldError>),
    #[error("no valid access token")]
    Unauthorized,
    #[error("wrong e-mail or password")]
    InvalidCredentials,
    #[error("refresh token unknown, used or of an ended session")]
    InvalidRefreshToken,
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    #[error("no such route")]
    NoSuchRoute,
    #[error("method not allowed")]
    MethodNotAllowed,
    #[error("no such room")]
    NoSuchRoom,
    #[error("no such member")]
    NoSuchMember,
    #[error("invitation unknown, expired or used up")]
    NoSuchInvite,
    #[error("no such file")]
    NoSuchFile,
    #[error("e-mail taken")]
    EmailTaken,
    #[error("the last owner")]
    LastOwner,
    #[error("idempotency key of another request")]
    IdempotencyKeyReused,
    #[error("the content is not what its name says")]
    HashMismatch,
    #[error("too fast")]
    RateLimited { retry_after_ms: u64 },
    #[error("unavailable: {0}")]
    Unavailable(String),
    #[error("not ready: {0}")]
    NotReady(&'static str),
    #[error("the node failed: {0}")]
    BadGateway(String),
    #[error("internal: {0}")]
    Internal(String),
}

/// What callers see of a kind of error: status, code, title.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
}

const fn kind(status: u16, code: &'static str, title: &'static str) -> Kind {
    Kind { status, code, title }
}

pub(crate) const MALFORMED_JSON: Kind = kind(400, "malformed_json", "The body is not JSON");
pub(crate) const VALIDATION_FAILED: Kind = kind(400, "validation_failed", "Some fields are wrong");
pub(crate) const INCOMPLETE_BODY: Kind = kind(400, "incomplete_body", "The body ended early");
pub(crate) const UNAUTHORIZED: Kind = kind(401, "unauthorized", "Sign in first");
pub(crate) const INVALID_CREDENTIALS: Kind = kind(401, "invalid_credentials", "Wrong e-mail or password");
pub(crate) const INVALID_REFRESH_TOKEN: Kind = kind(401, "invalid_refresh_token", "Sign in again");
pub(crate) const FORBIDDEN: Kind = kind(403, "forbidden", "Your role does not allow this");
pub(crate) const NOT_FOUND: Kind = kind(404, "not_found", "There is nothing here");
pub(crate) const ROOM_NOT_FOUND: Kind = kind(404, "room_not_found", "There is no such room");
pub(crate) const MEMBER_NOT_FOUND: Kind = kind(404, "member_not_found", "There is no such member");
pub(crate) const INVITE_NOT_FOUND: Kind = kind(404, "invite_not_found", "There is no such invitation");
pub(crate) const FILE_NOT_FOUND: Kind = kind(404, "file_not_found", "There is no such file");
pub(crate) const METHOD_NOT_ALLOWED: Kind =
    kind(405, "method_not_allowed", "This path does not take that method");
pub(crate) const EMAIL_TAKEN: Kind = kind(409, "email_taken", "There is an account with this e-mail address");
pub(crate) const LAST_OWNER: Kind = kind(409, "last_owner", "A room needs an owner");
pub(crate) const TOO_LARGE: Kind = kind(413, "too_large", "The body is too large");
pub(crate) const UNSUPPORTED_TYPE: Kind = kind(415, "unsupported_media_type", "Wrong content type");
pub(crate) const HASH_MISMATCH: Kind = kind(422, "hash_mismatch", "The content is not what its name says");
pub(crate) const KEY_REUSED: Kind =
    kind(422, "idempotency_key_reused", "This Idempotency-Key stands for another request");
pub(crate) const RATE_LIMITED: Kind = kind(429, "rate_limited", "Too many requests");
pub(crate) const INTERNAL: Kind = kind(500, "internal", "Something went wrong");
pub(crate) const BAD_GATEWAY: Kind = kind(502, "bad_gateway", "The room's node failed");
pub(crate) const UNAVAILABLE: Kind = kind(503, "unavailable", "Unavailable for the moment");
pub(crate) const NOT_READY: Kind = kind(503, "not_ready", "Not ready to serve");

impl Error {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Error::MalformedJson { .. } => MALFORMED_JSON,
            Error::Validation(_) => VALIDATION_FAILED,
            Error::Incomplete => INCOMPLETE_BODY,
            Error::Unauthorized => UNAUTHORIZED,
            Error::InvalidCredentials => INVALID_CREDENTIALS,
            Error::InvalidRefreshToken => INVALID_REFRESH_TOKEN,
            Error::Forbidden(_) => FORBIDDEN,
            Error::NoSuchRoute => NOT_FOUND,
            Error::NoSuchRoom => ROOM_NOT_FOUND,
            Error::NoSuchMember => MEMBER_NOT_FOUND,
            Error::NoSuchInvite => INVITE_NOT_FOUND,
            Error::NoSuchFile => FILE_NOT_FOUND,
            Error::MethodNotAllowed => METHOD_NOT_ALLOWED,
            Error::EmailTaken => EMAIL_TAKEN,
            Error::LastOwner => LAST_OWNER,
            Error::TooLarge { .. } => TOO_LARGE,
            Error::WrongContentType(_) => UNSUPPORTED_TYPE,
            Error::HashMismatch => HASH_MISMATCH,
            Error::IdempotencyKeyReused => KEY_REUSED,
            Error::RateLimited { .. } => RATE_LIMITED,
            Error::Internal(_) => INTERNAL,
            Error::BadGateway(_) => BAD_GATEWAY,
            Error::Unavailable(_) => UNAVAILABLE,
            Error::NotReady(_) => NOT_READY,
        }
    }

    /// This occurrence in a sentence that says what to do.
    fn detail(&self) -> String {
        match self {
            Error::MalformedJson { line, column } => format!("The body is not valid JSON: see line {line}, column {column}."),
            Error::Validation(_) => "Correct the fields in `errors` and send the request again.".into(),
            Error::Incomplete => "The connection ended before the whole body arrived.".into(),
            Error::Unauthorized => {
                "Send a valid access token as `Authorization: Bearer …`; refresh it or sign in when it has expired.".into()
            }
            Error::InvalidCredentials => "No account has this e-mail address and password.".into(),
            Error::InvalidRefreshToken => "The session has ended, or the refresh token was used before. Sign in again.".into(),
            Error::Forbidden(what) => (*what).into(),
            Error::NoSuchRoute => "No route has this path; `/v1/openapi.json` lists them.".into(),
            Error::MethodNotAllowed => "See the `Allow` header for the methods of this path.".into(),
            Error::NoSuchRoom => "The room does not exist, or you are not a member of it.".into(),
            Error::NoSuchMember => "This person is not a member of the room.".into(),
            Error::NoSuchInvite => "The invitation is unknown, expired or used up, or meant for someone else.".into(),
            Error::NoSuchFile => "The room has no file of this name.".into(),
            Error::EmailTaken => "Sign in instead, or use another address.".into(),
            Error::LastOwner => "Make someone else an owner first, or delete the room.".into(),
            Error::TooLarge { limit } => format!("The body may have at most {limit} bytes."),
            Error::WrongContentType(expected) => format!("Expected {expected}."),
            Error::HashMismatch => "The SHA-256 of the body is not the one in the path.".into(),
            Error::IdempotencyKeyReused => "Use a new Idempotency-Key for a new request.".into(),
            Error::RateLimited { retry_after_ms } => {
                format!("Wait {} s before the next attempt.", retry_after_ms.div_ceil(1000))
            }
            Error::Internal(_) => "The fault is ours and has been logged. Name the X-Request-Id when you report it.".into(),
            Error::BadGateway(_) => "The node that holds the room gave no usable answer. Try again.".into(),
            Error::Unavailable(_) => "Try again in a moment.".into(),
            Error::NotReady(reason) => (*reason).into(),
        }
    }

    /// What the caller is told.
    pub(crate) fn problem(&self) -> Problem {
        let kind = self.kind();
        let mut problem = Problem::new(kind.status, kind.code, kind.title, self.detail());
        if let Error::Validation(errors) = self {
            problem.errors.clone_from(errors);
        }
        problem
    }

    /// Seconds for `Retry-After`.
    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Error::RateLimited { retry_after_ms } => Some(retry_after_ms.div_ceil(1000).max(1)),
            Error::Unavailable(_) | Error::NotReady(_) | Error::BadGateway(_) => Some(RETRY_AFTER_S),
            _ => None,
        }
    }

    /// The challenge that every 401 carries (RFC 9110 §11.6.1, RFC 6750 §3).
    fn challenge(&self) -> Option<&'static str> {
        match self {
            Error::Unauthorized => Some(r#"Bearer realm="meridian", error="invalid_token""#),
            Error::InvalidCredentials | Error::InvalidRefreshToken => Some(r#"Bearer realm="meridian""#),
            _ => None,
        }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => Error::Unavailable(cause),
            other => Error::Internal(other.to_string()),
        }
    }
}

/// A problem document as an answer.
pub(crate) fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(Problem::CONTENT_TYPE));
    response
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if self.kind().status >= 500 {
            tracing::error!(code = self.kind().code, cause = %self, "a call failed");
        }
        let mut response = problem_response(&self.problem());
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

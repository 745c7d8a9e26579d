//! A call as handlers see it: checked, with its parts taken out.

pub(crate) mod body;
pub(crate) mod caller_region;
pub(crate) mod client_ip;
pub(crate) mod fields;
pub(crate) mod idempotency;
pub(crate) mod page;

use axum::body::Body;
use http::{HeaderMap, request::Parts};
use meridian_shared::{
    event::Subject,
    ids::{RoomId, SessionId, UserId},
    token::AccessClaims,
};

use sync_wrapper::SyncWrapper;

use crate::{Api, error::Error};
use fields::Fields;

/// Who calls: what the access token says. Whether the session still lives is asked of the database by the statement that does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
}

impl Caller {
    /// From `Authorization: Bearer …`.
    pub(crate) fn authenticate(api: &Api, headers: &HeaderMap) -> Result<Self, Error> {
        let token = bearer(headers).ok_or(Error::Unauthorized)?;
        let claims: AccessClaims =
            api.keys.public().verify(token, api.now()).map_err(|_| Error::Unauthorized)?;
        Ok(Self { user: claims.sub, session: claims.sid })
    }
}

/// Checks that a node calls. Without a secret there are no routes for nodes.
pub(crate) fn authenticate_node(api: &Api, headers: &HeaderMap) -> Result<(), Error> {
    let secret = api.config.node_secret.as_ref().ok_or(Error::NoSuchRoute)?;
    match bearer(headers) {
        Some(given) if secret.is(given) => Ok(()),
        _ => Err(Error::Unauthorized),
    }
}

/// What stands behind `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A call that passed the checks of its route.
pub(crate) struct Call {
    pub(crate) parts: Parts,
    /// Path parameters, decoded.
    pub(crate) params: Vec<(String, String)>,
    /// `None` on public routes.
    caller: Option<Caller>,
    /// The checked body of a JSON route.
    pub(crate) fields: Fields,
    /// The bytes of a JSON route's body.
    pub(crate) bytes: bytes::Bytes,
    /// The unread body of a route of bytes. A body is not `Sync`; nobody reads it by reference.
    body: SyncWrapper<Body>,
}

impl Call {
    pub(crate) fn new(parts: Parts, params: Vec<(String, String)>, caller: Option<Caller>) -> Self {
        let (fields, bytes, body) = (Fields::default(), bytes::Bytes::new(), SyncWrapper::new(Body::empty()));
        Self { parts, params, caller, fields, bytes, body }
    }

    /// Who calls. Routes are for signed-in callers unless they say otherwise, and are answered with 401 before they get here.
    pub(crate) fn caller(&self) -> Result<Caller, Error> {
        self.caller.ok_or(Error::Unauthorized)
    }

    /// Whose rights the call rests on.
    pub(crate) fn rights_behind(&self) -> Vec<Subject> {
        let caller = self.caller.iter().flat_map(|c| [Subject::Session(c.session), Subject::User(c.user)]);
        caller.chain(self.room().ok().map(Subject::Room)).collect()
    }

    pub(crate) fn put_body(&mut self, body: Body) {
        self.body = SyncWrapper::new(body);
    }

    /// The unread body, once.
    pub(crate) fn take_body(&mut self) -> Body {
        std::mem::replace(&mut self.body, SyncWrapper::new(Body::empty())).into_inner()
    }

    /// A path parameter.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The room in the path. What is no id names no room.
    pub(crate) fn room(&self) -> Result<RoomId, Error> {
        self.param("room").parse().map_err(|_| Error::NoSuchRoom)
    }
}

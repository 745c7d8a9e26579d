//! The description of a route. It is checked before the handler runs (`serve.rs`) and published as OpenAPI (`openapi.rs`): one source for both.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::response::Response;
use http::Method;
use meridian_shared::gcra::Quota;

use crate::{
    Api,
    config::Quotas,
    error::{self, Error, Kind},
    request::{Call, fields::Field},
    schema::Shape,
};

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone.
    Public,
    /// Who holds an access token.
    SignedIn,
    /// An origin node, which knows the secret of nodes.
    Node,
}

/// Which rate a call counts against. By IP prefix for public routes, by user for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    Unlimited,
    Signup,
    Signin,
    Session,
    Read,
    Write,
    Ticket,
}

impl Rate {
    /// The name in keys and headers, and the quota.
    pub(crate) fn policy(self, quotas: &Quotas) -> Option<(&'static str, Quota)> {
        match self {
            Rate::Unlimited => None,
            Rate::Signup => Some(("signup", quotas.signup)),
            Rate::Signin => Some(("signin", quotas.signin)),
            Rate::Session => Some(("session", quotas.session)),
            Rate::Read => Some(("read", quotas.read)),
            Rate::Write => Some(("write", quotas.write)),
            Rate::Ticket => Some(("ticket", quotas.ticket)),
        }
    }
}

/// What a route takes as its body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BodySpec {
    /// Nothing; what is sent is not read.
    None,
    /// A JSON object of these fields.
    Json(&'static [Field]),
    /// The same, or no body at all, which stands for `{}`.
    OptionalJson(&'static [Field]),
    /// Bytes that the handler reads itself, of one of these types.
    Bytes(&'static [&'static str]),
}

/// What a route answers when all went well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// No content.
    Empty,
    /// JSON.
    Json(&'static Shape),
    /// JSON of a form fixed elsewhere.
    AnyJson,
    /// An image.
    Image,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Error>> + Send>>;

/// A route.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    /// The operation's name in OpenAPI.
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) access: Access,
    pub(crate) rate: Rate,
    pub(crate) body: BodySpec,
    /// Query parameters that it needs.
    pub(crate) query: &'static [&'static str],
    /// Takes `cursor` and `limit`.
    pub(crate) paged: bool,
    /// Takes `Idempotency-Key`.
    pub(crate) idempotent: bool,
    /// Needs to know the origin nodes.
    pub(crate) placed: bool,
    pub(crate) answers: Vec<(u16, Answer)>,
    /// Errors beyond those that every route of its access, rate and body may have.
    pub(crate) errors: Vec<Kind>,
    pub(crate) handler: Arc<dyn Fn(Api, Call) -> Answering + Send + Sync>,
}

impl Endpoint {
    /// A route for signed-in callers: what nothing else is said about must not be public.
    pub(crate) fn new<F>(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        handler: fn(Api, Call) -> F,
    ) -> Self
    where
        F: Future<Output = Result<Response, Error>> + Send + 'static,
    {
        let rate = if method == Method::GET { Rate::Read } else { Rate::Write };
        Self {
            method,
            path,
            id,
            summary,
            access: Access::SignedIn,
            rate,
            body: BodySpec::None,
            query: &[],
            paged: false,
            idempotent: false,
            placed: false,
            answers: Vec::new(),
            errors: Vec::new(),
            handler: Arc::new(move |api, call| Box::pin(handler(api, call))),
        }
    }

    pub(crate) fn public(mut self, rate: Rate) -> Self {
        (self.access, self.rate) = (Access::Public, rate);
        self
    }

    /// A route for origin nodes, of which there are few.
    pub(crate) fn for_nodes(mut self) -> Self {
        (self.access, self.rate) = (Access::Node, Rate::Unlimited);
        self
    }

    pub(crate) fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    pub(crate) fn rate(mut self, rate: Rate) -> Self {
        self.rate = rate;
        self
    }

    pub(crate) fn body(mut self, body: BodySpec) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn paged(mut self) -> Self {
        self.paged = true;
        self
    }

    pub(crate) fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    pub(crate) fn placed(mut self) -> Self {
        self.placed = true;
        self
    }

    /// Whether it only shows what the database has, so that a replica may answer.
    pub(crate) fn reads(&self) -> bool {
        self.access == Access::SignedIn && self.method == Method::GET && !self.placed
    }

    /// Whether it changes the database, so that its caller must be told the position to read after.
    pub(crate) fn writes(&self) -> bool {
        self.method != Method::GET && self.access != Access::Node && !self.placed
    }

    pub(crate) fn answer(mut self, status: u16, answer: Answer) -> Self {
        self.answers.push((status, answer));
        self
    }

    pub(crate) fn errors(mut self, errors: &[Kind]) -> Self {
        self.errors.extend(errors);
        self
    }

    /// Every error that a call may be answered with.
    pub(crate) fn all_errors(&self) -> Vec<Kind> {
        let mut all = self.errors.clone();
        match self.access {
            Access::Public => {}
            Access::SignedIn => all.push(error::UNAUTHORIZED),
            Access::Node => all.extend([error::UNAUTHORIZED, error::NOT_FOUND]),
        }
        if self.rate != Rate::Unlimited {
            all.push(error::RATE_LIMITED);
        }
        match self.body {
            BodySpec::None => {}
            BodySpec::Json(_) | BodySpec::OptionalJson(_) => all.extend([
                error::MALFORMED_JSON,
                error::VALIDATION_FAILED,
                error::INCOMPLETE_BODY,
                error::TOO_LARGE,
                error::UNSUPPORTED_TYPE,
            ]),
            BodySpec::Bytes(_) => {
                all.extend([
                    error::INCOMPLETE_BODY,
                    error::TOO_LARGE,
                    error::UNSUPPORTED_TYPE,
                    error::HASH_MISMATCH,
                ]);
            }
        }
        if self.paged || self.idempotent {
            all.push(error::VALIDATION_FAILED);
        }
        if self.idempotent {
            all.push(error::KEY_REUSED);
        }
        if self.path.contains("{room}") {
            all.push(error::ROOM_NOT_FOUND);
        }
        all.extend([error::UNAVAILABLE, error::INTERNAL]);
        all.sort_by_key(|k| (k.status, k.code));
        all.dedup_by_key(|k| k.code);
        all
    }
}

//! What origin nodes ask that can't reach the database (`/v1/node/…`): rights, and those that ended. There is none of it where no `NODE_SECRET` is set.

use axum::response::Response;
use http::Method;
use meridian_shared::{
    revocation::{FORGOTTEN_AT_ONCE, KEPT_MS, Revocation},
    standing::{Bearer, Standing},
    time::Millis,
};
use serde_json::json;

use crate::{
    Api,
    endpoint::{Answer, BodySpec, Endpoint},
    error::{self, Error},
    request::{
        Call,
        fields::{Field, Rule, required, wrong},
    },
    schema, serve,
};

const BEARER: &[Field] =
    &[required("user", Rule::Id), required("session", Rule::Id), required("room", Rule::Id)];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const REVOCATIONS: &str = "/v1/node/revocations";
    let rights = "What a person is to a room now: for origin nodes";
    let ended = "Rights that ended or changed, the oldest first, at most 5000: for origin nodes";
    let forget = "Delete some notes of rights that ended over a day ago: for origin nodes";
    vec![
        Endpoint::new(Method::POST, "/v1/node/rights", "nodeRights", rights, standing)
            .body(BodySpec::Json(BEARER))
            .answer(200, Answer::Json(&schema::STANDING)),
        Endpoint::new(Method::GET, REVOCATIONS, "nodeRevocations", ended, revocations)
            .query(&["after"])
            .answer(200, Answer::Json(&schema::REVOCATIONS))
            .errors(&[error::VALIDATION_FAILED]),
        Endpoint::new(Method::DELETE, REVOCATIONS, "forgetRevocations", forget, forget_revocations)
            .answer(200, Answer::Json(&schema::FORGOTTEN)),
    ]
    .into_iter()
    .map(Endpoint::for_nodes)
    .collect()
}

async fn standing(api: Api, call: Call) -> Result<Response, Error> {
    let id = |name| call.fields.text(name).map(str::to_owned);
    let bearer = Bearer {
        user: parse("user", &id("user")?)?,
        session: parse("session", &id("session")?)?,
        room: parse("room", &id("room")?)?,
    };
    let found = api.run(Standing::find(bearer)).await?;
    let standing = Standing::found(&found.rows, api.now())?;
    let (name, role, presence) = match &standing {
        Standing::Member { name, role, presence } => (Some(name), Some(role), *presence),
        _ => (None, None, false),
    };
    let word = match standing {
        Standing::SignedOut => "signed_out",
        Standing::NoRoom => "no_room",
        Standing::Stranger => "stranger",
        Standing::Member { .. } => "member",
    };
    serve::ok(&json!({"standing": word, "name": name, "role": role, "presence": presence}))
}

fn parse<Id: std::str::FromStr>(name: &str, text: &str) -> Result<Id, Error> {
    text.parse().map_err(|_| Error::Internal(format!("{name} passed its rule")))
}

/// `?after=`: ms since 1970, by the clock of the edge.
async fn revocations(api: Api, call: Call) -> Result<Response, Error> {
    let query = call.parts.uri.query().unwrap_or_default();
    let after = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "after");
    let after = after.and_then(|(_, value)| value.parse().ok()).map(Millis);
    let after = after
        .ok_or_else(|| Error::Validation(vec![wrong("query.after", "must be a time in ms since 1970")]))?;
    let found = api.run(Revocation::since(after)).await?;
    let items = found.rows.iter().map(Revocation::found).collect::<Result<Vec<_>, _>>()?;
    serve::ok(&json!({"items": items}))
}

async fn forget_revocations(api: Api, _: Call) -> Result<Response, Error> {
    let forgotten = api.run(Revocation::forget(api.now().plus(-KEPT_MS))).await?;
    serve::ok(&json!({"more": forgotten.affected >= FORGOTTEN_AT_ONCE}))
}

//! Rights as the edge tells them: beside an edge whose database no node can reach (D1).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use meridian_edge_native::{HttpClient, HttpError};
use meridian_shared::{
    revocation::Revocation,
    standing::{Bearer, Standing},
    time::Millis,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Rights, RightsError};

/// The largest answer, in bytes: 5,000 revocations and some room.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the edge, as a node that knows its secret.
#[derive(Clone)]
pub struct EdgeRights {
    http: HttpClient,
    /// Without a trailing slash.
    url: String,
    authorization: header::HeaderValue,
}

#[derive(Deserialize)]
struct Revocations {
    items: Vec<Revocation>,
}

#[derive(Deserialize)]
struct Forgotten {
    more: bool,
}

impl EdgeRights {
    /// Asks the edge at `url`, which has the same `secret`.
    ///
    /// # Errors
    /// The secret can't stand in a header, or the system has no root certificates.
    pub fn new(url: &str, secret: &str) -> Result<Self, RightsError> {
        let authorization = header::HeaderValue::from_str(&format!("Bearer {secret}"));
        let mut authorization =
            authorization.map_err(|_| RightsError::Refused("NODE_SECRET can't stand in a header".into()))?;
        authorization.set_sensitive(true);
        let http = HttpClient::new(ANSWER_LIMIT, PATIENCE)?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), authorization })
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<T, RightsError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, self.authorization.clone());
        let mut bytes = Vec::new();
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json");
            bytes = serde_json::to_vec(body).map_err(|e| RightsError::Refused(e.to_string()))?;
        }
        let request = request.body(Bytes::from(bytes)).map_err(|e| RightsError::Refused(e.to_string()))?;
        let answer = self.http.send(request).await?;
        match answer.status() {
            StatusCode::OK => serde_json::from_slice(answer.body())
                .map_err(|e| RightsError::Refused(format!("an answer of the edge can't be read: {e}"))),
            StatusCode::UNAUTHORIZED => Err(RightsError::Refused("the edge has another NODE_SECRET".into())),
            StatusCode::NOT_FOUND => {
                Err(RightsError::Refused("the edge takes no calls of nodes: it has no NODE_SECRET".into()))
            }
            status => Err(RightsError::Unavailable(format!("the edge answered {status}"))),
        }
    }
}

impl From<HttpError> for RightsError {
    fn from(error: HttpError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

#[async_trait]
impl Rights for EdgeRights {
    async fn standing(&self, bearer: Bearer) -> Result<Standing, RightsError> {
        self.ask(Method::POST, "/v1/node/rights", Some(&bearer)).await
    }

    async fn revocations(&self, after: Millis) -> Result<Vec<Revocation>, RightsError> {
        let path = format!("/v1/node/revocations?after={}", after.0);
        let answer: Revocations = self.ask(Method::GET, &path, None::<&()>).await?;
        Ok(answer.items)
    }

    async fn forget_revocations(&self) -> Result<bool, RightsError> {
        let answer: Forgotten = self.ask(Method::DELETE, "/v1/node/revocations", None::<&()>).await?;
        Ok(answer.more)
    }
}

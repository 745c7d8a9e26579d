//! Nodes over Spin's outbound HTTP.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use meridian_edge_api::ports::{NodeClient, PortError};
use meridian_shared::region::Node;

use crate::limit::timeout;

/// How long a node may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// The largest answer of a node, in bytes.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// Calls nodes at their URLs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HttpNodes;

#[async_trait]
impl NodeClient for HttpNodes {
    async fn call(&self, node: &Node, mut request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let url = format!("{}{}", node.url, request.uri());
        *request.uri_mut() =
            Uri::try_from(url).map_err(|_| PortError(format!("node {} has an unusable URL", node.id)))?;
        let answer = timeout(PATIENCE, exchange(request)).await;
        answer.unwrap_or_else(|| Err(format!("no answer within {} s", PATIENCE.as_secs()))).map_err(PortError)
    }
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, String> {
    let response = spin_sdk::http::send(request.map(Full::new)).await.map_err(|e| e.to_string())?;
    let (parts, body) = response.into_parts();
    let whole = Limited::new(body, ANSWER_LIMIT).collect().await.map_err(|e| e.to_string())?;
    Ok(Response::from_parts(parts, whole.to_bytes()))
}

//! A node of this process, reached without a network.

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use meridian_edge_api::ports::{NodeClient, PortError};
use meridian_shared::region::Node;
use tower::ServiceExt;

/// The largest answer of a node, in bytes.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// The node is a router of this process.
#[derive(Debug, Clone)]
pub struct InProcessNode(pub Router);

#[async_trait]
impl NodeClient for InProcessNode {
    async fn call(&self, _: &Node, request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let Ok(answer) = self.0.clone().oneshot(request.map(Body::from)).await;
        let (parts, body) = answer.into_parts();
        let whole = Limited::new(body, ANSWER_LIMIT).collect().await.map_err(|e| PortError(e.to_string()))?;
        Ok(Response::from_parts(parts, whole.to_bytes()))
    }
}

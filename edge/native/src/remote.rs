//! Nodes that are processes of their own, reached over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use meridian_edge_api::ports::{NodeClient, PortError};
use meridian_shared::region::Node;

use crate::http::HttpClient;

/// The largest answer of a node, in bytes.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// How long a call may take: an image of 5 MiB between data centres. A node that hangs must not hold its callers for longer than a database that does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Calls nodes at [`Node::url`].
#[derive(Debug, Clone)]
pub struct RemoteNodes(HttpClient);

impl RemoteNodes {
    /// Connects at the first call.
    ///
    /// # Errors
    /// The system has no root certificates that can be read.
    pub fn new() -> Result<Self, PortError> {
        HttpClient::new(ANSWER_LIMIT, PATIENCE).map(Self).map_err(|e| PortError(e.to_string()))
    }
}

#[async_trait]
impl NodeClient for RemoteNodes {
    async fn call(&self, node: &Node, mut request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let url = format!("{}{}", node.url, request.uri());
        *request.uri_mut() = url.parse().map_err(|_| PortError(format!("{url} is no URL")))?;
        self.0.send(request).await.map_err(|e| PortError(e.to_string()))
    }
}

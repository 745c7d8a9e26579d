//! Nodes over `fetch`.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use meridian_edge_api::ports::{NodeClient, PortError};
use meridian_shared::region::Node;
use worker::send::SendFuture;

use super::http_client;

/// How long a node may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Calls nodes at their URLs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchNodes;

#[async_trait]
impl NodeClient for FetchNodes {
    async fn call(&self, node: &Node, mut request: Request<Bytes>) -> Result<Response<Bytes>, PortError> {
        let url = format!("{}{}", node.url, request.uri());
        *request.uri_mut() =
            Uri::try_from(url).map_err(|_| PortError(format!("node {} has an unusable URL", node.id)))?;
        let answer = SendFuture::new(http_client::call(request, PATIENCE)).await;
        answer.map_err(|cause| PortError(cause.to_string()))
    }
}

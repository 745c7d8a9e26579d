//! HTTP for the REST client.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{sleep, timeout};

use super::choose_cryptography;
use crate::rest::{RESPONSE_LIMIT, Transport, TransportError};

/// How long a request may take, connecting included.
const PATIENCE: Duration = Duration::from_secs(1);

/// HTTP/1.1 over TCP or TLS (the system's root certificates), with connections kept for the next request.
pub struct HttpsTransport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl HttpsTransport {
    /// Connects at the first request.
    pub fn new() -> Self {
        choose_cryptography();
        let config = ClientConfig::builder().with_native_roots().map(|builder| builder.with_no_client_auth());
        let config = config.unwrap_or_else(|error| {
            tracing::warn!(%error, "no root certificates: https:// will fail, http:// works");
            ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
        });
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(PATIENCE));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
        Self { client }
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = self.client.request(request.map(Full::new)).await.map_err(|error| {
            if error.is_connect() {
                TransportError::NotSent(error.to_string())
            } else {
                TransportError::Lost(error.to_string())
            }
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, RESPONSE_LIMIT).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                TransportError::TooLarge
            } else {
                TransportError::Lost(error.to_string())
            }
        })?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

impl Default for HttpsTransport {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Transport for HttpsTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        timeout(PATIENCE, self.exchange(request)).await.unwrap_or(Err(TransportError::TimedOut))
    }

    async fn sleep(&self, ms: u64) {
        sleep(Duration::from_millis(ms)).await;
    }
}

impl fmt::Debug for HttpsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpsTransport")
    }
}

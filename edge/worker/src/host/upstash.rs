//! Upstash's REST protocol over `fetch`.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use meridian_redis::rest::{RESPONSE_LIMIT, Transport, TransportError};
use worker::{Delay, js_sys, send::SendFuture};

use super::http_client::{self, CallError};

/// How long Redis may take: what it knows makes calls cheaper, and waiting for it must not make them dear.
const PATIENCE: Duration = Duration::from_secs(1);

/// Each call is one `fetch`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FetchTransport;

#[async_trait]
impl Transport for FetchTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let answer = SendFuture::new(http_client::call(request, PATIENCE)).await;
        match answer {
            Ok(answer) if answer.body().len() > RESPONSE_LIMIT => Err(TransportError::TooLarge),
            Ok(answer) => Ok(answer),
            Err(CallError::TimedOut(_)) => Err(TransportError::TimedOut),
            // `fetch` does not say how far it got.
            Err(CallError::Failed(cause)) => Err(TransportError::Lost(cause)),
        }
    }

    async fn sleep(&self, ms: u64) {
        SendFuture::new(async move { Delay::from(Duration::from_millis(ms)).await }).await;
    }

    fn jitter(&self) -> u64 {
        // 53 random bits, of which waits use a few.
        (js_sys::Math::random() * (1_u64 << 53) as f64) as u64
    }
}

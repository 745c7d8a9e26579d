//! Outbound HTTP: plain, one connection a request.

use std::{io::ErrorKind, sync::Arc};

use http::uri::Scheme;
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

use crate::application::Rights;

/// Sends what the component may send.
pub(crate) struct Outbound(pub(crate) Arc<Rights>);

/// Tells how the rest of an exchange went.
type Rest = Box<dyn Future<Output = Result<()>> + Send>;

impl WasiHttpHooks for Outbound {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Rest,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Rest)>> + Send> {
        let rights = self.0.clone();
        Box::new(async move {
            let scheme = request.uri().scheme().cloned().unwrap_or(Scheme::HTTPS);
            let host = request.uri().host().unwrap_or_default().to_owned();
            let port = request.uri().port_u16().or_else(|| crate::outbound::default_port(scheme.as_str()));
            let port = port.unwrap_or_default();
            if !rights.outbound.allow(scheme.as_str(), &host, port) {
                return Err(Error::HttpRequestDenied);
            }
            if scheme != Scheme::HTTP {
                return Err(Error::TlsProtocolError);
            }
            send(request, &host, port).await
        })
    }
}

async fn send(
    mut request: http::Request<WasiBody>,
    host: &str,
    port: u16,
) -> Result<(http::Response<WasiBody>, Rest)> {
    let stream = TcpStream::connect((host, port)).await.map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        _ => Error::DestinationNotFound,
    })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().map_err(|_| Error::HttpRequestUriInvalid)?;
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let rest: Rest = Box::new(async move {
        // Ended by the runtime of the process, if ever.
        driver.await.map_or(Ok(()), |end| end.map_err(Error::from))
    });
    Ok((response.map(|body| body.map_err(Error::from).boxed_unsync()), rest))
}

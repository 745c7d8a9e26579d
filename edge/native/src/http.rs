//! HTTP to other processes of a deployment: bounded in size and time, never redirected, with the system's root certificates.

use std::{error::Error, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::redirect::Policy;

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Why there is no answer. The text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Nothing came, or not in time.
    #[error("no answer: {0}")]
    Unavailable(String),
    /// More came than is taken.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

/// A client whose answers have an end. Clones share its connections.
#[derive(Debug, Clone)]
pub struct HttpClient {
    client: reqwest::Client,
    limit: usize,
}

impl HttpClient {
    /// Takes answers of at most `limit` bytes, each whole within `patience`.
    ///
    /// # Errors
    /// The system has no root certificates that can be read.
    pub fn new(limit: usize, patience: Duration) -> Result<Self, HttpError> {
        // rustls asks for its cryptography by name. An earlier choice of the program stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(patience)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .redirect(Policy::none())
            .tcp_nodelay(true)
            .build();
        Ok(Self { client: client.map_err(unavailable)?, limit })
    }

    /// Sends a request and takes in the whole answer, whatever its status.
    ///
    /// # Errors
    /// There is no whole answer.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = request.try_into().map_err(unavailable)?;
        let mut answer = self.client.execute(request).await.map_err(unavailable)?;
        if answer.content_length().is_some_and(|length| length > self.limit as u64) {
            return Err(HttpError::TooLarge(self.limit));
        }
        let mut whole = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(unavailable)? {
            if whole.len() + chunk.len() > self.limit {
                return Err(HttpError::TooLarge(self.limit));
            }
            whole.extend_from_slice(&chunk);
        }
        let mut response = Response::new(whole.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

/// The whole chain of causes: the outermost says only that a request failed.
fn unavailable(error: impl Error) -> HttpError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    HttpError::Unavailable(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, routing::get};
    use http::{StatusCode, header};
    use tokio::net::TcpListener;

    async fn serve(router: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn request(url: &str) -> Request<Bytes> {
        Request::get(url).body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn answers_have_an_end() {
        let stream = || {
            let parts = futures_util::stream::iter((0..8).map(|_| Ok::<_, std::io::Error>(vec![7; 8])));
            axum::body::Body::from_stream(parts)
        };
        let moved = (StatusCode::FOUND, [(header::LOCATION, "/whole")]);
        let router = Router::new()
            .route("/whole", get(|| async { [7; 64] }))
            .route("/longer", get(|| async { [7; 65] }))
            .route("/chunks", get(move || async move { stream() }))
            .route("/moved", get(move || async move { moved }))
            .route("/never", get(|| async { std::future::pending::<()>().await }));
        let url = serve(router).await;
        let client = |limit| HttpClient::new(limit, Duration::from_millis(500)).unwrap();
        let send = async |limit, path| client(limit).send(request(&format!("{url}{path}"))).await;

        assert_eq!(send(64, "/whole").await.unwrap().body().len(), 64);
        assert_eq!(send(64, "/longer").await.unwrap_err(), HttpError::TooLarge(64));
        assert_eq!(send(64, "/chunks").await.unwrap().body().len(), 64);
        assert_eq!(send(63, "/chunks").await.unwrap_err(), HttpError::TooLarge(63));
        assert_eq!(send(64, "/moved").await.unwrap().status(), StatusCode::FOUND, "nobody is followed");
        assert!(matches!(send(64, "/never").await, Err(HttpError::Unavailable(_))));
        let nobody =
            HttpClient::new(64, Duration::from_secs(1)).unwrap().send(request("http://127.0.0.1:1/")).await;
        assert!(matches!(nobody, Err(HttpError::Unavailable(_))), "{nobody:?}");
    }
}

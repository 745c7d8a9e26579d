//! `fetch` with whole bodies and a time limit: for nodes and for Upstash.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use worker::{
    js_sys::{self, Array, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{AbortController, Headers, RequestInit, RequestRedirect, WorkerGlobalScope},
};

use super::limit::timeout;

/// Why there is no answer. The texts are for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The limit, in ms.
    TimedOut(u128),
    /// What JavaScript threw.
    Failed(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::TimedOut(ms) => write!(f, "no answer within {ms} ms"),
            CallError::Failed(cause) => f.write_str(cause),
        }
    }
}

/// Sends a request to an absolute URL and reads the whole answer. Redirects are answers.
pub(crate) async fn call(request: Request<Bytes>, limit: Duration) -> Result<Response<Bytes>, CallError> {
    let controller = AbortController::new().map_err(|e| CallError::Failed(text(e)))?;
    match timeout(limit, send(request, &controller)).await {
        Some(answer) => answer.map_err(CallError::Failed),
        None => {
            controller.abort();
            Err(CallError::TimedOut(limit.as_millis()))
        }
    }
}

async fn send(request: Request<Bytes>, controller: &AbortController) -> Result<Response<Bytes>, String> {
    let (parts, body) = request.into_parts();
    let init = RequestInit::new();
    init.set_method(parts.method.as_str());
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&controller.signal()));
    let headers = Headers::new().map_err(text)?;
    for (name, value) in &parts.headers {
        let value = value.to_str().map_err(|_| format!("header {name} is not ASCII"))?;
        headers.append(name.as_str(), value).map_err(text)?;
    }
    init.set_headers(&headers);
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body.as_ref()));
    }
    let response = fetch_url(&parts.uri.to_string(), &init).await?;
    let body = JsFuture::from(response.array_buffer().map_err(text)?).await.map_err(text)?;
    let mut answer = Response::new(Bytes::from(Uint8Array::new(&body).to_vec()));
    *answer.status_mut() = StatusCode::from_u16(response.status()).map_err(|e| e.to_string())?;
    for entry in response.headers().entries() {
        let entry = Array::from(&entry.map_err(text)?);
        let (name, value) = (entry.get(0).as_string(), entry.get(1).as_string());
        let name = name.and_then(|name| HeaderName::try_from(name).ok());
        let value = value.and_then(|value| HeaderValue::try_from(value).ok());
        if let Some((name, value)) = name.zip(value) {
            answer.headers_mut().append(name, value);
        }
    }
    Ok(answer)
}

async fn fetch_url(url: &str, init: &RequestInit) -> Result<worker::web_sys::Response, String> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str_and_init(url, init)).await.map_err(text)?;
    Ok(response.unchecked_into())
}

/// What JavaScript threw.
pub(crate) fn text(error: JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| "an unknown error".into()),
    }
}

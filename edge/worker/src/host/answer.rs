//! Answers in the form that the runtime takes.

use axum::response::Response;
use http::response::Parts;
use http_body_util::BodyExt;
use worker::{
    js_sys::Uint8Array,
    wasm_bindgen::JsValue,
    web_sys::{self, Headers, ResponseInit},
};

/// An answer with its body in one piece, so that its length is known. Bodies of the API are whole already.
pub(crate) async fn to_js(response: Response) -> worker::Result<web_sys::Response> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| worker::Error::RustError(error.to_string()))?;
    Ok(with_body(&parts, &body.to_bytes())?)
}

fn with_body(parts: &Parts, body: &[u8]) -> Result<web_sys::Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &parts.headers {
        // One character a byte, as HTTP has it.
        let value: String = value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        headers.append(name.as_str(), &value)?;
    }
    let init = ResponseInit::new();
    init.set_status(parts.status.as_u16());
    init.set_headers(&headers);
    // 204 and 304 must have none, not even an empty one.
    let body = (!body.is_empty()).then(|| Uint8Array::from(body));
    web_sys::Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)
}

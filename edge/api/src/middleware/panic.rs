//! A panic is a defect of one call: it is answered, and the process lives. Where panics abort (WASM) the host answers instead.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;

use crate::error::Error;

pub(crate) async fn catch_panic(request: Request, next: Next) -> Response {
    // Handlers share nothing that a panic could leave half-changed: state is in the database.
    let caught = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    caught.unwrap_or_else(|panic| Error::Internal(format!("panic: {}", text(panic.as_ref()))).into_response())
}

fn text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}

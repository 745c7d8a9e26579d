//! No call may wait for ever: a request on Workers has no time limit of its own while its client stays.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use meridian_shared::database::DbError;
use worker::Delay;

/// How long one call of a database that decides may take, network included.
pub(crate) const DATABASE: Duration = Duration::from_secs(12);

/// How long one call of a replica may take, with the connection that each request makes: then another is asked.
pub(crate) const REPLICA: Duration = Duration::from_millis(500);

/// The future's output, or nothing when it takes longer.
pub(crate) async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(Delay::from(limit))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// The output of a call of a database.
pub(crate) async fn within<T>(limit: Duration, call: impl Future<Output = T>) -> Result<T, DbError> {
    let late = || DbError::Unavailable(format!("no answer within {} ms", limit.as_millis()));
    timeout(limit, call).await.ok_or_else(late)
}

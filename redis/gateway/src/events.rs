//! `/subscribe/{channel}`: messages as server-sent events, until the caller goes, Redis goes, or the gateway stops.

use std::convert::Infallible;

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt, stream};
use meridian_redis::{
    Command, Redis,
    native::{Heard, NativeRedis},
    rest::wire::Encoding,
};
use tokio::sync::watch;

use crate::respond;

pub(crate) async fn subscribe(
    redis: &NativeRedis,
    channel: String,
    stopping: watch::Receiver<bool>,
) -> Response {
    // A subscription waits for a Redis that is away; who asks for one wants to know.
    if let Err(error) = redis.run(Command::ping()).await {
        return respond::one(&Err(error), Encoding::Plain);
    }
    let subscription = redis.subscribe(&channel).await;
    let greeting = stream::iter([format!("subscribe,{channel},1")]);
    let messages = stream::unfold((subscription, channel), async |(mut subscription, channel)| {
        match subscription.next().await {
            Some(Heard::Message(text)) => {
                Some((format!("message,{channel},{text}"), (subscription, channel)))
            }
            // Something may be lost: the end of the stream is how the caller learns it.
            Some(Heard::Reconnected) | None => None,
        }
    });
    Sse::new(lines(greeting.chain(messages), stopping)).keep_alive(KeepAlive::default()).into_response()
}

fn lines(
    texts: impl Stream<Item = String>,
    mut stopping: watch::Receiver<bool>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let stop = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    texts.map(|text| Ok(Event::default().data(text))).take_until(stop)
}

//! A channel that is listened to for as long as somebody cares.

use std::{pin::pin, time::Duration};

use futures_util::StreamExt;
use redis::{
    Client, RedisResult, Value,
    aio::{PubSubSink, PubSubStream},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

/// How many messages wait for a slow reader. One that lets more gather is cut off and connected anew, so that it hears of its loss and memory is bounded.
const WAITING: usize = 1024;
/// How long connecting and subscribing may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// The wait between attempts: the first, doubling, up to the last.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// How often a silent connection is asked whether it lives, and how long it has to say so.
const PING: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(1));

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A message.
    Message(String),
    /// It listens again after a time in which it did not: messages may have been lost.
    Reconnected,
}

/// Messages of one channel. Ends when it is dropped.
#[derive(Debug)]
pub struct Subscription(mpsc::Receiver<Heard>);

impl Subscription {
    /// Listens, or has tried once.
    pub(super) async fn start(client: Client, channel: String) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (tried, first) = oneshot::channel();
        tokio::spawn(listen(client, channel, sender, tried));
        let _ = first.await;
        Self(receiver)
    }

    /// The next message, or the news that some may have been lost. `None` only when the runtime ends.
    pub async fn next(&mut self) -> Option<Heard> {
        self.0.recv().await
    }
}

async fn listen(client: Client, channel: String, sender: mpsc::Sender<Heard>, tried: oneshot::Sender<()>) {
    let mut tried = Some(tried);
    let mut missed = false;
    let mut wait = WAITS.0;
    while !sender.is_closed() {
        let opened = timeout(PATIENCE, open(&client, &channel)).await;
        if let Some(tried) = tried.take() {
            let _ = tried.send(());
        }
        if let Ok(Ok((sink, stream))) = opened {
            if missed && sender.send(Heard::Reconnected).await.is_err() {
                return;
            }
            wait = WAITS.0;
            forward(sink, stream, &sender).await;
            tracing::warn!(channel, "the subscription of Redis broke off");
        }
        missed = true;
        tokio::select! {
            () = sleep(wait) => wait = (wait * 2).min(WAITS.1),
            () = sender.closed() => return,
        }
    }
}

async fn open(client: &Client, channel: &str) -> RedisResult<(PubSubSink, PubSubStream)> {
    let (mut sink, stream) = client.get_async_pubsub().await?.split();
    sink.subscribe(channel).await?;
    Ok((sink, stream))
}

/// Hands messages on until the connection or the reader is gone.
async fn forward(sink: PubSubSink, mut stream: PubSubStream, sender: &mpsc::Sender<Heard>) {
    let mut death = pin!(death(sink));
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            () = &mut death => None,
            () = sender.closed() => None,
        };
        let Some(message) = message else { return };
        // What is not text is nobody's message here.
        let Ok(text) = message.get_payload::<String>() else { continue };
        if sender.try_send(Heard::Message(text)).is_err() {
            return;
        }
    }
}

/// Returns when the connection no longer answers: one that is cut without a word would look silent for ever.
async fn death(mut sink: PubSubSink) {
    loop {
        sleep(PING.0).await;
        if !matches!(timeout(PING.1, sink.ping::<Value>()).await, Ok(Ok(_))) {
            return;
        }
    }
}

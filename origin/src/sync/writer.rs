//! The writing half of a connection: from the outbox to the socket.

use std::time::Duration;

use futures_util::{SinkExt, stream::SplitSink};
use meridian_shared::{close::CloseCode, protocol::message};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{FLUSH_BYTES, Socket};
use crate::rooms::{Command, ConnectionId, outbox::Outbox, registry::RoomHandle};

/// Something is sent at least this often (CONN-8).
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A peer that takes nothing for this long is gone.
const WRITE_PATIENCE: Duration = Duration::from_secs(60);

/// How writing ended.
pub(super) enum Ended {
    /// The peer is gone.
    Gone,
    /// Close with this code.
    Close(CloseCode, String),
}

/// Writes what the outbox holds until it says to close or the peer is gone.
pub(super) async fn run(
    sink: &mut SplitSink<Socket, Message>,
    outbox: &Outbox,
    room: &RoomHandle,
    connection: ConnectionId,
) -> Ended {
    let mut keep_alive_at = Instant::now() + KEEP_ALIVE;
    loop {
        let batch = tokio::select! {
            () = outbox.ready() => outbox.take(FLUSH_BYTES),
            () = sleep_until(keep_alive_at) => {
                let _ = outbox.push(message::keep_alive());
                // A WebSocket ping beside it: its pong tells that the peer lives.
                if !matches!(timeout(WRITE_PATIENCE, sink.feed(Message::Ping(Default::default()))).await, Ok(Ok(()))) {
                    return Ended::Gone;
                }
                outbox.take(FLUSH_BYTES)
            }
        };
        let write = async {
            for frame in batch.frames {
                sink.feed(Message::Binary(frame)).await?;
            }
            sink.flush().await
        };
        if !matches!(timeout(WRITE_PATIENCE, write).await, Ok(Ok(()))) {
            return Ended::Gone;
        }
        keep_alive_at = Instant::now() + KEEP_ALIVE;
        if let Some((code, reason)) = batch.close {
            return Ended::Close(code, reason);
        }
        if batch.caught_up && room.send(Command::CatchUp(connection)).await.is_err() {
            return Ended::Close(CloseCode::Restarting, "the room restarts".into());
        }
    }
}

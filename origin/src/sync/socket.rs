//! The WebSocket library's side: tungstenite over the upgraded connection.
//!
//! Used directly and not through axum's wrapper, for three reasons: small read buffers (axum fixes 128 KiB a connection), a way to read on after a message
//! that was too large (so that the peer sees the close code and not a reset), and the choice of subprotocol.

use std::time::Duration;

use futures_util::SinkExt;
use hyper_util::rt::TokioIo;
use meridian_shared::close::CloseCode;
use tokio::{io::AsyncReadExt, time::timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, WebSocketConfig},
    },
};

/// A server's end of a WebSocket.
pub(super) type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// What is handed to the library before a flush. Larger flushes save system calls, smaller ones keep what a slow reader holds small.
pub(super) const FLUSH_BYTES: usize = 64 * 1024;
/// How long a peer may take to answer a close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// How much of a refused message is read away.
const DISCARD_BYTES: usize = 256 * 1024 * 1024;

/// A socket over an upgraded connection, taking messages of at most `message_bytes` (LIM-1).
pub(super) async fn open(upgraded: hyper::upgrade::Upgraded, message_bytes: usize) -> Socket {
    let config = WebSocketConfig::default()
        .read_buffer_size(8 * 1024)
        // Frames are gathered in the outbox; the library only has to hold what one flush takes.
        .write_buffer_size(FLUSH_BYTES * 2)
        .max_write_buffer_size(usize::MAX)
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes));
    WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await
}

/// Sends a close and reads away what the peer still sends, so that the code arrives: a connection closed with unread bytes is reset.
pub(super) async fn close(mut socket: Socket, code: CloseCode, reason: &str) {
    let frame = CloseFrame { code: code.number().into(), reason: reason.to_owned().into() };
    let sent = timeout(CLOSE_PATIENCE, socket.send(Message::Close(Some(frame)))).await;
    if !matches!(sent, Ok(Ok(()))) {
        return;
    }
    let raw = socket.get_mut();
    let discard = async {
        let (mut buffer, mut left) = (vec![0; 16 * 1024], DISCARD_BYTES);
        while let Ok(n @ 1..) = raw.read(&mut buffer).await {
            left = left.saturating_sub(n);
            if left == 0 || ends_with_close(&buffer[..n]) {
                return;
            }
        }
    };
    let _ = timeout(CLOSE_PATIENCE, discard).await;
}

/// Answers a peer's close, which the library has queued.
pub(super) async fn finish(mut socket: Socket) {
    let _ = timeout(CLOSE_PATIENCE, socket.flush()).await;
}

/// Whether bytes end in a masked close frame (RFC 6455 §5.5.1): the peer's answer, after which nothing follows.
fn ends_with_close(bytes: &[u8]) -> bool {
    (0..=125usize).any(|payload| {
        let start = bytes.len().checked_sub(2 + 4 + payload);
        start.is_some_and(|start| bytes[start] == 0x88 && usize::from(bytes[start + 1]) == 0x80 | payload)
    })
}

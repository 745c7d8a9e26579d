//! One connection, from its admission to its end: one task, which reads and writes side by side.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream::SplitStream};
use meridian_shared::{
    close::CloseCode,
    ids::RoomId,
    limits::Limits,
    protocol::{
        lib0::Reader,
        message::{self, ClientMessage},
        notice::Notice,
        update::Summary,
    },
    standing::Bearer,
    time::Millis,
    token::TicketClaims,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::{Error, Message, error::CapacityError};

use super::{
    admission::{Admission, Refused},
    connections::{Connections, Place},
    quotas::Quotas,
    socket::{self, Socket},
    writer,
};
use crate::{
    clock::now,
    metrics::Metrics,
    rooms::{
        Command, DocumentMessage, Joining, Right,
        document::decode_state_vector,
        outbox::Outbox,
        registry::{Registry, RoomHandle},
    },
};

/// A peer from which nothing was heard for this long is gone (CONN-8).
const SILENCE: Duration = Duration::from_secs(60);
/// A client is told this long before its right ends.
const EXPIRY_NOTICE_MS: i64 = 60_000;

/// What all connections of a node share.
pub struct Context {
    /// The limits in force.
    pub limits: Limits,
    /// Who may enter.
    pub admission: Admission,
    /// All connections.
    pub connections: Arc<Connections>,
    /// The rooms.
    pub registry: Arc<Registry>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// What the upgrade said of the client.
pub(super) struct Client {
    pub(super) room: RoomId,
    pub(super) ticket: Option<String>,
    pub(super) extended: bool,
}

/// Serves a connection until it ends, and closes it.
pub(super) async fn serve(context: Arc<Context>, socket: Socket, client: Client) {
    let admitted = context.admission.admit(client.ticket.as_deref(), client.room, now()).await;
    let (claims, right) = match admitted {
        Ok(admitted) => admitted,
        Err(Refused { code, reason }) => return close(&context, socket, code, reason).await,
    };
    let bearer = Bearer { user: claims.sub, session: claims.sid, room: client.room };
    let place = context.connections.enter(bearer);
    let outbox = Arc::new(Outbox::new(context.limits.queue_bytes, client.extended));
    let joining = || Joining {
        connection: place.id,
        user: claims.sub,
        right: right.clone(),
        until: until(&claims),
        outbox: outbox.clone(),
    };
    let room = match context.registry.join(client.room, joining).await {
        Ok(room) => room,
        Err(refused) => return close(&context, socket, refused.code, refused.reason).await,
    };
    let connection = Connection {
        context: &context,
        bearer,
        recheck: place.recheck.clone(),
        outbox: &outbox,
        room: &room,
        place: &place,
        quotas: Quotas::new(&context.limits),
        right,
        until: until(&claims),
        warned: false,
        heard: Instant::now(),
        held_presence: None,
    };
    let (mut sink, mut stream) = socket.split();
    let ended = tokio::select! {
        ended = writer::run(&mut sink, &outbox, &room, place.id) => ended,
        () = connection.read(&mut stream) => writer::Ended::Gone,
    };
    let _ = room.send(Command::Leave(place.id)).await;
    let Ok(socket) = stream.reunite(sink) else { return };
    match ended {
        writer::Ended::Close(code, reason) => close(&context, socket, code, &reason).await,
        writer::Ended::Gone => socket::finish(socket).await,
    }
}

pub(super) async fn close(context: &Context, socket: Socket, code: CloseCode, reason: &str) {
    context.metrics.closed(code.name());
    tracing::debug!(%code, reason, "connection closed: {code}, {reason}");
    socket::close(socket, code, reason).await;
}

pub(super) fn until(claims: &TicketClaims) -> Millis {
    Millis(claims.until.saturating_mul(1000))
}

/// The reading half. Owned by the connection's task.
pub(super) struct Connection<'a> {
    pub(super) context: &'a Context,
    pub(super) bearer: Bearer,
    pub(super) recheck: Arc<Notify>,
    pub(super) outbox: &'a Outbox,
    room: &'a RoomHandle,
    pub(super) place: &'a Place,
    pub(super) quotas: Quotas,
    pub(super) right: Right,
    /// When the right ends.
    pub(super) until: Millis,
    /// Whether the client was told that it will.
    pub(super) warned: bool,
    /// When the peer was last heard.
    heard: Instant,
    /// The newest presence over the rate, and when it may pass (LIM-6).
    held_presence: Option<(Instant, Bytes)>,
}

/// Reading goes on, or has ended.
pub(super) enum Flow {
    Go,
    /// The outbox was told to close; the writer does.
    Closing,
    Gone,
}

impl Connection<'_> {
    /// Reads until the peer is gone. After a violation it stops reading and leaves the close to the writer.
    async fn read(mut self, stream: &mut SplitStream<Socket>) {
        loop {
            let deadline = self.deadline();
            let flow = tokio::select! {
                frame = stream.next() => self.on_frame(frame).await,
                () = self.recheck.notified() => self.on_recheck().await,
                () = sleep_until(deadline) => self.on_deadline().await,
            };
            match flow {
                Flow::Go => {}
                Flow::Closing => std::future::pending().await,
                Flow::Gone => return,
            }
        }
    }

    async fn on_frame(&mut self, frame: Option<Result<Message, Error>>) -> Flow {
        self.heard = Instant::now();
        match frame {
            Some(Ok(Message::Binary(frame))) => self.on_messages(frame).await,
            Some(Ok(Message::Text(_))) => self.end(CloseCode::Malformed, "messages are binary"),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Flow::Go,
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                self.end(CloseCode::TooLarge, "the message is over the limit")
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => {
                self.end(CloseCode::Malformed, "not the WebSocket protocol")
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Flow::Gone,
        }
    }

    async fn on_messages(&mut self, frame: Bytes) -> Flow {
        let messages = match ClientMessage::decode_frame(&frame) {
            Ok(messages) => messages,
            Err(malformed) => return self.end(CloseCode::Malformed, malformed.0),
        };
        for message in messages {
            match self.on_message(&frame, message).await {
                Flow::Go => {}
                ended => return ended,
            }
        }
        Flow::Go
    }

    async fn on_message(&mut self, frame: &Bytes, message: ClientMessage<'_>) -> Flow {
        match message {
            ClientMessage::SyncStep1(state_vector) => self.on_question(state_vector).await,
            ClientMessage::SyncStep2(update) => {
                self.on_document(DocumentMessage::SyncStep2, frame.slice_ref(update)).await
            }
            ClientMessage::Update(update) => {
                self.on_document(DocumentMessage::Update, frame.slice_ref(update)).await
            }
            ClientMessage::Awareness(_) => self.on_presence(frame).await,
            ClientMessage::QueryAwareness => self.on_presence_query().await,
            ClientMessage::Reauth(ticket) => self.on_reauth(ticket).await,
        }
    }

    async fn on_question(&mut self, state_vector: &[u8]) -> Flow {
        if self.quotas.take(|quotas| &mut quotas.questions).is_err() {
            return self.end(CloseCode::TooFast, "too many requests to synchronise");
        }
        match decode_state_vector(state_vector) {
            Some(state_vector) => self.tell(Command::SyncStep1(self.place.id, state_vector)).await,
            None => self.end(CloseCode::Malformed, "not a state vector"),
        }
    }

    /// Answered with everyone's presence, so it counts as presence does; above the rate it is dropped.
    async fn on_presence_query(&mut self) -> Flow {
        match self.quotas.take(|quotas| &mut quotas.presence) {
            Ok(()) => self.tell(Command::QueryPresence(self.place.id)).await,
            Err(_) => Flow::Go,
        }
    }

    /// Inspects an update at the door, on this task and not the room's.
    async fn on_document(&mut self, kind: DocumentMessage, update: Bytes) -> Flow {
        if self.quotas.take(|quotas| &mut quotas.documents).is_err() {
            return self.end(CloseCode::TooFast, "too many updates");
        }
        let limit = match kind {
            DocumentMessage::SyncStep2 => self.context.limits.message_bytes,
            DocumentMessage::Update => self.context.limits.update_bytes,
        };
        if update.len() > limit {
            return self.tell(Command::TooLarge(self.place.id)).await;
        }
        match Summary::of(&update) {
            Ok(summary) => {
                // A slice would keep the whole frame, and what shared its buffer, in memory for as long as the room holds the update.
                let update = Bytes::copy_from_slice(&update);
                self.tell(Command::Document { connection: self.place.id, kind, update, summary }).await
            }
            Err(malformed) => {
                self.context.metrics.refused("malformed_update");
                self.end(CloseCode::Malformed, malformed.0)
            }
        }
    }

    async fn on_presence(&mut self, frame: &Bytes) -> Flow {
        let Some(body) = presence_body(frame) else {
            return self.end(CloseCode::Malformed, "not an awareness message");
        };
        match self.quotas.take(|quotas| &mut quotas.presence) {
            Ok(()) => self.tell(Command::Presence(self.place.id, body)).await,
            Err(retry_ms) => {
                self.held_presence = Some((Instant::now() + Duration::from_millis(retry_ms), body));
                Flow::Go
            }
        }
    }

    fn deadline(&self) -> Instant {
        let expiry = if self.warned { self.until } else { self.until.plus(-EXPIRY_NOTICE_MS) };
        let in_ms = (expiry.0 - now().0).max(0) as u64;
        let silence = self.heard + SILENCE;
        let held = self.held_presence.as_ref().map_or(silence, |(at, _)| *at);
        silence.min(held).min(Instant::now() + Duration::from_millis(in_ms))
    }

    async fn on_deadline(&mut self) -> Flow {
        if self.heard.elapsed() >= SILENCE {
            return Flow::Gone;
        }
        if now() >= self.until {
            return self.end(CloseCode::Unauthorized, "the ticket has expired");
        }
        if !self.warned && now() >= self.until.plus(-EXPIRY_NOTICE_MS) {
            self.warned = true;
            if self.outbox.is_extended() {
                let _ =
                    self.outbox.push(message::notice(&Notice::Expiring { expires_at: self.until.rfc3339() }));
            }
        }
        match self.held_presence.take_if(|(at, _)| *at <= Instant::now()) {
            Some((_, body)) => self.tell(Command::Presence(self.place.id, body)).await,
            None => Flow::Go,
        }
    }

    /// Hands a command to the room; waits while the room is busy, and so does the peer.
    pub(super) async fn tell(&self, command: Command) -> Flow {
        match self.room.send(command).await {
            Ok(()) => Flow::Go,
            Err(_) => self.end(CloseCode::Restarting, "the room restarts"),
        }
    }

    pub(super) fn end(&self, code: CloseCode, reason: &'static str) -> Flow {
        self.outbox.close(code, reason);
        Flow::Closing
    }
}

/// The body of an awareness message that has been decoded once already.
fn presence_body(frame: &Bytes) -> Option<Bytes> {
    let mut reader = Reader::new(frame);
    reader.var_uint().ok()?;
    let body = reader.var_bytes().ok()?;
    Some(Bytes::copy_from_slice(body))
}

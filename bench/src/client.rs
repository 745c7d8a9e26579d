//! One connection: it joins, draws when it is its turn, and counts what arrives.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use meridian_shared::protocol::message::{self, ClientMessage};
use tokio::{sync::watch, time};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::{
    http::Pass,
    stroke::Pen,
    tally::{Inbox, Latencies, Live, RoomLedger},
};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// An empty state vector: send me everything.
const NOTHING: &[u8] = &[0];

/// A client before it runs.
pub(crate) struct Client {
    pub(crate) number: u64,
    pub(crate) pass: Pass,
    pub(crate) room: Arc<RoomLedger>,
    pub(crate) live: Arc<Live>,
    /// Between its own strokes.
    pub(crate) pause: Duration,
    /// Before its first one: the people of a room take turns.
    pub(crate) offset: Duration,
    pub(crate) points: usize,
}

/// When everybody may draw, and when all go home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Gathering,
    Drawing,
    /// Nothing new is drawn; what is on its way still arrives.
    Listening,
    Over,
}

/// What a client has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) delivered: u64,
    pub(crate) echoes: Latencies,
    pub(crate) deliveries: Latencies,
}

impl Client {
    /// Opens the socket and waits for the room's state; answers how long that took.
    pub(crate) async fn join(&self) -> Result<(Socket, Duration)> {
        let begin = Instant::now();
        let (mut socket, _) = connect_async(&self.pass.url).await.context("connect")?;
        socket.send(Message::Binary(message::sync_step_1(NOTHING).to_vec().into())).await?;
        loop {
            match socket.next().await.context("closed while joining")?? {
                Message::Binary(frame) => {
                    let messages = ClientMessage::decode_frame(&frame).map_err(|e| anyhow::anyhow!(e.0))?;
                    if messages.iter().any(|m| matches!(m, ClientMessage::SyncStep2(_))) {
                        Live::add(&self.live.connected, 1);
                        return Ok((socket, begin.elapsed()));
                    }
                }
                Message::Close(frame) => bail!("refused: {frame:?}"),
                _ => {}
            }
        }
    }

    /// Draws and counts until it is over.
    pub(crate) async fn run(self, mut socket: Socket, mut phase: watch::Receiver<Phase>) -> Seen {
        let (mut seen, mut inbox, mut pen) = (Seen::default(), Inbox::default(), Pen::new(self.number));
        let mut turns: Option<time::Interval> = None;
        loop {
            tokio::select! {
                changed = phase.changed() => {
                    let now = *phase.borrow_and_update();
                    turns = (now == Phase::Drawing).then(|| time::interval_at(time::Instant::now() + self.offset, self.pause));
                    if now == Phase::Over || changed.is_err() {
                        break;
                    }
                }
                () = turn(&mut turns) => {
                    let stroke = pen.draw(self.points);
                    self.room.note(self.number, stroke.end);
                    Live::add(&self.live.sent, 1);
                    if socket.send(Message::Binary(message::update(&stroke.update).to_vec().into())).await.is_err() {
                        Live::add(&self.live.disconnects, 1);
                        break;
                    }
                }
                frame = socket.next() => match frame {
                    Some(Ok(Message::Binary(frame))) => self.receive(&frame, &mut inbox, &mut seen),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => {
                        Live::add(&self.live.disconnects, 1);
                        break;
                    }
                    Some(Ok(_)) => {}
                },
            }
        }
        let _ = socket.close(None).await;
        seen.delivered = inbox.delivered;
        seen
    }

    fn receive(&self, frame: &[u8], inbox: &mut Inbox, seen: &mut Seen) {
        let Ok(messages) = ClientMessage::decode_frame(frame) else {
            // A refusal, or nonsense: neither belongs here.
            return Live::add(&self.live.errors, 1);
        };
        for message in messages {
            let (ClientMessage::Update(payload) | ClientMessage::SyncStep2(payload)) = message else {
                continue;
            };
            let before = inbox.delivered;
            let fine = inbox.receive(self.number, &self.room, payload, |mine, micros| {
                if mine { seen.echoes.note(micros) } else { seen.deliveries.note(micros) }
            });
            Live::add(&self.live.delivered, inbox.delivered - before);
            Live::add(&self.live.errors, u64::from(!fine));
        }
    }
}

async fn turn(turns: &mut Option<time::Interval>) {
    match turns {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}

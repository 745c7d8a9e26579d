//! Messages: decoding what a client sends, encoding what a server sends.

use bytes::Bytes;

use super::{
    awareness::Entry,
    lib0::{Malformed, Reader, write_var_bytes, write_var_uint},
    notice::Notice,
};

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const SAVED: u64 = 110;
const REAUTH: u64 = 111;
const NOTICE: u64 = 112;
const STEP_1: u64 = 0;
const STEP_2: u64 = 1;
const UPDATE: u64 = 2;

/// A message of a client.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientMessage<'a> {
    /// SyncStep1: a state vector; the answer is what it lacks.
    SyncStep1(&'a [u8]),
    /// SyncStep2: the answer to ours.
    SyncStep2(&'a [u8]),
    /// Update.
    Update(&'a [u8]),
    /// Presence, its own and what it repeats of others.
    Awareness(Vec<Entry<'a>>),
    /// Send me everyone's presence.
    QueryAwareness,
    /// A fresh ticket for this connection.
    Reauth(&'a str),
}

impl<'a> ClientMessage<'a> {
    /// Decodes the messages of a frame, one as a rule (y-websocket v4 may send several).
    pub fn decode_frame(frame: &'a [u8]) -> Result<Vec<Self>, Malformed> {
        let mut reader = Reader::new(frame);
        let mut messages = Vec::with_capacity(1);
        loop {
            messages.push(Self::decode(&mut reader)?);
            if reader.is_empty() {
                return Ok(messages);
            }
        }
    }

    fn decode(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        match reader.var_uint()? {
            SYNC => match reader.var_uint()? {
                STEP_1 => Ok(Self::SyncStep1(reader.var_bytes()?)),
                STEP_2 => Ok(Self::SyncStep2(reader.var_bytes()?)),
                UPDATE => Ok(Self::Update(reader.var_bytes()?)),
                _ => Err(Malformed("an unknown kind of sync message")),
            },
            AWARENESS => Ok(Self::Awareness(Entry::decode_all(reader.var_bytes()?)?)),
            QUERY_AWARENESS => Ok(Self::QueryAwareness),
            REAUTH => Ok(Self::Reauth(reader.var_string()?)),
            _ => Err(Malformed("an unknown type of message")),
        }
    }
}

fn sync(step: u64, body: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(body.len() + 8);
    write_var_uint(&mut out, SYNC);
    write_var_uint(&mut out, step);
    write_var_bytes(&mut out, body);
    out.into()
}

/// SyncStep1: asks for what `state_vector` lacks.
pub fn sync_step_1(state_vector: &[u8]) -> Bytes {
    sync(STEP_1, state_vector)
}

/// SyncStep2: the answer to a SyncStep1.
pub fn sync_step_2(update: &[u8]) -> Bytes {
    sync(STEP_2, update)
}

/// Update.
pub fn update(update: &[u8]) -> Bytes {
    sync(UPDATE, update)
}

/// Presence: the entries as [`super::awareness::encode`] makes them.
pub fn awareness(entries: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(entries.len() + 6);
    write_var_uint(&mut out, AWARENESS);
    write_var_bytes(&mut out, entries);
    out.into()
}

/// An awareness message with no entries: what is sent when nothing else is due (CONN-8).
pub fn keep_alive() -> Bytes {
    Bytes::from_static(&[AWARENESS as u8, 1, 0])
}

/// *saved*: durable up to `seq`; the first `count` document messages of this connection are durable or refused.
pub fn saved(seq: u64, count: u64) -> Bytes {
    let mut out = Vec::with_capacity(12);
    write_var_uint(&mut out, SAVED);
    write_var_uint(&mut out, seq);
    write_var_uint(&mut out, count);
    out.into()
}

/// A notice, for clients of `meridian.v1`.
pub fn notice(notice: &Notice) -> Bytes {
    let json = serde_json::to_vec(notice).unwrap_or_default();
    let mut out = Vec::with_capacity(json.len() + 6);
    write_var_uint(&mut out, NOTICE);
    write_var_bytes(&mut out, &json);
    out.into()
}

/// A refusal, for plain clients: they log it.
pub fn auth_denied(reason: &str) -> Bytes {
    let mut out = Vec::with_capacity(reason.len() + 6);
    write_var_uint(&mut out, AUTH);
    write_var_uint(&mut out, 0);
    write_var_bytes(&mut out, reason.as_bytes());
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decodes_what_stock_clients_send() {
        assert_eq!(ClientMessage::decode_frame(&[0, 0, 1, 0]), Ok(vec![ClientMessage::SyncStep1(&[0])]));
        assert_eq!(
            ClientMessage::decode_frame(&[0, 1, 2, 0, 0]),
            Ok(vec![ClientMessage::SyncStep2(&[0, 0])])
        );
        assert_eq!(ClientMessage::decode_frame(&[0, 2, 2, 0, 0]), Ok(vec![ClientMessage::Update(&[0, 0])]));
        assert_eq!(ClientMessage::decode_frame(&[3]), Ok(vec![ClientMessage::QueryAwareness]));
        let both = [&[3][..], &[0, 0, 1, 0]].concat();
        assert_eq!(ClientMessage::decode_frame(&both).unwrap().len(), 2);
    }

    #[test]
    fn refuses_empty_unknown_and_cut_frames() {
        for bad in [
            &[][..],
            &[0],
            &[0, 3, 0],
            &[0, 2, 5, 0],
            &[2, 0, 1, 65],
            &[9],
            &[110, 1, 1],
            &[112, 0],
            &[0, 0, 1, 0, 0],
        ] {
            assert!(ClientMessage::decode_frame(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_frame_is_decoded_or_refused(frame: Vec<u8>) {
            let _ = ClientMessage::decode_frame(&frame);
        }
    }
}

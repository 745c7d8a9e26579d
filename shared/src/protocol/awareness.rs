//! Awareness entries (y-protocols `awareness.js`): who is where, last writer wins by clock.

use super::lib0::{Malformed, Reader, write_var_bytes, write_var_uint};

/// The state of one awareness client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The Yjs client id.
    pub client: u64,
    /// Grows with every change.
    pub clock: u64,
    /// JSON; `null` for gone.
    pub state: &'a str,
}

impl<'a> Entry<'a> {
    /// Decodes the body of an awareness message.
    pub fn decode_all(body: &'a [u8]) -> Result<Vec<Self>, Malformed> {
        let mut reader = Reader::new(body);
        let count = reader.count()?;
        let mut entries = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            let (client, clock) = (reader.var_uint()?, reader.var_uint()?);
            entries.push(Entry { client, clock, state: reader.var_string()? });
        }
        if reader.is_empty() { Ok(entries) } else { Err(Malformed("bytes after the last awareness entry")) }
    }

    /// Whether the client is gone.
    pub fn is_gone(&self) -> bool {
        self.state == "null"
    }
}

/// Encodes the body of an awareness message.
pub fn encode<'a>(entries: impl ExactSizeIterator<Item = Entry<'a>>) -> Vec<u8> {
    let mut out = Vec::new();
    write_var_uint(&mut out, entries.len() as u64);
    for entry in entries {
        write_var_uint(&mut out, entry.client);
        write_var_uint(&mut out, entry.clock);
        write_var_bytes(&mut out, entry.state.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_survive(all in proptest::collection::vec((0u64..1 << 53, 0u64..1 << 53, ".{0,40}"), 0..8)) {
            let entries: Vec<_> = all.iter().map(|(client, clock, state)| Entry { client: *client, clock: *clock, state }).collect();
            let body = encode(entries.iter().copied());
            prop_assert_eq!(Entry::decode_all(&body), Ok(entries));
        }
    }
}

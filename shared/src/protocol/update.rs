//! Inspecting a Yjs update (encoding v1) without building it.
//!
//! This is the gate in front of the CRDT: an update passes only if every length is inside the message, every clock inside what the engine counts with,
//! every nesting shallow and every kind of content known. What passes can make the decoder neither allocate more than the message is long nor recurse
//! deeply, the two ways in which published hostile updates abort a process (an abort can't be caught). The walk is linear, allocates per client only, and
//! yields what the room must know before it applies: what the update adds and what it builds on.
//!
//! Source of the format: yjs `src/utils/UpdateDecoder.js`, `src/structs/*.js`.

use std::collections::BTreeMap;

use super::lib0::{Malformed, Reader};

/// Clocks and lengths stay below this: engines count with 32-bit signed numbers.
const MAX_CLOCK: u64 = (1 << 31) - 1;
/// The deepest nesting of a JSON-like value. Excalidraw's elements nest 4 deep.
const MAX_DEPTH: u32 = 64;

const HAS_ORIGIN: u8 = 0x80;
const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_PARENT_SUB: u8 = 0x20;

/// What an update adds for one Yjs client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first clock.
    pub start: u64,
    /// The clock after the last.
    pub end: u64,
    /// Whether clocks in between are left out.
    pub has_gaps: bool,
}

/// What an update adds and needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// What it adds, by Yjs client.
    pub spans: BTreeMap<u64, Span>,
    /// The clock that must be known of a Yjs client before everything in it can be integrated.
    needs: BTreeMap<u64, u64>,
    /// How many structs it holds: the work of integrating it.
    pub structs: usize,
    /// How many ranges it deletes.
    pub deletions: usize,
}

impl Summary {
    /// Inspects an update. An error means that no Yjs client made it.
    pub fn of(update: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(update);
        let mut summary = Summary::default();
        for _ in 0..reader.count()? {
            summary.read_client(&mut reader)?;
        }
        for _ in 0..reader.count()? {
            summary.read_deletions(&mut reader)?;
        }
        if reader.is_empty() { Ok(summary) } else { Err(Malformed("bytes after the update")) }
    }

    /// Whether it adds no struct and deletes nothing.
    pub fn is_empty(&self) -> bool {
        self.structs == 0 && self.deletions == 0
    }

    /// Whether every struct in it is known already, by the clocks of `known`. Says nothing of deletions.
    pub fn adds_nothing(&self, known: impl Fn(u64) -> u64) -> bool {
        self.spans.iter().all(|(&client, span)| span.end <= known(client))
    }

    /// Whether something in it builds on what is missing, by the clocks of `known` (SYNC-7).
    pub fn lacks_predecessors(&self, known: impl Fn(u64) -> u64) -> bool {
        let reached = |client: u64| {
            let known = known(client);
            match self.spans.get(&client) {
                Some(span) if span.start <= known && !span.has_gaps => known.max(span.end),
                _ => known,
            }
        };
        self.spans.iter().any(|(&client, span)| reached(client) < span.end)
            || self.needs.iter().any(|(&client, &clock)| reached(client) < clock)
    }

    fn read_client(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let structs = reader.count()?;
        let client = reader.var_uint()?;
        let start = clock(reader)?;
        let mut span = Span { start, end: start, has_gaps: false };
        for _ in 0..structs {
            let len = self.read_struct(reader, client, &mut span)?;
            // Items of no length exist: old clients made them, and every engine skips them.
            if span.end + len > MAX_CLOCK {
                return Err(Malformed("the length of a struct"));
            }
            span.end += len;
        }
        self.structs += structs;
        match self.spans.insert(client, span) {
            None => Ok(()),
            Some(_) => Err(Malformed("a client listed twice")),
        }
    }

    /// Reads a struct and returns its length in clocks.
    fn read_struct(
        &mut self,
        reader: &mut Reader<'_>,
        client: u64,
        span: &mut Span,
    ) -> Result<u64, Malformed> {
        let info = reader.byte()?;
        match info {
            0 => return length(reader),
            10 => {
                span.has_gaps = true;
                return length(reader);
            }
            _ => {}
        }
        let own = (client, span.end);
        if info & HAS_ORIGIN != 0 {
            self.read_reference(reader, own)?;
        }
        if info & HAS_RIGHT_ORIGIN != 0 {
            self.read_reference(reader, own)?;
        }
        if info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN) == 0 {
            match reader.var_uint()? {
                0 => self.read_reference(reader, own)?,
                1 => drop(reader.var_string()?),
                _ => return Err(Malformed("the parent of an item")),
            }
            if info & HAS_PARENT_SUB != 0 {
                reader.var_string()?;
            }
        }
        read_content(reader, info & 0x1f)
    }

    /// What an item refers to is older than itself. Yjs takes that for granted of its own client's items and throws when it is not so: every reader of such
    /// an update would stop.
    fn read_reference(&mut self, reader: &mut Reader<'_>, own: (u64, u64)) -> Result<(), Malformed> {
        let (client, clock) = (reader.var_uint()?, clock(reader)?);
        if client == own.0 && clock >= own.1 {
            return Err(Malformed("an item that refers to itself or to a later one"));
        }
        self.need(client, clock + 1);
        Ok(())
    }

    fn read_deletions(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let client = reader.var_uint()?;
        let ranges = reader.count()?;
        for _ in 0..ranges {
            let (start, len) = (clock(reader)?, length(reader)?);
            if start + len > MAX_CLOCK {
                return Err(Malformed("a deleted range"));
            }
            self.need(client, start + len);
        }
        self.deletions += ranges;
        Ok(())
    }

    fn need(&mut self, client: u64, clock: u64) {
        let needed = self.needs.entry(client).or_default();
        *needed = clock.max(*needed);
    }
}

fn clock(reader: &mut Reader<'_>) -> Result<u64, Malformed> {
    let clock = reader.var_uint()?;
    if clock < MAX_CLOCK { Ok(clock) } else { Err(Malformed("a clock over 31 bits")) }
}

fn length(reader: &mut Reader<'_>) -> Result<u64, Malformed> {
    match clock(reader)? {
        0 => Err(Malformed("a range of no length")),
        len => Ok(len),
    }
}

/// Reads the content of an item and returns its length in clocks.
fn read_content(reader: &mut Reader<'_>, kind: u8) -> Result<u64, Malformed> {
    match kind {
        1 => clock(reader),
        2 => read_many(reader, |r| read_json(r.var_string()?)),
        3 => reader.var_bytes().map(|_| 1),
        // Yjs counts strings in UTF-16 units.
        4 => reader.var_string().map(|text| text.encode_utf16().count() as u64),
        5 => read_json(reader.var_string()?).map(|()| 1),
        6 => {
            reader.var_string()?;
            read_json(reader.var_string()?).map(|()| 1)
        }
        7 => match reader.var_uint()? {
            0 | 1 | 2 | 4 | 6 => Ok(1),
            3 | 5 => reader.var_string().map(|_| 1),
            _ => Err(Malformed("an unknown shared type")),
        },
        8 => read_many(reader, |r| read_any(r, MAX_DEPTH)),
        9 => {
            reader.var_string()?;
            read_any(reader, MAX_DEPTH).map(|()| 1)
        }
        _ => Err(Malformed("an unknown kind of content")),
    }
}

fn read_many<'a>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<u64, Malformed> {
    let count = reader.count()?;
    for _ in 0..count {
        read(reader)?;
    }
    Ok(count as u64)
}

/// A JSON text: only its nesting is checked, before a parser recurses into it. `undefined` is Yjs's own.
fn read_json(text: &str) -> Result<(), Malformed> {
    let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(Malformed("JSON nested too deeply"));
        }
    }
    Ok(())
}

/// A lib0 `any` (lib0 `encoding.writeAny`).
fn read_any(reader: &mut Reader<'_>, depth: u32) -> Result<(), Malformed> {
    let deeper = depth.checked_sub(1).ok_or(Malformed("a value nested too deeply"))?;
    match reader.byte()? {
        127 | 126 | 121 | 120 => Ok(()),
        125 => read_var_int(reader),
        124 => reader.take(4).map(drop),
        123 | 122 => reader.take(8).map(drop),
        119 => reader.var_string().map(drop),
        118 => {
            for _ in 0..reader.count()? {
                reader.var_string()?;
                read_any(reader, deeper)?;
            }
            Ok(())
        }
        117 => read_many(reader, |r| read_any(r, deeper)).map(drop),
        116 => reader.var_bytes().map(drop),
        _ => Err(Malformed("an unknown kind of value")),
    }
}

/// A lib0 `varInt`: sign in the second bit of the first byte, at most 53 bits.
fn read_var_int(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    for _ in 0..9 {
        if reader.byte()? < 0x80 {
            return Ok(());
        }
    }
    Err(Malformed("a number over 53 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Client 7 writes "hi" into the root text "t": one struct, clocks 0 and 1.
    const HI: &[u8] = &[1, 1, 7, 0, 4, 1, 1, b't', 2, b'h', b'i', 0];

    #[test]
    fn tells_what_an_update_adds() {
        let summary = Summary::of(HI).unwrap();
        assert_eq!(summary.spans[&7], Span { start: 0, end: 2, has_gaps: false });
        assert!(!summary.lacks_predecessors(|_| 0));
        assert!(summary.adds_nothing(|_| 2) && !summary.adds_nothing(|_| 1));
        assert!(Summary::of(&[0, 0]).unwrap().is_empty());
    }

    #[test]
    fn sync_7_tells_what_an_update_lacks() {
        // Client 7 from clock 2 on, after its own clock 1.
        let next = Summary::of(&[1, 1, 7, 2, 0x84, 7, 1, 1, b'!', 0]).unwrap();
        assert!(next.lacks_predecessors(|_| 0) && next.lacks_predecessors(|_| 1));
        assert!(!next.lacks_predecessors(|_| 2));
        // A deletion of what is not known yet.
        let delete = Summary::of(&[0, 1, 7, 1, 0, 2]).unwrap();
        assert!(delete.lacks_predecessors(|_| 1) && !delete.lacks_predecessors(|_| 2));
    }

    #[test]
    fn hostile_shapes_are_refused() {
        let nested = [vec![1, 1, 7, 0, 8, 1, 1, b't', 1], [117, 1].repeat(5000), vec![126, 0]].concat();
        let json = [b"[".repeat(200), b"]".repeat(200)].concat();
        let deep_json = [vec![1, 1, 7, 0, 5, 1, 1, b't', 0x90, 3], json, vec![0]].concat();
        let huge = [0xff, 0xff, 0xff, 0xff, 0x07];
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", vec![]),
            ("a huge count of clients", [&huge[..], &[0]].concat()),
            ("a huge count of structs", [&[1][..], &huge, &[7, 0, 0]].concat()),
            ("a huge clock", [&[1, 1, 7][..], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0, 1, 0]].concat()),
            (
                "a GC that overflows the clock",
                [&[1, 1, 7, 5, 0][..], &[0xfe, 0xff, 0xff, 0xff, 0x07], &[0]].concat(),
            ),
            ("a GC of no length", vec![1, 1, 7, 0, 0, 0, 0]),
            ("a client twice", vec![2, 1, 7, 0, 0, 1, 1, 7, 0, 0, 1, 0]),
            ("an unknown content", vec![1, 1, 7, 0, 12, 1, 1, b't', 0, 0]),
            ("an unknown type", vec![1, 1, 7, 0, 7, 1, 1, b't', 9, 0]),
            ("a string that is not UTF-8", vec![1, 1, 7, 0, 4, 1, 1, b't', 2, 0xff, 0xfe, 0]),
            ("deep nesting", nested),
            ("deep JSON", deep_json),
            ("an item that is its own neighbour", vec![1, 1, 7, 0, 0x84, 7, 0, 1, b'a', 0]),
            ("an item that is its own parent", vec![1, 1, 7, 0, 4, 0, 7, 0, 1, b'a', 0]),
            ("a deleted range of no length", vec![0, 1, 7, 1, 0, 0]),
            ("bytes at the end", [HI, &[0]].concat()),
        ];
        for (name, bytes) in cases {
            assert!(Summary::of(&bytes).is_err(), "{name}");
        }
        for cut in 0..HI.len() {
            assert!(Summary::of(&HI[..cut]).is_err(), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_inspected_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Summary::of(&bytes);
        }
    }
}

//! The document of a room: yrs behind a wall.
//!
//! yrs panics on some updates that decode (y-crdt#391, #415). A panic is caught here and reported as [`Poisoned`]; the document must then be thrown away
//! and built again, since it may be half changed. Updates have passed [`meridian_shared::protocol::update::Summary`] before, so that decoding can't abort.

use std::{
    collections::BTreeMap,
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
};

use meridian_shared::protocol::update::Summary;
use yrs::{
    ClientID, Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, Update,
    updates::{decoder::Decode, encoder::Encode},
};

/// The engine failed on an update or on the document; what it holds can't be trusted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document engine failed")]
pub struct Poisoned;

/// What an update did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The document changed.
    Changed,
    /// It held everything already.
    Nothing,
}

/// A structurally valid update that the engine refuses without harm, or one that it fails on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Refused; the document is as before.
    #[error("not an update")]
    Refused,
    /// See [`Poisoned`].
    #[error(transparent)]
    Poisoned(#[from] Poisoned),
}

/// A Yjs document. Owned by its room's task; nothing else sees it.
pub struct Document {
    doc: Doc,
    /// Clocks of all Yjs clients up to which their changes are known without a gap. Kept beside the document, which takes time proportional to the number
    /// of clients to tell them.
    clocks: StateVector,
    /// The clocks that updates with missing predecessors will reach, by Yjs client. While it holds any, an update may complete others.
    awaited: BTreeMap<u64, u64>,
    /// Structs applied so far: at least as many as the document holds.
    structs: usize,
    /// Encoded size when last measured, bytes.
    measured: usize,
    /// Bytes applied since: the document is at most `measured + grown` long.
    grown: usize,
}

impl Default for Document {
    fn default() -> Self {
        // Lengths are counted as Yjs counts them. In bytes, yrs's default, they change when an edit cuts a surrogate pair in two, and its sums underflow.
        let options =
            Options { client_id: ClientID::new(1), offset_kind: OffsetKind::Utf16, ..Options::default() };
        Self {
            doc: Doc::with_options(options),
            clocks: StateVector::default(),
            awaited: BTreeMap::new(),
            structs: 0,
            measured: 2,
            grown: 0,
        }
    }
}

impl Document {
    /// Applies an update. What it builds on and is missing is parked inside.
    ///
    /// The change is encoded once, too, because some hostile updates apply but can't be encoded afterwards (y-crdt#391).
    pub fn apply(&mut self, update: &[u8], summary: &Summary) -> Result<Applied, ApplyError> {
        let lacks = summary.lacks_predecessors(|client| self.clock(client));
        let decoded = catch(|| Update::decode_v1(update))?.map_err(|_| ApplyError::Refused)?;
        // Not dropped by unwinding: dropping commits, a second panic there would abort the process.
        let mut txn = ManuallyDrop::new(self.doc.transact_mut());
        let changed = catch(|| {
            txn.apply_update(decoded).map_err(|_| Poisoned)?;
            let changed = txn.has_changes();
            if changed {
                txn.commit();
                std::hint::black_box(txn.encode_update_v1());
            }
            // Items that wait for each other wait for ever: nobody's editor made them.
            let is_stuck = !lacks && txn.has_missing_updates() && is_missing(&txn.state_vector(), summary);
            if is_stuck { Err(Poisoned) } else { Ok(changed) }
        });
        let dropped = catch(|| ManuallyDrop::into_inner(txn)).map(drop);
        let changed = changed??;
        dropped?;
        if !changed && !lacks {
            return Ok(Applied::Nothing);
        }
        self.grown += update.len();
        self.structs += summary.structs;
        self.advance(summary, lacks)?;
        Ok(Applied::Changed)
    }

    fn advance(&mut self, summary: &Summary, lacks: bool) -> Result<(), Poisoned> {
        let ends = summary.spans.iter().map(|(&client, span)| (client, span.end));
        if !lacks && self.awaited.is_empty() {
            ends.for_each(|(client, end)| self.clocks.set_max(ClientID::new(client), end as u32));
            return Ok(());
        }
        self.awaited.extend(ends.filter(|_| lacks));
        self.clocks = catch(|| self.doc.transact().state_vector())?;
        let clocks = &self.clocks;
        self.awaited.retain(|&client, &mut end| u64::from(clocks.get(&ClientID::new(client))) < end);
        Ok(())
    }

    /// The clock up to which a Yjs client's changes are known without a gap.
    pub fn clock(&self, client: u64) -> u64 {
        u64::from(self.clocks.get(&ClientID::new(client)))
    }

    /// How many structs were applied: what an item may have to be compared with.
    pub fn structs(&self) -> usize {
        self.structs
    }

    /// Whether something is parked for missing predecessors (SYNC-7).
    pub fn has_parked(&self) -> bool {
        !self.awaited.is_empty() || self.doc.transact().has_missing_updates()
    }

    /// The encoded state vector: what a SyncStep1 carries.
    pub fn state_vector(&self) -> Vec<u8> {
        self.clocks.encode_v1()
    }

    /// What `state_vector` lacks and what is parked, as one update.
    pub fn diff(&self, state_vector: &StateVector) -> Result<Vec<u8>, Poisoned> {
        catch(|| self.doc.transact().encode_state_as_update_v1(state_vector))
    }

    /// Everything, and what is parked, as one update; measures the document.
    pub fn encode(&mut self) -> Result<Vec<u8>, Poisoned> {
        let encoded = self.diff(&StateVector::default())?;
        (self.measured, self.grown) = (encoded.len(), 0);
        Ok(encoded)
    }

    /// The state vector with the clocks of `behind` lowered: what a reader has that missed updates from those clocks on (SYNC-8).
    pub fn state_vector_behind(&self, behind: impl IntoIterator<Item = (u64, u64)>) -> StateVector {
        let mut known = self.clocks.clone();
        for (client, clock) in behind {
            let id = ClientID::new(client);
            if u64::from(known.get(&id)) > clock {
                known.set_min(id, clock as u32);
            }
        }
        known
    }

    /// Whether the document may exceed `limit` bytes. Measures again when enough was applied for the answer to have changed.
    pub fn exceeds(&mut self, limit: usize) -> Result<bool, Poisoned> {
        if self.measured + self.grown > limit && self.grown > limit / 16 {
            self.encode()?;
        }
        Ok(self.measured + self.grown > limit)
    }
}

/// Decodes the body of a SyncStep1, refusing what no client sends.
pub fn decode_state_vector(bytes: &[u8]) -> Option<StateVector> {
    let mut reader = meridian_shared::protocol::lib0::Reader::new(bytes);
    for _ in 0..reader.count().ok()? {
        reader.var_uint().ok()?;
        u32::try_from(reader.var_uint().ok()?).ok()?;
    }
    if !reader.is_empty() {
        return None;
    }
    catch(|| StateVector::decode_v1(bytes)).ok()?.ok()
}

/// The first clock that an update adds of each Yjs client: from there on a reader that misses it is behind.
pub fn first_clocks(summary: &Summary) -> Vec<(u64, u64)> {
    summary.spans.iter().map(|(&client, span)| (client, span.start)).collect()
}

fn is_missing(known: &StateVector, summary: &Summary) -> bool {
    summary.spans.iter().any(|(&client, span)| u64::from(known.get(&ClientID::new(client))) < span.end)
}

fn catch<T>(step: impl FnOnce() -> T) -> Result<T, Poisoned> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|_| Poisoned)
}
